import type { Selection } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import { type PageArguments, readConnection } from '../../graphql/connection.js'
import { graphQlError } from '../../graphql/error-answer.js'
import { type GraphQlApi, graphQlRoute, sendExecuted } from '../../graphql/graphql-api.js'
import { toGlobalId } from '../../http/global-id.js'
import { requireComplete } from '../../http/paging.js'
import { type Caller, type Dialect, type DialectContext, toCaller } from '../../http/route.js'
import { combineSelections } from '../../http/selection-parameters.js'
import { CONNECTION_FILTERS } from './connections.js'
import { toLogNode } from './log-shape.js'
import { findNode, viewerOf } from './nodes.js'
import { ARIZE_GRAPHQL_OPENAPI } from './openapi.js'
import { arizeSchema } from './schema.js'

const COMPLEXITY_MAX = 1_000
const WINDOW_US = 30 * 86_400_000_000

interface LogArguments extends PageArguments {
  readonly startTime?: number | null
  readonly endTime?: number | null
}
type ConnectionName = keyof typeof CONNECTION_FILTERS

const API: GraphQlApi = {
  claims: ({ headers }) => headers['x-api-key'] !== undefined && headers['x-api-secret'] === undefined,
  requireCaller: requireKey,
  cost: { max: COMPLEXITY_MAX, firstDefault: 1 },
  open: (context) => ({
    schema: arizeSchema(),
    answer: (operation, caller, reply) =>
      sendExecuted(
        operation,
        {
          account: () => account(context, caller),
          viewer: () => viewerOf(caller),
          node: ({ id }: { readonly id: string }) => findNode(context, caller, account(context, caller), id),
          rateLimit: { limit: COMPLEXITY_MAX, cost: operation.cost.fields },
        },
        reply,
      ),
  }),
}

/** Arize's audit logs by GraphQL. */
export const ARIZE_GRAPHQL: Dialect = {
  name: 'arize-graphql',
  routes: [],
  shared: [graphQlRoute(API)],
  openapi: ARIZE_GRAPHQL_OPENAPI,
  toErrorAnswer: graphQlError,
}

/** The key is any bearer key of ours; the key of a pair is no secret and does not do. */
async function requireKey({ access }: DialectContext, request: FastifyRequest): Promise<Caller> {
  const token = request.headers['x-api-key']
  const key = typeof token === 'string' ? await access.authenticate(token) : undefined
  return toCaller(key, ['audit:read', 'audit:read:own'], request, access)
}

/** Resolvers of `Account`. */
function account(context: DialectContext, caller: Caller) {
  const { organization_id } = caller.log
  const connection = (name: ConnectionName) => async (given: LogArguments) => {
    const selection = toSelection(caller, name, given)
    const found = await readConnection(context.reads, selection, 'newest_first', given, toLogNode)
    requireComplete(found.page)
    return found
  }
  return {
    id: toGlobalId('Account', organization_id),
    name: async () => (await context.access.findOrganization(organization_id))?.name ?? '',
    unauthenticatedAuditLogs: connection('unauthenticatedAuditLogs'),
    authenticatedAuditLogs: connection('authenticatedAuditLogs'),
    exporterAuditLogs: connection('exporterAuditLogs'),
  }
}

function toSelection(caller: Caller, name: ConnectionName, { startTime, endTime }: LogArguments): Selection {
  const filter = CONNECTION_FILTERS[name]
  const to = endTime ?? undefined
  const from = startTime ?? (to ?? Date.now() * 1_000) - WINDOW_US
  const part = { filter, from, ...(to === undefined ? {} : { to }) }
  return combineSelections(caller, [part], ['startTime', 'endTime'])
}
