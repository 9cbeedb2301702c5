import { type OpenApiPart, openApiParameters, reference, type Schema } from '../../http/openapi.js'
import { ERROR_CLASSES } from './errors.js'
import { EXPORT_PATHS, QUERY_PATH } from './route.js'
import { EVENT_PROPERTIES, EXPORT_PARAMETERS, QUERY_PARAMETERS } from './schema.js'

const nullableText: Schema = { type: ['string', 'null'] }

const EVENT: Schema = {
  type: 'object',
  required: ['action_name'],
  properties: {
    ...Object.fromEntries(EVENT_PROPERTIES.map((property) => [property, nullableText])),
    event_id: { type: 'string', format: 'uuid' },
    event_time: { type: 'string', format: 'date-time' },
    action_name: { type: 'string' },
  },
}

const PAGE: Schema = {
  type: 'object',
  required: ['items', 'total'],
  properties: {
    items: { type: 'array', items: reference('AuditLogEventPublic') },
    total: { type: 'integer', minimum: 0 },
    current_page: { ...nullableText, description: 'Cursor to refetch the current page.' },
    current_page_backwards: {
      ...nullableText,
      description: 'Cursor to refetch the current page starting from the last item.',
    },
    previous_page: { ...nullableText, description: 'Cursor for the previous page: newer events.' },
    next_page: { ...nullableText, description: 'Cursor for the next page: older events.' },
  },
}

const ERROR_BODY: Schema = {
  type: 'object',
  required: ['errors', 'requestId'],
  properties: {
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['code', 'message', 'details', 'path'],
        properties: {
          code: { type: 'string', enum: ERROR_CLASSES },
          message: { type: 'string' },
          details: { type: 'string' },
          path: { type: 'string', description: 'query.<parameter>, or the path of the request.' },
          suggestion: { type: 'string' },
          documentation_url: nullableText,
          field: nullableText,
        },
      },
    },
    requestId: { type: 'string' },
  },
}

const security = [{ wherobotsApiKey: [] }, { apiKey: [] }]

function answers(contentType: string, schema: Schema): Readonly<Record<string, Schema>> {
  const refusal = {
    description: 'Refused.',
    content: { 'application/json': { schema: reference('ErrorBody') } },
  }
  const refused = [400, 401, 403, 422, 500, 503].map((status) => [String(status), refusal])
  return {
    '200': { description: 'The events, newest first.', content: { [contentType]: { schema } } },
    ...Object.fromEntries(refused),
  }
}

export const WHEROBOTS_OPENAPI: OpenApiPart = {
  schemas: { AuditLogEventPublic: EVENT, AuditLogEventPage: PAGE, ErrorBody: ERROR_BODY },
  securitySchemes: { wherobotsApiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
  paths: {
    ...Object.fromEntries(
      EXPORT_PATHS.map((path, place) => [
        path,
        {
          get: {
            operationId: place === 0 ? 'exportAuditLog' : 'exportAuditLogs',
            summary: 'Export audit log as CSV.',
            security,
            parameters: openApiParameters(EXPORT_PARAMETERS),
            responses: answers('text/csv', { type: 'string' }),
          },
        },
      ]),
    ),
    [QUERY_PATH]: {
      get: {
        operationId: 'queryAuditLog',
        summary: 'Query audit log events.',
        security,
        parameters: openApiParameters(QUERY_PARAMETERS),
        responses: answers('application/json', reference('AuditLogEventPage')),
      },
    },
  },
}
