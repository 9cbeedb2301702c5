import { jsonAnswer, refusals, type Schema } from '../http/openapi.js'

/** Describes a `POST` of GraphQL; the schema behind it describes itself, to callers with a key. */
export function graphQlOperation(summary: string, operationId: string, more: Schema = {}): Schema {
  return {
    summary,
    operationId,
    ...more,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['query'],
            properties: {
              query: { type: 'string', description: 'The document.' },
              variables: { type: ['object', 'null'] },
              operationName: { type: ['string', 'null'] },
            },
          },
        },
      },
    },
    responses: {
      200: jsonAnswer('`data`, whole and never with `errors`', {
        type: 'object',
        required: ['data'],
        properties: { data: { type: 'object' } },
      }),
      ...refusals(400, 401, 403, 413, 415, 503),
    },
  }
}
