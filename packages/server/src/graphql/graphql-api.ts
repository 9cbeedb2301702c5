import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ExecutionResult, execute, type GraphQLSchema } from 'graphql'
import { type Caller, type DialectContext, type SharedRoute, sendJson } from '../http/route.js'
import { Documents } from './documents.js'
import { DEADLINE_MS } from './limits.js'
import { type CostBound, type PreparedOperation, prepareOperation } from './prepare.js'
import { readGraphQlRequest } from './read-request.js'

/** A GraphQL API of a dialect. */
export interface GraphQlApi {
  /** Whether a request to the path that all of them share is meant for this one. */
  readonly claims: (request: FastifyRequest) => boolean
  /** Who asks; nothing of the document is looked at before. Throws as `requireCaller` does. */
  readonly requireCaller: (context: DialectContext, request: FastifyRequest) => Promise<Caller>
  readonly cost: CostBound
  /** Made once for each server. */
  readonly open: (context: DialectContext) => OpenGraphQlApi
}

export interface OpenGraphQlApi {
  readonly schema: GraphQLSchema
  /** Executes an operation and sends its answer. */
  readonly answer: (
    operation: PreparedOperation,
    caller: Caller,
    reply: FastifyReply,
  ) => Promise<FastifyReply>
}

type Handler = ReturnType<SharedRoute['open']>

/** The dialect's part in `/graphql`. */
export function graphQlRoute(api: GraphQlApi): SharedRoute {
  return { path: '/graphql', claims: api.claims, open: (context) => openGraphQl(api, context) }
}

/** Answers requests of one API, wherever they come in. */
export function openGraphQl(api: GraphQlApi, context: DialectContext): Handler {
  const { schema, answer } = api.open(context)
  const documents = new Documents(schema)
  return async (request, reply) => {
    // First of all: whoever has no key learns nothing of the schema, neither by introspection nor from suggestions.
    const caller = await api.requireCaller(context, request)
    const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'graphql' })
    const operation = prepareOperation(schema, documents, readGraphQlRequest(request), api.cost)
    // Others have their turn between checking and executing, which both compute.
    await nextTurn()
    const sent = await answer(operation, caller, reply)
    stopTimer()
    return sent
  }
}

/**
 * Executes by resolvers and sends the answer, whole or not at all: the first failure of a field is the request's.
 * Methods of `root` are its fields.
 */
export async function sendExecuted(
  { document, schema, request }: PreparedOperation,
  root: object,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { query: _query, variables, ...rest } = request
  const running = execute({ schema, document, rootValue: root, variableValues: variables, ...rest })
  const { data, errors } = await withinDeadline(Promise.resolve(running))
  const failed = errors?.[0]
  if (failed !== undefined) throw failed.originalError ?? failed
  return sendJson(reply, 200, JSON.stringify({ data }))
}

async function withinDeadline(running: Promise<ExecutionResult>): Promise<ExecutionResult> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const hint = 'Ask for less: a shorter time, a narrower filter, fewer fields at the root.'
      reject(new AppError('deadline_exceeded', { hint }))
    }, DEADLINE_MS)
  })
  try {
    return await Promise.race([running, deadline])
  } finally {
    clearTimeout(timer)
  }
}
