import { AppError } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import { readJsonMembers } from '../http/json-body.js'
import { type RawQuery, readParameters, single, textParameter } from '../http/parameters.js'
import { BODY_DEPTH_MAX, GRAPHQL_BODY_BYTES_MAX } from './limits.js'
import { refusal } from './refusal.js'

/** What a request asks to be executed. */
export interface GraphQlRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | undefined
}

/** `extensions` is there for clients that always send it; nothing is read from it. */
const MEMBERS = ['query', 'variables', 'operationName', 'extensions'] as const
/** What a `GET` takes. */
export const GET_PARAMETERS = {
  query: textParameter('the document.'),
  variables: textParameter('a JSON object.'),
  operationName: textParameter('which operation of the document to execute.'),
  extensions: textParameter('accepted and not read.'),
} as const

/**
 * Reads `POST` with a JSON body or `GET` with parameters, of the GraphQL-over-HTTP specification. No form and no
 * plain text: a page of another site can send those in a visitor's name. Throws AppErrors that name what to mend.
 */
export function readGraphQlRequest(request: FastifyRequest): GraphQlRequest {
  const { query, variables, operationName } =
    request.method === 'GET' ? fromParameters(request.query as RawQuery) : fromBody(request)
  if (typeof query !== 'string' || query.trim() === '') {
    throw new AppError('invalid_request', {
      param: 'query',
      hint: 'Send a GraphQL document as the text "query".',
    })
  }
  if (variables !== undefined && variables !== null && !isObject(variables)) {
    throw new AppError('invalid_request', { param: 'variables', hint: '"variables" is a JSON object.' })
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw new AppError('invalid_request', { param: 'operationName', hint: '"operationName" is text.' })
  }
  return { query, variables: variables ?? {}, operationName: operationName ?? undefined }
}

type Members = Readonly<Partial<Record<'query' | 'variables' | 'operationName', unknown>>>

function fromParameters(raw: RawQuery): Members {
  const values = readParameters(GET_PARAMETERS, raw)
  const variables = single('variables', values.variables)
  return {
    query: single('query', values.query),
    variables: variables === undefined ? undefined : parseVariables(variables),
    operationName: single('operationName', values.operationName),
  }
}

function parseVariables(text: string): unknown {
  requireShallow(text)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('invalid_request', {
      param: 'variables',
      hint: '"variables" is a JSON object.',
      cause,
    })
  }
}

function fromBody(request: FastifyRequest): Members {
  requireJson(request)
  const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0)
  if (body.length > GRAPHQL_BODY_BYTES_MAX) {
    throw new AppError('body_too_large', {
      hint: `A GraphQL request has at most ${GRAPHQL_BODY_BYTES_MAX} bytes.`,
    })
  }
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1')
  if (/^\s*\[/.test(text)) {
    throw refusal('batch_refused', 'Send one operation in a request: arrays of them are not taken.')
  }
  requireShallow(text)
  return readJsonMembers(body, MEMBERS)
}

function requireJson({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', {
      param: 'Content-Encoding',
      hint: 'Send the body as it is, not compressed.',
    })
  }
  if (!/^application\/json(?: *; *charset="?utf-8"?)?$/i.test(headers['content-type'] ?? '')) {
    throw new AppError('unsupported_media_type', {
      param: 'Content-Type',
      hint: 'Send application/json in UTF-8: {"query": "…", "variables": {…}}.',
    })
  }
}

/** Refuses JSON of more levels than anything here needs. Text in which brackets stand is left out of the count. */
function requireShallow(json: string): void {
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[{]|[\]}]/gs)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    if (depth > BODY_DEPTH_MAX) {
      throw new AppError('invalid_request', {
        hint: `The JSON nests more than ${BODY_DEPTH_MAX} levels deep.`,
      })
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
