import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Fragments } from './document-shape.js'

/** What an operation costs at most, in fields that are resolved. */
export interface Cost {
  readonly fields: number
  readonly introspection: number
}

/** Members of a field with `first` that come once for each of its results. */
const REPEATED = new Set(['edges', 'nodes', 'values'])
/** How many results the lists of introspection have at most, on average. */
const INTROSPECTION_LISTS: Readonly<Record<string, number>> = {
  types: 50,
  fields: 12,
  args: 4,
  inputFields: 6,
  enumValues: 10,
  possibleTypes: 4,
  interfaces: 2,
  directives: 6,
}

const FREE: Cost = { fields: 0, introspection: 0 }
/** Where a selection stands: in a field that gives so many results, or below `__schema` and `__type`. */
type Place = number | 'introspection'

/**
 * The published formula of Arize: 1 for each field; what stands below `edges`, and `edges` itself, once for each
 * entry of the page. `{ account { logs(first: 50) { edges { node { a b c } } } } }` is 1 + 1 + 50 × 5 = 252. Fields
 * that a directive leaves out count too, and so does each repetition: it is a bound.
 */
export function costOf(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  variables: Readonly<Record<string, unknown>>,
  firstDefault: number,
): Cost {
  return new CostCount(fragments, variables, firstDefault).selectionSet(operation.selectionSet, 1)
}

class CostCount {
  readonly #fragments: Fragments
  readonly #variables: Readonly<Record<string, unknown>>
  readonly #firstDefault: number
  readonly #known = new Map<string, Cost>()

  constructor(fragments: Fragments, variables: Readonly<Record<string, unknown>>, firstDefault: number) {
    this.#fragments = fragments
    this.#variables = variables
    this.#firstDefault = firstDefault
  }

  selectionSet({ selections }: SelectionSetNode, place: Place): Cost {
    return selections.map((selection) => this.#selection(selection, place)).reduce(sum, FREE)
  }

  #selection(selection: SelectionNode, place: Place): Cost {
    if (selection.kind === Kind.FIELD) return this.#field(selection, place)
    if (selection.kind === Kind.INLINE_FRAGMENT) return this.selectionSet(selection.selectionSet, place)
    const key = `${place} ${selection.name.value}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const fragment = this.#fragments.get(selection.name.value)
    const cost = fragment === undefined ? FREE : this.selectionSet(fragment.selectionSet, place)
    this.#known.set(key, cost)
    return cost
  }

  #field(field: FieldNode, place: Place): Cost {
    const name = field.name.value
    const inside =
      place === 'introspection' || name.startsWith('__') ? 'introspection' : this.#pageSize(field)
    const { fields, introspection } =
      field.selectionSet === undefined ? FREE : this.selectionSet(field.selectionSet, inside)
    if (place === 'introspection') {
      return { fields: 0, introspection: (INTROSPECTION_LISTS[name] ?? 1) * (1 + introspection) }
    }
    return { fields: (REPEATED.has(name) ? place : 1) * (1 + fields), introspection }
  }

  #pageSize({ arguments: given = [] }: FieldNode): number {
    const first = given.find(({ name }) => name.value === 'first')?.value
    const variable = first?.kind === Kind.VARIABLE ? this.#variables[first.name.value] : undefined
    const count = first?.kind === Kind.INT ? Number(first.value) : variable
    return typeof count === 'number' ? Math.max(0, count) : this.#firstDefault
  }
}

function sum(a: Cost, b: Cost): Cost {
  return { fields: a.fields + b.fields, introspection: a.introspection + b.introspection }
}
