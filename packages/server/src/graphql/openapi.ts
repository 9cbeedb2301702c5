import { jsonAnswer, type OpenApiPaths, openApiParameters, refusals, type Schema } from '../http/openapi.js'
import { GET_PARAMETERS } from './read-request.js'

const ANSWER: Readonly<Record<string, Schema>> = {
  200: jsonAnswer('`data`, whole and never with `errors`', {
    type: 'object',
    required: ['data'],
    properties: { data: { type: 'object' } },
  }),
  ...refusals(400, 401, 403, 413, 415, 503),
}

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
    responses: ANSWER,
  }
}

/**
 * Describes `/graphql` for one of the APIs there. Where several have the same path, the last of the registry is what
 * the document shows.
 */
export function sharedGraphQlPath(summary: string, operationId: string, more: Schema = {}): OpenApiPaths {
  return {
    '/graphql': {
      post: graphQlOperation(summary, operationId, more),
      get: {
        summary: `${summary}, by parameters`,
        operationId: `${operationId}ByParameters`,
        ...more,
        parameters: openApiParameters(GET_PARAMETERS),
        responses: ANSWER,
      },
    },
  }
}
