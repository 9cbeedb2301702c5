import {
  jsonAnswer,
  type OpenApiPart,
  openApiParameters,
  reference,
  type Schema,
} from '../../http/openapi.js'
import { ARIZE_OPERATION_TYPES } from './authenticated-actions.js'
import { LIST_PARAMETERS } from './list.js'

const PROBLEM: Schema = {
  description: 'RFC 9457 problem details; 429 and 503 with Retry-After.',
  content: { 'application/problem+json': { schema: reference('ArizeProblem') } },
}
const text: Schema = { type: ['string', 'null'] }

export const ARIZE_REST_OPENAPI: OpenApiPart = {
  schemas: {
    ArizeAuditLog: {
      type: 'object',
      additionalProperties: false,
      required: ['id', 'user_id', 'ip', 'operation_type', 'created_at'],
      properties: {
        id: { type: 'string', description: 'Base64 of "AuditLog:" and seq + 1.' },
        user_id: { type: 'string', description: 'Base64 of "User:" and the id of the actor.' },
        ip: { type: 'string', description: 'Empty when there is none.' },
        operation_type: { type: 'string', enum: ARIZE_OPERATION_TYPES },
        operation_name: text,
        operation_text: text,
        variables: { ...text, description: 'JSON as text.' },
        created_at: { type: 'string', format: 'date-time' },
      },
    },
    ArizeProblem: {
      type: 'object',
      required: ['status', 'title'],
      properties: {
        status: { type: 'integer' },
        title: { type: 'string' },
        type: { type: 'string', format: 'uri' },
        detail: { type: 'string' },
        instance: { type: 'string', format: 'uri' },
      },
    },
  },
  paths: {
    '/v2/audit-logs': {
      get: {
        operationId: 'arizeListAuditLogs',
        summary: 'Actions of authenticated users as Arize AX gives them, newest first.',
        parameters: openApiParameters(LIST_PARAMETERS),
        responses: {
          '200': jsonAnswer('A page.', {
            type: 'object',
            additionalProperties: false,
            required: ['logs', 'pagination'],
            properties: {
              logs: { type: 'array', items: reference('ArizeAuditLog') },
              pagination: {
                type: 'object',
                additionalProperties: false,
                required: ['has_more'],
                properties: {
                  has_more: { type: 'boolean' },
                  next_cursor: { ...text, description: 'Only when there is more.' },
                },
              },
            },
          }),
          '400': PROBLEM,
          '401': PROBLEM,
          '403': PROBLEM,
          '503': PROBLEM,
        },
      },
    },
  },
}
