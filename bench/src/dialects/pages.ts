/** The first page of a dialect: how its client asks for it, and what tells the entries in the answer. */
export interface DialectPage {
  readonly path: string
  readonly headers: (token: string) => Readonly<Record<string, string>>
  /** Sent by POST when there is one. */
  readonly body?: string
  /** The entries of an answer, in its order, as `keyOf` names them. */
  // biome-ignore lint/suspicious/noExplicitAny: each dialect has a shape of its own.
  readonly keysIn: (answer: any) => readonly unknown[]
  /** What names an entry of our own list in this dialect. */
  readonly keyOf: (entry: ListedEntry) => unknown
  /** Whether this dialect's list has the entry. */
  readonly has: (entry: ListedEntry) => boolean
}

/** What our own list shows of an entry, as far as pages are held against it. */
export interface ListedEntry {
  readonly id: string
  readonly seq: number
  readonly action: string
  readonly category: string
  readonly outcome: string
  readonly actor: { readonly type: string; readonly id: string | null } | null
}

/** Entries on each page. */
export const DIALECT_PAGE_ENTRIES = 50

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const all = () => true
const arizeId = ({ seq }: ListedEntry) => Buffer.from(`AuditLog:${seq + 1}`).toString('base64')
const graphQl = (query: string) => JSON.stringify({ query })

const ARIZE_NODE = 'id user { id email } ip success operationName operationText variables loggedAt'

export const DIALECT_PAGES = {
  arcus: {
    path: `/v1/audit_log_entries?limit=${DIALECT_PAGE_ENTRIES}`,
    headers: bearer,
    keysIn: ({ data }) => data.map(({ id }: ListedEntry) => id),
    keyOf: ({ id }) => id,
    has: all,
  },
  activity: {
    path: `/v1/activity?limit=${DIALECT_PAGE_ENTRIES}`,
    headers: bearer,
    keysIn: ({ data }) => data.map(({ id }: ListedEntry) => id),
    keyOf: ({ id }) => `act_${id.replaceAll('-', '')}`,
    has: all,
  },
  arcwise: {
    path: `/api/event_history?limit=${DIALECT_PAGE_ENTRIES}`,
    headers: bearer,
    keysIn: (events) => events.map(({ event, user_id }: Record<string, unknown>) => [event, user_id]),
    keyOf: ({ action, actor }) => [action, actor?.id ?? null],
    has: all,
  },
  wherobots: {
    path: `/audit-log?size=${DIALECT_PAGE_ENTRIES}`,
    headers: (token) => ({ 'x-api-key': token }),
    keysIn: ({ items }) => items.map(({ event_id }: Record<string, unknown>) => event_id),
    keyOf: ({ id }) => id,
    has: all,
  },
  'arize-rest': {
    path: `/v2/audit-logs?limit=${DIALECT_PAGE_ENTRIES}`,
    headers: bearer,
    keysIn: ({ logs }) => logs.map(({ id }: Record<string, unknown>) => id),
    keyOf: arizeId,
    has: ({ actor, category, outcome }) =>
      category !== 'export' &&
      actor?.type !== 'anonymous' &&
      (category !== 'authentication' || (outcome === 'success' && actor !== null)),
  },
  'arize-graphql': {
    path: '/graphql',
    headers: (token) => ({ 'x-api-key': token }),
    body: graphQl(
      `{ account { authenticatedAuditLogs(first: ${DIALECT_PAGE_ENTRIES}) { pageInfo { hasNextPage endCursor } edges { node { ${ARIZE_NODE} } } } } }`,
    ),
    keysIn: ({ data }) =>
      data.account.authenticatedAuditLogs.edges.map(({ node }: { node: { id: string } }) => node.id),
    keyOf: arizeId,
    has: ({ actor, category }) =>
      actor?.type !== 'anonymous' && category !== 'authentication' && category !== 'export',
  },
  'native-graphql': {
    path: '/graphql',
    headers: bearer,
    body: graphQl(
      `{ auditLogs(first: ${DIALECT_PAGE_ENTRIES}) { pageInfo { hasNextPage endCursor } nodes { id seq recordedAt action category severity outcome description actor { type id label email } resource { type id label } metadata } } }`,
    ),
    keysIn: ({ data }) => data.auditLogs.nodes.map(({ seq }: ListedEntry) => seq),
    keyOf: ({ seq }) => seq,
    has: all,
  },
} as const satisfies Readonly<Record<string, DialectPage>>
export type PagedDialect = keyof typeof DIALECT_PAGES
export const PAGED_DIALECTS = Object.keys(DIALECT_PAGES) as readonly PagedDialect[]
