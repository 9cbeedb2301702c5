import { ERRORS } from '@counterfoil/core'
import {
  jsonAnswer,
  type OpenApiPart,
  openApiParameters,
  reference,
  type Schema,
} from '../../http/openapi.js'
import { EVENT_HISTORY_PARAMETERS } from './event-history.js'

const REFUSAL: Schema = jsonAnswer('A refusal; its shape is ours.', reference('ArcwiseError'))

export const ARCWISE_OPENAPI: OpenApiPart = {
  schemas: {
    ArcwiseEvent: {
      type: 'object',
      additionalProperties: false,
      required: ['event', 'timestamp', 'severity', 'message', 'user_id'],
      properties: {
        event: { type: 'string' },
        timestamp: { type: 'integer', description: 'UNIX seconds.' },
        severity: { type: 'string', enum: ['info', 'warning', 'error'] },
        message: { type: ['string', 'null'] },
        user_id: { type: ['string', 'null'] },
      },
    },
    ArcwiseError: {
      type: 'object',
      required: ['error', 'message'],
      properties: { error: { type: 'string', enum: Object.keys(ERRORS) }, message: { type: 'string' } },
    },
  },
  paths: {
    '/api/event_history': {
      get: {
        operationId: 'arcwiseEventHistory',
        summary: 'Events as Arcwise gives them, newest first.',
        parameters: openApiParameters(EVENT_HISTORY_PARAMETERS),
        responses: {
          '200': jsonAnswer('The events.', { type: 'array', items: reference('ArcwiseEvent') }),
          '400': REFUSAL,
          '401': REFUSAL,
          '403': REFUSAL,
          '503': REFUSAL,
        },
      },
    },
  },
}
