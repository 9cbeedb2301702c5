import { sharedGraphQlPath } from '../../graphql/openapi.js'
import type { OpenApiPart } from '../../http/openapi.js'

export const ARIZE_GRAPHQL_OPENAPI: OpenApiPart = {
  paths: sharedGraphQlPath("Arize's GraphQL", 'arizeGraphQl', { security: [{ arizeKey: [] }] }),
  schemas: {},
  securitySchemes: { arizeKey: { type: 'apiKey', in: 'header', name: 'x-api-key' } },
}
