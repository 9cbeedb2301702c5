import { jsonAnswer, type OpenApiPart, refusals } from '../../http/openapi.js'

/** Describes the path that is the vendor's alone; `/graphql` is described by the native API. */
export const PARADIME_OPENAPI: OpenApiPart = {
  paths: {
    '/api/v1/{companyToken}/graphql': {
      post: {
        summary: "Paradime's GraphQL: getAuditLogs",
        operationId: 'paradimeGraphQl',
        security: [{ paradimeKey: [], paradimeSecret: [] }, { apiKey: [] }],
        parameters: [{ name: 'companyToken', in: 'path', required: true, schema: { type: 'string' } }],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['query'],
                properties: {
                  query: { type: 'string' },
                  variables: { type: ['object', 'null'] },
                  operationName: { type: ['string', 'null'] },
                },
              },
            },
          },
        },
        responses: {
          200: jsonAnswer('`data`, never with `errors`', {
            type: 'object',
            required: ['data'],
            properties: { data: { type: 'object' } },
          }),
          ...refusals(400, 401, 403, 413, 415, 503),
        },
      },
    },
  },
  schemas: {},
  securitySchemes: {
    paradimeKey: { type: 'apiKey', in: 'header', name: 'X-API-KEY' },
    paradimeSecret: { type: 'apiKey', in: 'header', name: 'X-API-SECRET' },
  },
}
