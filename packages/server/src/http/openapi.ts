import { ERRORS } from '@counterfoil/core'
import type { Parameters } from './parameters.js'
import { STATUS } from './status.js'

/** Part of an OpenAPI 3.1 document, as plain JSON. */
export type Schema = Readonly<Record<string, unknown>>
export type OpenApiPaths = Readonly<Record<string, Readonly<Record<string, Schema>>>>

export interface OpenApiPart {
  readonly paths: OpenApiPaths
  readonly schemas: Readonly<Record<string, Schema>>
  /** Ways to sign in that only this part knows. */
  readonly securitySchemes?: Readonly<Record<string, Schema>>
}

/** The whole document: what each dialect says of its own routes, put together. */
export function openApiDocument(parts: readonly OpenApiPart[], version: string): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Counterfoil',
      version,
      summary: 'Records who did what; search, counts and verification of the records.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    paths: mergePaths(parts),
    components: {
      securitySchemes: Object.assign(
        { apiKey: { type: 'http', scheme: 'bearer', description: 'cf_live_… or cf_test_…' } },
        ...parts.map(({ securitySchemes }) => securitySchemes),
      ),
      schemas: Object.assign({ Error: ERROR_SCHEMA }, ...parts.map(({ schemas }) => schemas)),
    },
  }
}

/** The same part under a path prefix. */
export function withPrefix(part: OpenApiPart, prefix: string): OpenApiPart {
  if (prefix === '') return part
  const paths = Object.entries(part.paths).map(([path, methods]) => [prefix + path, methods] as const)
  return { ...part, paths: Object.fromEntries(paths) }
}

/** Two dialects may serve different methods of one path. */
function mergePaths(parts: readonly OpenApiPart[]): OpenApiPaths {
  const merged: Record<string, Readonly<Record<string, Schema>>> = {}
  for (const { paths } of parts) {
    for (const [path, methods] of Object.entries(paths)) merged[path] = { ...merged[path], ...methods }
  }
  return merged
}

const ERROR_SCHEMA: Schema = {
  type: 'object',
  required: ['error', 'code', 'type', 'message', 'request_id'],
  properties: {
    error: { type: 'string', enum: Object.keys(ERRORS), description: 'The same as code.' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    type: { type: 'string' },
    message: { type: 'string' },
    hint: { type: 'string', description: 'What to do.' },
    param: { type: 'string', description: 'The parameter, or the JSON pointer of the first problem.' },
    problems: {
      type: 'array',
      description: 'Every problem of every entry of the request, up to 100.',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
    request_id: { type: 'string' },
  },
}

/** Query parameters of a route. */
export function openApiParameters(parameters: Parameters): readonly Schema[] {
  return Object.entries(parameters).map(([name, { schema, description }]) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema,
  }))
}

/** A JSON answer. */
export function jsonAnswer(description: string, schema: Schema): Schema {
  return { description, content: { 'application/json': { schema } } }
}

/** The refusals that a route can give, by status. */
export function refusals(...statuses: readonly number[]): Readonly<Record<string, Schema>> {
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = Object.entries(STATUS).filter(([, value]) => value === status)
      return [String(status), jsonAnswer(codes.map(([code]) => code).join(', '), reference('Error'))]
    }),
  )
}

export function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}
