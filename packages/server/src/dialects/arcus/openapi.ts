import {
  jsonAnswer,
  type OpenApiPart,
  openApiParameters,
  reference,
  refusals,
  type Schema,
} from '../../http/openapi.js'
import { BROKEN_REASONS } from '../../journal/journal.js'
import { LIST_PARAMETERS } from './list.js'
import { RETRIEVE_PARAMETERS } from './retrieve.js'

const text: Schema = { type: ['string', 'null'] }
const time: Schema = { type: 'string', format: 'date-time' }

const AUDIT_LOG_ENTRY: Schema = {
  type: 'object',
  required: ['id', 'object', 'entity_id', 'seq', 'created_at'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    object: { const: 'audit_log_entry' },
    entity_id: { type: 'string', format: 'uuid', description: 'The organization.' },
    mode: { type: 'string', enum: ['live', 'test'] },
    seq: { type: 'integer', minimum: 0 },
    actor: { type: ['object', 'null'], description: 'name and email only with expand[]=actor.' },
    action: text,
    category: text,
    resource: { type: ['object', 'null'], properties: { type: text, id: text, label: text } },
    targets: { type: 'array', items: { type: 'object' } },
    description: text,
    metadata: { type: 'object' },
    ip_address: text,
    user_agent: text,
    session_id: text,
    request_id: text,
    correlation_id: text,
    region: text,
    location: text,
    severity: text,
    outcome: text,
    error_code: text,
    source: { type: ['object', 'null'] },
    workspace: { type: ['object', 'null'] },
    operation: { type: ['object', 'null'] },
    before_state: { description: 'Only with expand[]=diff.' },
    after_state: { description: 'Only with expand[]=diff.' },
    diff: { description: 'Only with expand[]=diff.' },
    _chain: {
      type: 'object',
      description: 'Only with expand[]=chain.',
      properties: { prev_hash: { type: 'string' }, entry_hash: { type: 'string' }, archived_at: text },
    },
    occurred_at: text,
    created_at: time,
  },
}

export const ARCUS_OPENAPI: OpenApiPart = {
  schemas: { AuditLogEntry: AUDIT_LOG_ENTRY },
  paths: {
    '/v1/audit_log_entries': {
      get: {
        operationId: 'listEntries',
        summary: 'Entries, newest first.',
        parameters: openApiParameters(LIST_PARAMETERS),
        responses: {
          '200': jsonAnswer('A page.', {
            type: 'object',
            required: ['object', 'data', 'has_more', 'next_cursor', 'url', 'complete_through_seq'],
            properties: {
              object: { const: 'list' },
              data: { type: 'array', items: reference('AuditLogEntry') },
              has_more: { type: 'boolean' },
              next_cursor: text,
              total_count: { type: 'integer', description: 'Only with include_count=true.' },
              url: { type: 'string' },
              complete_through_seq: { type: 'integer' },
              partial: { type: 'boolean', description: 'Only when something could not be looked at.' },
              covered_from_seq: {
                type: 'integer',
                description: 'Only when partial: entries before this seq were not looked at.',
              },
            },
          }),
          ...refusals(400, 401, 403, 503),
        },
      },
    },
    '/v1/audit_log_entries/{id}': {
      get: {
        operationId: 'retrieveEntry',
        summary: 'One entry.',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
          ...openApiParameters(RETRIEVE_PARAMETERS),
        ],
        responses: {
          '200': jsonAnswer('The entry.', reference('AuditLogEntry')),
          ...refusals(400, 401, 403, 404),
        },
      },
    },
    '/v1/audit_log_entries/verify': {
      post: {
        operationId: 'verifyChain',
        summary: 'Recompute the hash chain of a range from what the disk holds.',
        requestBody: {
          required: false,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                additionalProperties: false,
                properties: {
                  from_date: time,
                  to_date: time,
                  limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 1_000 },
                },
              },
            },
          },
        },
        responses: {
          '200': jsonAnswer('The verdict.', {
            type: 'object',
            properties: {
              object: { const: 'audit_chain_verification' },
              verified: { type: 'boolean' },
              chain_length: { type: 'integer', description: 'Entries walked.' },
              broken_at: text,
              broken_reason: { enum: [...BROKEN_REASONS, null] },
              broken_seq: { type: 'integer' },
              explanation: { type: 'string' },
              verified_from_seq: { type: ['integer', 'null'] },
              verified_to_seq: { type: ['integer', 'null'] },
            },
          }),
          ...refusals(400, 401, 403),
        },
      },
    },
  },
}
