import { AppError } from '@counterfoil/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { graphQlError } from '../../graphql/error-answer.js'
import { type GraphQlApi, graphQlRoute, openGraphQl } from '../../graphql/graphql-api.js'
import {
  type Caller,
  type CompatibilitySwitch,
  type Dialect,
  type DialectContext,
  requireCaller,
  toCaller,
} from '../../http/route.js'
import { planAnswer } from './answer-plan.js'
import { PARADIME_OPENAPI } from './openapi.js'
import { type MetadataForm, paradimeSchema } from './schema.js'
import { sendLogs } from './send-logs.js'

const SWITCHES = {
  metadata_json: {
    values: ['string', 'object'],
    description:
      "metadataJson as JSON in a string, which the vendor's client reads, or as an object, which its page shows.",
  },
} as const satisfies Record<string, CompatibilitySwitch>

const API: GraphQlApi = {
  claims: ({ headers }) =>
    headers['x-api-secret'] !== undefined || /^bearer +prdm_/i.test(headers.authorization ?? ''),
  requireCaller: requireViewer,
  // Lists are streamed and cost no resolvers; what is left is introspection and a handful of names.
  cost: { max: 1_000, firstDefault: 1 },
  open: (context) => {
    const metadata = context.switchOf('metadata_json') as MetadataForm
    return {
      schema: paradimeSchema(metadata),
      answer: (operation, caller, reply) => sendLogs(context, caller, planAnswer(operation), metadata, reply),
    }
  },
}

/** Paradime's audit log API. */
export const PARADIME: Dialect = {
  name: 'paradime',
  routes: [addCompanyPath],
  shared: [graphQlRoute(API)],
  openapi: PARADIME_OPENAPI,
  toErrorAnswer: graphQlError,
  switches: SWITCHES,
}

/** The vendor's own path. Its token says where, not who: the key alone decides whose entries are shown. */
function addCompanyPath(server: FastifyInstance, context: DialectContext): void {
  server.post('/api/v1/:companyToken/graphql', openGraphQl(API, context))
}

/** A key and its secret in two headers, or a bearer token. "Audit logs viewer" is the scope audit:read. */
async function requireViewer(context: DialectContext, request: FastifyRequest): Promise<Caller> {
  const { headers } = request
  const [key, secret] = [headers['x-api-key'], headers['x-api-secret']]
  if (key === undefined && secret === undefined) {
    if (headers.authorization === undefined) {
      throw new AppError('missing_api_key', {
        hint: 'Send the headers "X-API-KEY" and "X-API-SECRET", or "Authorization: Bearer prdm_wsp_…".',
      })
    }
    const caller = await requireCaller(context, request, 'audit:read', 'audit:read:own')
    requireWorkspace(request)
    return caller
  }
  if (typeof key !== 'string' || typeof secret !== 'string') {
    throw new AppError('missing_api_key', {
      hint: 'Send both headers, "X-API-KEY" and "X-API-SECRET", once each.',
    })
  }
  return toCaller(
    await context.access.authenticatePair(key, secret),
    ['audit:read', 'audit:read:own'],
    request,
    context.access,
  )
}

/** A company's token needs to name a workspace, as the vendor's client does. It does not narrow what is shown. */
function requireWorkspace({ headers }: FastifyRequest): void {
  const workspace = headers['x-paradime-workspace']
  if (!/^bearer +prdm_cmp_/i.test(headers.authorization ?? '')) return
  if (typeof workspace === 'string' && workspace.trim() !== '') return
  throw new AppError('invalid_request', {
    param: 'X-Paradime-Workspace',
    hint: 'With a token that begins with prdm_cmp_, send the header "X-Paradime-Workspace".',
  })
}
