import { SECTION_PATHS } from '@counterfoil/core'
import {
  jsonAnswer,
  type OpenApiPart,
  openApiParameters,
  reference,
  refusals,
  type Schema,
} from '../../http/openapi.js'
import { BROKEN_REASONS } from '../../journal/journal.js'
import { withEntityPaths } from './entity.js'
import {
  ACTIVITY_PARAMETERS,
  LIST_PARAMETERS,
  RESOURCE_ACTIVITY_PARAMETERS,
  RETRIEVE_PARAMETERS,
  VERIFY_LIMIT_DEFAULT,
  VERIFY_LIMIT_MAX,
} from './schema.js'

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
    resource: {
      type: ['object', 'null'],
      description: 'object, latest_… and truncated only with expand[]=resource.',
      properties: {
        type: text,
        id: text,
        label: text,
        object: { const: 'resource' },
        latest_label: text,
        latest_action: text,
        latest_at: text,
        latest_entry: {
          description:
            'Id of the newest entry about it; the entry itself with expand[]=resource.latest_entry.',
        },
        partial: { const: true, description: 'There may be newer ones: the index is behind or away.' },
        truncated: { const: true, description: 'Not expanded: more than 100 resources in the list.' },
      },
    },
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
    erased_sections: {
      type: 'array',
      items: { type: 'string', enum: SECTION_PATHS },
      description: 'Sections that were erased; only when some were. docs/erasure.md.',
    },
    _chain: {
      type: 'object',
      description: 'Only with expand[]=chain.',
      properties: {
        prev_hash: { type: 'string' },
        entry_hash: { type: 'string' },
        archived_at: { ...text, description: 'When it was archived; null when it was not.' },
      },
    },
    occurred_at: text,
    created_at: time,
  },
}

const PARTY: Schema = { type: 'object', properties: { type: text, id: text, label: text } }

const ACTIVITY_EVENT: Schema = {
  type: 'object',
  required: ['id', 'object', 'entity_id', 'created_at'],
  properties: {
    id: { type: 'string', pattern: '^act_[0-9a-f]{32}$' },
    object: { const: 'activity_event' },
    entity_id: { type: 'string', format: 'uuid', description: 'The organization.' },
    created_at: time,
    actor: {
      type: ['object', 'null'],
      properties: { type: text, id: text, label: text, on_behalf_of: { oneOf: [PARTY, { type: 'null' }] } },
    },
    action: text,
    resource_type: text,
    resource_id: text,
    resource_label: text,
    description: text,
    severity: { enum: ['info', 'notice', 'warning', 'critical', null] },
    outcome: { enum: ['success', 'failure', 'denied', null] },
    error_code: text,
    request_id: text,
    metadata: { type: 'object' },
    diff: { type: 'object', properties: { before: {}, after: {} } },
  },
}

const PAGE = {
  has_more: { type: 'boolean' },
  next_cursor: text,
  url: { type: 'string' },
  complete_through_seq: { type: 'integer' },
  partial: { type: 'boolean', description: 'Only when something could not be looked at.' },
  covered_from_seq: {
    type: 'integer',
    description: 'Only when partial: entries before this seq were not looked at.',
  },
}

function listAnswer(schema: string, more: Readonly<Record<string, Schema>> = {}): Schema {
  return jsonAnswer('A page.', {
    type: 'object',
    required: ['object', 'data', 'has_more', 'next_cursor', 'url', 'complete_through_seq'],
    properties: {
      object: { const: 'list' },
      data: { type: 'array', items: reference(schema) },
      ...more,
      ...PAGE,
    },
  })
}

function pathParameter(name: string, description: string): Schema {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } }
}

const LIST: Schema = {
  operationId: 'listEntries',
  summary: 'Entries, newest first.',
  parameters: openApiParameters(LIST_PARAMETERS),
  responses: {
    '200': listAnswer('AuditLogEntry', {
      total_count: { type: 'integer', description: 'Only with include_count=true.' },
    }),
    ...refusals(400, 401, 403, 429, 503),
  },
}

const RETRIEVE: Schema = {
  operationId: 'retrieveEntry',
  summary: 'One entry.',
  parameters: [pathParameter('id', 'Id of the entry.'), ...openApiParameters(RETRIEVE_PARAMETERS)],
  responses: {
    '200': jsonAnswer('The entry.', reference('AuditLogEntry')),
    ...refusals(400, 401, 403, 404, 429),
  },
}

const seq: Schema = { type: 'integer', minimum: 0 }

const VERIFY: Schema = {
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
            limit: {
              type: 'integer',
              minimum: 1,
              maximum: VERIFY_LIMIT_MAX,
              default: VERIFY_LIMIT_DEFAULT,
            },
            from_seq: { ...seq, description: 'First entry: the next_seq of the answer before.' },
            to_seq: { ...seq, description: 'Last entry, inclusive.' },
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
        broken_at: {
          ...text,
          description: 'The first broken entry; of one that is gone, the nearest that is still there.',
        },
        broken_reason: { enum: [...BROKEN_REASONS, null] },
        broken_seq: { type: 'integer', description: 'Only when broken.' },
        explanation: { type: 'string', description: 'Only when broken.' },
        verified_from_seq: { type: ['integer', 'null'] },
        verified_to_seq: { type: ['integer', 'null'] },
        next_seq: {
          type: ['integer', 'null'],
          description: 'Where to go on when limit ended the walk; null when nothing of the range is left.',
        },
        redacted: {
          type: 'integer',
          description: 'Entries walked of which something was erased; what is left of them was verified.',
        },
        pruned_before: {
          type: 'integer',
          description: 'Entries below were removed by retention; 0 for none.',
        },
        checkpoint: {
          description: 'The newest signed checkpoint; entries under it were held against its tree.',
          type: ['object', 'null'],
          properties: { size: { type: 'integer' }, root: text },
        },
      },
    }),
    ...refusals(400, 401, 403, 429),
  },
}

const LIST_ACTIVITY: Schema = {
  operationId: 'listActivity',
  summary: 'The same entries as activity events, newest first.',
  parameters: openApiParameters(ACTIVITY_PARAMETERS),
  responses: { '200': listAnswer('ActivityEvent'), ...refusals(400, 401, 403, 429, 503) },
}

const RETRIEVE_ACTIVITY: Schema = {
  operationId: 'retrieveActivity',
  summary: 'One activity event.',
  parameters: [pathParameter('id', '`act_` and 32 hex digits, or the bare UUID.')],
  responses: {
    '200': jsonAnswer('The event.', reference('ActivityEvent')),
    ...refusals(400, 401, 403, 404, 429),
  },
}

const LIST_RESOURCE_ACTIVITY: Schema = {
  operationId: 'listResourceActivity',
  summary: 'Activity of one resource, newest first.',
  parameters: [
    pathParameter('type', 'Kind of the resource.'),
    pathParameter('id', 'Id of the resource.'),
    ...openApiParameters(RESOURCE_ACTIVITY_PARAMETERS),
  ],
  responses: { '200': listAnswer('ActivityEvent'), ...refusals(400, 401, 403, 429, 503) },
}

export const ARCUS_OPENAPI: OpenApiPart = {
  schemas: { AuditLogEntry: AUDIT_LOG_ENTRY, ActivityEvent: ACTIVITY_EVENT },
  paths: withEntityPaths({
    '/v1/audit_log_entries': { get: LIST },
    '/v1/audit_log_entries/{id}': { get: RETRIEVE },
    '/v1/audit_log_entries/verify': { post: VERIFY },
    '/v1/activity': { get: LIST_ACTIVITY },
    '/v1/activity/{id}': { get: RETRIEVE_ACTIVITY },
    '/v1/resources/{type}/{id}/activity': { get: LIST_RESOURCE_ACTIVITY },
  }),
}
