import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { ALIASES_MAX, DEPTH_MAX, DIRECTIVES_MAX, INTROSPECTION_DEPTH_MAX, ROOT_FIELDS_MAX } from './limits.js'
import { refusal } from './refusal.js'

/** Fragments of a document by name. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** What a selection comes to, with every fragment in its place. */
interface Shape {
  readonly depth: number
  readonly introspectionDepth: number
  readonly rootFields: number
  readonly aliases: number
  readonly directives: number
}

const NOTHING: Shape = { depth: 0, introspectionDepth: 0, rootFields: 0, aliases: 0, directives: 0 }

/**
 * Refuses documents that are out of bounds whatever the schema: cycles of fragments, depth, aliases, directives,
 * fields at the root. Fragments are measured once each, so that one that doubles itself forty times over is known
 * for what it is without being unfolded. Runs before validation, whose own rules take their time on such documents.
 */
export function requireBoundedShape(document: DocumentNode): void {
  const directives = countDirectives(document)
  if (directives > DIRECTIVES_MAX) {
    throw refusal(
      'too_many_directives',
      `The document has ${directives} directives; ${DIRECTIVES_MAX} may be.`,
    )
  }
  const fragments = fragmentsOf(document)
  requireNoCycle(fragments)
  const measure = new Measure(fragments)
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION)
      requireWithin(measure.shapeOf(definition.selectionSet), definition)
  }
}

export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  return fragments
}

function requireWithin(shape: Shape, operation: OperationDefinitionNode): void {
  const bounds = [
    ['too_many_root_fields', 'fields at its root', shape.rootFields, ROOT_FIELDS_MAX],
    ['too_many_aliases', 'aliases', shape.aliases, ALIASES_MAX],
    ['too_many_directives', 'directives', shape.directives, DIRECTIVES_MAX],
    ['too_deep', 'levels of fields', shape.depth, DEPTH_MAX],
    ['too_deep', 'levels of introspection', shape.introspectionDepth, INTROSPECTION_DEPTH_MAX],
  ] as const
  for (const [code, what, count, max] of bounds) {
    if (count > max) {
      throw refusal(
        code,
        `The operation has more than ${max} ${what}, counting fragments as often as they are spread.`,
        [operation],
      )
    }
  }
}

function countDirectives(document: DocumentNode): number {
  let count = 0
  visit(document, {
    Directive: (_node: DirectiveNode) => {
      count += 1
    },
  })
  return count
}

class Measure {
  readonly #fragments: Fragments
  readonly #known = new Map<string, Shape>()

  constructor(fragments: Fragments) {
    this.#fragments = fragments
  }

  shapeOf({ selections }: SelectionSetNode): Shape {
    return selections.map((selection) => this.#selectionShape(selection)).reduce(together, NOTHING)
  }

  #selectionShape(selection: SelectionNode): Shape {
    const directives = selection.directives?.length ?? 0
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return together(this.#fragmentShape(selection.name.value), { ...NOTHING, directives })
    }
    const within = selection.selectionSet === undefined ? NOTHING : this.shapeOf(selection.selectionSet)
    if (selection.kind === Kind.INLINE_FRAGMENT) return together(within, { ...NOTHING, directives })
    const own = {
      rootFields: 1,
      aliases: within.aliases + (selection.alias === undefined ? 0 : 1),
      directives: within.directives + directives,
    }
    const deepest = 1 + Math.max(within.depth, within.introspectionDepth)
    return selection.name.value.startsWith('__')
      ? { ...own, depth: 1, introspectionDepth: deepest }
      : { ...own, depth: deepest, introspectionDepth: 0 }
  }

  #fragmentShape(name: string): Shape {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const fragment = this.#fragments.get(name)
    const shape = fragment === undefined ? NOTHING : this.shapeOf(fragment.selectionSet)
    this.#known.set(name, shape)
    return shape
  }
}

/** Two selections beside each other. */
function together(a: Shape, b: Shape): Shape {
  return {
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    rootFields: a.rootFields + b.rootFields,
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
  }
}

function requireNoCycle(fragments: Fragments): void {
  const finished = new Set<string>()
  const open = new Set<string>()
  const enter = (name: string) => {
    const fragment = fragments.get(name)
    if (fragment === undefined || finished.has(name)) return
    if (open.has(name)) {
      throw refusal('fragment_cycle', `The fragment "${name}" contains itself.`, [fragment])
    }
    open.add(name)
    for (const spread of spreadsIn(fragment)) enter(spread)
    open.delete(name)
    finished.add(name)
  }
  for (const name of fragments.keys()) enter(name)
}

function spreadsIn(fragment: FragmentDefinitionNode): readonly string[] {
  const names: string[] = []
  visit(fragment, { FragmentSpread: (spread) => void names.push(spread.name.value) })
  return names
}
