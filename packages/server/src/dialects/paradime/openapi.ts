import { graphQlOperation } from '../../graphql/openapi.js'
import type { OpenApiPart } from '../../http/openapi.js'

/** The path that is the vendor's alone; `/graphql` is described by the native API. */
export const PARADIME_OPENAPI: OpenApiPart = {
  paths: {
    '/api/v1/{companyToken}/graphql': {
      post: graphQlOperation("Paradime's GraphQL: getAuditLogs", 'paradimeGraphQl', {
        security: [{ paradimeKey: [], paradimeSecret: [] }, { apiKey: [] }],
        parameters: [{ name: 'companyToken', in: 'path', required: true, schema: { type: 'string' } }],
      }),
    },
  },
  schemas: {},
  securitySchemes: {
    paradimeKey: { type: 'apiKey', in: 'header', name: 'X-API-KEY' },
    paradimeSecret: { type: 'apiKey', in: 'header', name: 'X-API-SECRET' },
  },
}
