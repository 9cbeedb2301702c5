import type { OpenApiPart } from '../../http/openapi.js'

/** `/graphql` is described by the native API; here is how Arize's callers sign in to it. */
export const ARIZE_GRAPHQL_OPENAPI: OpenApiPart = {
  paths: {},
  schemas: {},
  securitySchemes: { arizeKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
}
