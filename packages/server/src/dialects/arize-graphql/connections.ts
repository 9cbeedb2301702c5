import type { Filter } from '@counterfoil/core'

const AUTHENTICATION: Filter = { op: 'equals', field: 'category', values: ['authentication'] }
const EXPORT: Filter = { op: 'equals', field: 'category', values: ['export'] }
const KNOWN_ACTOR: Filter = { op: 'equals', field: 'actor.type', values: ['user', 'api_key', 'service'] }

/**
 * Which entries each connection shows. No entry is in two of them. In none are those of the system, of webhooks, of
 * anonymous or unnamed actors that are neither a sign-in nor an export: nobody was authenticated for them.
 */
export const CONNECTION_FILTERS = {
  unauthenticatedAuditLogs: AUTHENTICATION,
  authenticatedAuditLogs: {
    op: 'and',
    filters: [
      KNOWN_ACTOR,
      { op: 'not', filter: { op: 'equals', field: 'category', values: ['authentication', 'export'] } },
    ],
  },
  exporterAuditLogs: EXPORT,
} as const satisfies Readonly<Record<string, Filter>>
