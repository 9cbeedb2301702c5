import { ERRORS } from '@counterfoil/core'
import { misfits, type OpenApi, type Operation, type Route, type Schema } from './openapi.js'
import type { FuzzRequest } from './random-request.js'

export interface FuzzAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
  readonly ms: number
}

/** The limit of an answer on a machine that does other work too. */
export const ANSWER_MS_MAX = 3_000

/** Everything that is wrong with an answer; nothing when all is well. */
export function wrongIn(
  document: OpenApi,
  routes: readonly Route[],
  request: FuzzRequest,
  answer: FuzzAnswer,
): readonly string[] {
  const { status, headers, text, ms } = answer
  if (status === 0) return ['is missing']
  const wrong: string[] = []
  if (ms > ANSWER_MS_MAX) wrong.push(`took ${Math.round(ms)} ms`)
  if (status >= 500 && status !== 503) wrong.push('is a failure of the server')
  if (headers['x-content-type-options'] !== 'nosniff') wrong.push('lacks nosniff')
  if (headers['cache-control'] !== 'no-store') wrong.push('may be stored')
  if (!/^req_\w{20}$/.test(String(headers['x-request-id']))) wrong.push('has no request id')
  if (request.method === 'HEAD') return text === '' ? wrong : [...wrong, 'answers HEAD with a body']
  if (status === 431)
    return [...wrong, ...wrongInError(undefined, status, String(headers['content-type']), text)]
  // A browser that visits a path which is none of the API's gets the page.
  if (status === 200 && isPage(request, headers)) return wrong.filter((one) => one !== 'may be stored')
  const route = isPath(request.url) ? routeOf(routes, request) : undefined
  const type = String(headers['content-type'])
  if (status >= 400) return [...wrong, ...wrongInError(route, status, type, text)]
  if (route === undefined) return [...wrong, 'answers a path that no route has']
  return [...wrong, ...wrongInSuccess(document, route.operation, status, type, text)]
}

function isPage({ method, headers: asked }: FuzzRequest, headers: FuzzAnswer['headers']): boolean {
  const isVisit = method === 'GET' && asked.accept?.includes('text/html') === true
  return isVisit && String(headers['content-type']).startsWith('text/html')
}

/** A part of a path longer than this is no id. */
const PATH_PART_LENGTH_MAX = 4_608

/** Whether a route can be looked for at all: what is no path belongs to no dialect. */
function isPath(url: string): boolean {
  const path = url.split('?', 1)[0] as string
  try {
    decodeURI(path)
  } catch {
    return false
  }
  return path.split('/').every((part) => part.length <= PATH_PART_LENGTH_MAX)
}

/** The route that a request is for, by the document. */
function routeOf(routes: readonly Route[], { method, url }: FuzzRequest): Route | undefined {
  const path = url.split('?', 1)[0] as string
  const fits = (route: Route) =>
    route.method === method && new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)
  // A path without parameters is meant before one with them.
  const found = routes.filter(fits).toSorted((a, b) => parameterCount(a) - parameterCount(b))
  return found[0]
}

const parameterCount = ({ path }: Route) => path.split('{').length

function wrongInSuccess(
  document: OpenApi,
  { responses }: Operation,
  status: number,
  type: string,
  text: string,
): readonly string[] {
  const response = responses[String(status)]
  if (response !== undefined && response.content === undefined) return text === '' ? [] : ['has a body']
  const content = response?.content
  if (content === undefined) return ['is not in the document']
  const types = Object.entries(content).map(([name, one]) => [name, one.schema] as const)
  // An answer may have one of several types.
  const [documented, schema] = (types.find(([name]) => type.startsWith(name)) ?? types[0]) as readonly [
    string,
    Schema,
  ]
  // NDJSON is UTF-8 by its definition; archives and tiles are no text: they have no such parameter.
  const wanted = /x-ndjson$|x-tar$|octet-stream$/.test(documented)
    ? documented
    : `${documented}; charset=utf-8`
  if (!type.startsWith(wanted)) return [`has the type ${type}, not ${documented}`]
  if (documented !== 'application/json') return misfits(document, schema, text)
  const value = parsed(text)
  if (value === undefined) return ['is no JSON']
  return misfits(document, schema, value)
}

/** The shape of failures of each dialect, by what its paths begin with; the flat envelope for all others. */
const SHAPES: readonly (readonly [
  paths: RegExp,
  wrong: (body: unknown, status: number) => readonly string[],
])[] = [
  [/graphql$/, wrongInGraphQlError],
  [/^\/api\/event_history$/, wrongInArcwiseError],
  [/^\/v2\//, wrongInProblem],
  [/^\/audit-logs?($|\/)/, wrongInErrorBody],
]

function wrongInError(
  route: Route | undefined,
  status: number,
  type: string,
  text: string,
): readonly string[] {
  const shape = route === undefined ? undefined : SHAPES.find(([paths]) => paths.test(route.path))?.[1]
  const wanted = shape === wrongInProblem ? 'application/problem+json' : 'application/json'
  if (type !== `${wanted}; charset=utf-8`) return [`has the type ${type}, not ${wanted}`]
  const body = parsed(text)
  if (body === undefined) return ['is no JSON']
  return (shape ?? wrongInFlatError)(body, status)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isCode = (value: unknown) => typeof value === 'string' && Object.hasOwn(ERRORS, value)

/** The members of `body` that do not hold; each has to be there. */
function broken(
  body: unknown,
  rules: Readonly<Record<string, (value: unknown) => boolean>>,
): readonly string[] {
  if (typeof body !== 'object' || body === null) return ['is no object']
  return Object.entries(rules).flatMap(([name, holds]) =>
    holds((body as Record<string, unknown>)[name]) ? [] : [`has a wrong or no ${name}`],
  )
}

function wrongInFlatError(body: unknown): readonly string[] {
  return broken(body, {
    error: isCode,
    code: isCode,
    type: isText,
    message: isText,
    hint: isText,
    request_id: isText,
  })
}

function wrongInArcwiseError(body: unknown): readonly string[] {
  const extra = Object.keys(body as object).filter((name) => name !== 'error' && name !== 'message')
  return [
    ...broken(body, { error: isCode, message: isText }),
    ...extra.map((name) => `has the member ${name}`),
  ]
}

function wrongInProblem(body: unknown, status: number): readonly string[] {
  return broken(body, {
    status: (value) => value === status,
    title: isText,
    type: isText,
    detail: isText,
    instance: isText,
  })
}

function wrongInErrorBody(body: unknown): readonly string[] {
  const isError = (error: unknown) =>
    broken(error, { code: isText, message: isText, details: isText, path: isText }).length === 0
  return broken(body, {
    errors: (value) => Array.isArray(value) && value.length > 0 && value.every(isError),
    requestId: isText,
  })
}

function wrongInGraphQlError(body: unknown): readonly string[] {
  const hasCode = (extensions: unknown) => broken(extensions, { code: isText }).length === 0
  const isFailure = (failure: unknown) =>
    broken(failure, { message: isText, extensions: hasCode }).length === 0
  return broken(body, {
    errors: (value) => Array.isArray(value) && value.length > 0 && value.every(isFailure),
    data: (value) => value === null,
  })
}
