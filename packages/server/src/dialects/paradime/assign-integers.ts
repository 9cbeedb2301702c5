import type { Filter, Selection } from '@counterfoil/core'
import { ownNumber } from '../../catalogue/integer-ids.js'
import type { DialectContext } from '../../http/route.js'
import { type IdKind, userText } from './entry-shape.js'

/** Values of each field that are assigned beforehand. */
const VALUES_MAX = 50_000
/** Assigned in one transaction: some 5 ms. */
const CHUNK = 500
const USERS: Filter = { op: 'equals', field: 'actor.type', values: ['user'] }

/**
 * Assigns the integers of a selection's most frequent texts, many in a transaction. What is not among them is assigned where
 * entries are encoded, a row of them at a time, at the price of an fsync each: so this is for speed alone, the first time that a
 * log with many users is read.
 */
export async function assignIntegers(context: DialectContext, selection: Selection): Promise<void> {
  const { facets } = await context.reads.facets(
    selection,
    ['action', 'source.name', 'workspace.id'],
    VALUES_MAX,
  )
  const filter: Filter =
    selection.filter === undefined ? USERS : { op: 'and', filters: [USERS, selection.filter] }
  const users = await context.reads.facets({ ...selection, filter }, ['actor.id'], VALUES_MAX)
  const ofKinds: readonly (readonly [IdKind, readonly string[]])[] = [
    ['action', textsOf(facets.action)],
    ['source', textsOf(facets['source.name'])],
    ['workspace', textsOf(facets['workspace.id'])],
    ['actor', textsOf(users.facets['actor.id']).map((id) => userText('user', id))],
  ]
  for (const [kind, texts] of ofKinds) {
    const assigned = texts.filter((text) => ownNumber(text) === undefined)
    for (let first = 0; first < assigned.length; first += CHUNK) {
      const some = assigned.slice(first, first + CHUNK)
      await context.integerIds.assign(selection.log.organization_id, kind, some)
    }
  }
}

function textsOf(values: readonly { readonly value: string }[] | undefined): readonly string[] {
  return (values ?? []).map(({ value }) => value)
}
