import type { Filter } from '@counterfoil/core'

const EXPORT: Filter = { op: 'equals', field: 'category', values: ['export'] }
/** Who signs in is not known yet, and who is anonymous never is. */
const UNAUTHENTICATED: Filter = {
  op: 'or',
  filters: [
    { op: 'equals', field: 'category', values: ['authentication'] },
    { op: 'equals', field: 'actor.type', values: ['anonymous'] },
  ],
}
const NO_EXPORT: Filter = { op: 'not', filter: EXPORT }

/**
 * Which entries each connection shows. Every entry is in exactly one of them: who reads all three misses nothing. So
 * the authenticated ones are all the rest, those of the system and those without an actor among them.
 */
export const CONNECTION_FILTERS = {
  unauthenticatedAuditLogs: { op: 'and', filters: [UNAUTHENTICATED, NO_EXPORT] },
  authenticatedAuditLogs: { op: 'and', filters: [{ op: 'not', filter: UNAUTHENTICATED }, NO_EXPORT] },
  exporterAuditLogs: EXPORT,
} as const satisfies Readonly<Record<string, Filter>>
