import { graphQlOperation, sharedGraphQlPath } from '../../graphql/openapi.js'
import type { OpenApiPart } from '../../http/openapi.js'

const security = [{ paradimeKey: [], paradimeSecret: [] }, { apiKey: [] }]

export const PARADIME_OPENAPI: OpenApiPart = {
  paths: {
    ...sharedGraphQlPath("Paradime's GraphQL", 'paradimeGraphQl', { security }),
    '/api/v1/{companyToken}/graphql': {
      post: graphQlOperation("Paradime's GraphQL: getAuditLogs", 'paradimeCompanyGraphQl', {
        security,
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
