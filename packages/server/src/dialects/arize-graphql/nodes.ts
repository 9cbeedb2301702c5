import { type Entry, matches } from '@counterfoil/core'
import { readGlobalId, toGlobalId } from '../../http/global-id.js'
import { type Caller, type DialectContext, maySee } from '../../http/route.js'
import type { ReadEntry } from '../../reading/reads.js'
import { CONNECTION_FILTERS } from './connections.js'
import { toLogNode } from './log-shape.js'

/** Types of the connections' nodes. */
const LOG_TYPES = {
  unauthenticatedAuditLogs: 'UnauthenticatedAuditLog',
  authenticatedAuditLogs: 'AuthenticatedAuditLog',
  exporterAuditLogs: 'ExporterAuditLog',
} as const satisfies Readonly<Record<keyof typeof CONNECTION_FILTERS, string>>
const CONNECTION_NAMES = Object.keys(LOG_TYPES) as (keyof typeof LOG_TYPES)[]

/** Who asks, as entries about them name them: a person, or the key. */
export function viewerOf({ key: { owner, keyId } }: Caller) {
  return {
    id: toGlobalId('User', owner?.personId ?? keyId),
    email: owner?.email ?? null,
  }
}

/**
 * What an id of this API names, as far as the caller may see it: an entry of their log, or their account. Null for any
 * other text, so that nobody learns what there is elsewhere. Users are no nodes: theirs can be without an id.
 */
export async function findNode(
  context: DialectContext,
  caller: Caller,
  account: { readonly id: string },
  id: string,
) {
  if (id === account.id) return { __typename: 'Account', ...account }
  const number = readGlobalId('AuditLog', id)
  if (number === undefined || !/^[1-9]\d{0,15}$/.test(number)) return null
  const entry = await entryAt(context, caller, Number(number) - 1)
  return entry === undefined ? null : { __typename: typeOf(entry), ...toLogNode(entry) }
}

/** The entry at a place of the caller's log, when they may see it. */
async function entryAt(
  { reads }: DialectContext,
  caller: Caller,
  seq: number,
): Promise<ReadEntry | undefined> {
  // Without a filter, a place is found by its `seq` alone.
  const after = seq === 0 ? {} : { after: { recorded_at: 0, seq: seq - 1 } }
  const { entries } = await reads.page({ log: caller.log, order: 'oldest_first', limit: 1, ...after })
  const [entry] = entries
  return entry !== undefined && maySee(caller, entry) ? entry : undefined
}

/** The type of the one connection that shows the entry. */
function typeOf(entry: ReadEntry): string {
  const name = CONNECTION_NAMES.find((connection) => matches(CONNECTION_FILTERS[connection], entry as Entry))
  return LOG_TYPES[name ?? 'authenticatedAuditLogs']
}
