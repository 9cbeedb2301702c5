import {
  type FieldNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { PreparedOperation } from './prepare.js'

/** The fields of one key of an answer; several when the document repeats it. */
export interface CollectedField {
  readonly key: string
  readonly name: string
  readonly nodes: readonly FieldNode[]
}

/**
 * The fields that selections come to, in the order of the answer: fragments in their place, those left out that
 * `@skip` and `@include` leave out, the repeated ones together. For schemas of object types alone, where validation
 * has seen to it that every fragment fits.
 */
export function collectFields(
  operation: PreparedOperation,
  selectionSets: readonly SelectionSetNode[],
): readonly CollectedField[] {
  const fields = new Map<string, FieldNode[]>()
  const spread = new Set<string>()
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(operation, selection)) continue
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value
        fields.set(key, [...(fields.get(key) ?? []), selection])
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value)
        const fragment = operation.fragments.get(selection.name.value)
        if (fragment !== undefined) collect(fragment.selectionSet)
      }
    }
  }
  for (const selectionSet of selectionSets) collect(selectionSet)
  return [...fields].map(([key, nodes]) => ({ key, name: (nodes[0] as FieldNode).name.value, nodes }))
}

/** What is selected within a field. */
export function collectSubfields(
  operation: PreparedOperation,
  { nodes }: CollectedField,
): readonly CollectedField[] {
  return collectFields(
    operation,
    nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
  )
}

function isIncluded({ variables }: PreparedOperation, selection: SelectionNode): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false
}
