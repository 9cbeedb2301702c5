import type { Filter, OperationType } from '@counterfoil/core'

/**
 * What the vendor's REST list holds: actions of authenticated users. Its other two logs are shown by its GraphQL API
 * alone: exports, and sign-ins that failed or that nobody known made. Everything else is in, entries without an actor
 * as well: leaving out what may have been a user's would be worse than showing what a system did.
 */
export const AUTHENTICATED_ACTIONS: Filter = {
  op: 'not',
  filter: {
    op: 'or',
    filters: [
      { op: 'equals', field: 'category', values: ['export'] },
      { op: 'equals', field: 'actor.type', values: ['anonymous'] },
      {
        op: 'and',
        filters: [
          { op: 'equals', field: 'category', values: ['authentication'] },
          {
            op: 'or',
            filters: [
              { op: 'not', filter: { op: 'equals', field: 'outcome', values: ['success'] } },
              { op: 'equals', field: 'actor.type', values: [''] },
            ],
          },
        ],
      },
    ],
  },
}

/** The vendor's names of operation types. */
export const ARIZE_OPERATION_TYPES = ['QUERY', 'MUTATION', 'SUBSCRIPTION'] as const
export type ArizeOperationType = (typeof ARIZE_OPERATION_TYPES)[number]

const OPERATION_NAMES: Readonly<Record<OperationType, ArizeOperationType>> = {
  query: 'QUERY',
  mutation: 'MUTATION',
  subscription: 'SUBSCRIPTION',
}

/** Entries without an operation are no GraphQL; the vendor counts REST calls as mutations. */
export function toArizeOperationType(type: OperationType | undefined): ArizeOperationType {
  return type === undefined ? 'MUTATION' : OPERATION_NAMES[type]
}

/** The entries that show this operation type. */
export function ofOperationType(type: ArizeOperationType): Filter {
  const own = Object.entries(OPERATION_NAMES).flatMap(([name, shown]) => (shown === type ? [name] : []))
  return {
    op: 'equals',
    field: 'operation.type',
    values: type === toArizeOperationType(undefined) ? [...own, ''] : own,
  }
}
