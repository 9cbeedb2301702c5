import { graphQlOperation } from '../../graphql/openapi.js'
import { jsonAnswer, type OpenApiPart, refusals } from '../../http/openapi.js'

const text = { type: 'string' }

export const NATIVE_GRAPHQL_OPENAPI: OpenApiPart = {
  paths: {
    '/graphql': {
      post: graphQlOperation(
        "GraphQL: ours with a bearer token; the vendors' with their own headers",
        'graphQl',
      ),
      get: {
        summary: 'The same by parameters',
        operationId: 'graphQlByParameters',
        parameters: ['query', 'variables', 'operationName'].map((name) => ({
          name,
          in: 'query',
          required: name === 'query',
          schema: text,
        })),
        responses: {
          200: jsonAnswer('`data`', {
            type: 'object',
            required: ['data'],
            properties: { data: { type: 'object' } },
          }),
          ...refusals(400, 401, 403, 503),
        },
      },
    },
  },
  schemas: {},
}
