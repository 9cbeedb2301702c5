import {
  ACTOR_TYPES,
  DEFAULT_CATEGORY,
  DEFAULT_OUTCOME,
  DEFAULT_SEVERITY,
  FACET_FIELDS,
  FLAG_KINDS,
  OPERATION_TYPES,
  OUTCOMES,
  SEVERITIES,
} from '@counterfoil/core'
import {
  jsonAnswer,
  type OpenApiPart,
  openApiParameters,
  reference,
  refusals,
  type Schema,
} from '../../http/openapi.js'
import { FACETS_PARAMETERS, HISTOGRAM_PARAMETERS } from './aggregates.js'
import { DISCLOSURE_PARAMETERS } from './disclosure.js'
import { EXPORT_PARAMETERS } from './export.js'
import { INGEST_PARAMETERS } from './ingest.js'

const text: Schema = { type: 'string' }
const anyJson: Schema = { description: 'Any JSON value.' }

function object(properties: Readonly<Record<string, Schema>>, ...required: readonly string[]): Schema {
  return { type: 'object', additionalProperties: false, required, properties }
}

const ACTOR: Schema = object(
  {
    type: { type: 'string', enum: ACTOR_TYPES },
    id: text,
    label: text,
    name: text,
    email: text,
    on_behalf_of: reference('Actor'),
  },
  'type',
)

const RESOURCE: Schema = object({ type: text, id: text, label: text }, 'type')

const HASH: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }

const ENTRY_DISCLOSURE: Schema = object(
  {
    object: { const: 'entry_disclosure' },
    log: { type: 'string', description: "The log's origin." },
    prev_hash: HASH,
    entry_hash: HASH,
    id: { type: 'string', format: 'uuid' },
    recorded_at: { type: 'string', format: 'date-time' },
    seq: { type: 'integer', minimum: 0 },
    sections: {
      type: 'array',
      items: object(
        {
          path: text,
          salt: { type: 'string', pattern: '^[0-9a-f]{32}$' },
          value: anyJson,
          commitment: {
            ...HASH,
            description: 'In the place of salt and value, of a section that was erased.',
          },
        },
        'path',
      ),
    },
  },
  ...['object', 'log', 'prev_hash', 'entry_hash', 'id', 'recorded_at', 'seq', 'sections'],
)

const NEW_ENTRY: Schema = object(
  {
    id: {
      type: 'string',
      format: 'uuid',
      description: 'Your idempotency key, lower case; given by the server when left out.',
    },
    action: { type: 'string', maxLength: 256, examples: ['order.created'] },
    category: { type: 'string', maxLength: 64, default: DEFAULT_CATEGORY },
    severity: { type: 'string', enum: SEVERITIES, default: DEFAULT_SEVERITY },
    outcome: { type: 'string', enum: OUTCOMES, default: DEFAULT_OUTCOME },
    error_code: text,
    description: text,
    actor: reference('Actor'),
    resource: reference('Resource'),
    targets: { type: 'array', maxItems: 100, items: reference('Resource') },
    context: object({
      ip_address: text,
      user_agent: text,
      session_id: text,
      request_id: text,
      region: text,
      location: text,
      correlation_id: text,
    }),
    source: object({ name: text, seq: { type: 'integer', minimum: 0 } }, 'name'),
    workspace: object({ id: text, name: text }, 'id'),
    operation: object(
      { type: { type: 'string', enum: OPERATION_TYPES }, name: text, text, variables: anyJson },
      'type',
    ),
    before: anyJson,
    after: anyJson,
    diff: { description: 'Any JSON; computed as RFC 6902 JSON Patch when before and after are given.' },
    metadata: { type: 'object', description: 'Any JSON object, at most 32 levels deep.' },
    occurred_at: {
      type: 'string',
      format: 'date-time',
      description: 'Your claim; kept as sent, never used for order.',
    },
  },
  'action',
)

const RECEIPT: Schema = object(
  {
    id: { type: 'string', format: 'uuid' },
    seq: { type: 'integer', minimum: 0, description: 'Place in the log.' },
    entry_hash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    recorded_at: { type: 'string', format: 'date-time', description: 'Six fraction digits, UTC.' },
    flags: {
      type: 'array',
      description:
        "In what the entry does not agree with the organization's catalogue; only when it does not.",
      items: object({ code: { type: 'string', enum: FLAG_KINDS }, pointer: text, message: text }),
    },
  },
  'id',
  'seq',
  'entry_hash',
  'recorded_at',
)

const COVERAGE = {
  complete_through_seq: {
    type: 'integer',
    description: 'Entries up to this seq were looked at; -1 for an empty log.',
  },
  partial: { type: 'boolean', description: 'Only when something recorded before could not be looked at.' },
}

export const NATIVE_OPENAPI: OpenApiPart = {
  schemas: { Actor: ACTOR, Resource: RESOURCE, NewEntry: NEW_ENTRY, Receipt: RECEIPT },
  paths: {
    '/v1/audit_log_entries': {
      post: {
        operationId: 'recordEntries',
        summary: 'Record one entry, an array, or NDJSON: all of it or nothing. Answered when durable.',
        parameters: [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            schema: { type: 'string', maxLength: 255 },
          },
          ...openApiParameters(INGEST_PARAMETERS),
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                oneOf: [
                  reference('NewEntry'),
                  { type: 'array', minItems: 1, maxItems: 1_000, items: reference('NewEntry') },
                ],
              },
            },
            'application/x-ndjson': { schema: { type: 'string', description: 'An entry a line.' } },
          },
        },
        responses: {
          '201': jsonAnswer('Durable. A receipt for one entry, a list of receipts for an array or NDJSON.', {
            oneOf: [
              reference('Receipt'),
              object({ object: { const: 'list' }, data: { type: 'array', items: reference('Receipt') } }),
            ],
          }),
          ...refusals(400, 401, 403, 409, 413, 415, 429, 503),
        },
      },
    },
    '/v1/audit_log_entries/histogram': {
      get: {
        operationId: 'histogram',
        summary: 'Number of selected entries by time and severity.',
        parameters: openApiParameters(HISTOGRAM_PARAMETERS),
        responses: {
          '200': jsonAnswer('Buckets that hold entries, oldest first.', {
            type: 'object',
            properties: {
              object: { const: 'histogram' },
              interval: text,
              data: {
                type: 'array',
                items: object({
                  start: { type: 'string', format: 'date-time' },
                  total: { type: 'integer' },
                  by_severity: { type: 'object', additionalProperties: { type: 'integer' } },
                }),
              },
              ...COVERAGE,
            },
          }),
          ...refusals(400, 401, 403, 429, 503),
        },
      },
    },
    '/v1/audit_log_entries/facets': {
      get: {
        operationId: 'facets',
        summary: 'Most frequent values of fields among the selected entries.',
        parameters: openApiParameters(FACETS_PARAMETERS),
        responses: {
          '200': jsonAnswer('Values by field, most frequent first.', {
            type: 'object',
            properties: {
              object: { const: 'facets' },
              data: object(
                Object.fromEntries(
                  FACET_FIELDS.map((field) => [
                    field,
                    { type: 'array', items: object({ value: text, count: { type: 'integer' } }) },
                  ]),
                ),
              ),
              ...COVERAGE,
            },
          }),
          ...refusals(400, 401, 403, 429, 503),
        },
      },
    },
    '/v1/audit_log_entries/export': {
      get: {
        operationId: 'exportEntries',
        summary: 'Everything selected as a file: CSV or NDJSON.',
        parameters: openApiParameters(EXPORT_PARAMETERS),
        responses: {
          '200': {
            description: 'The file; a connection that breaks off means that it is not whole.',
            content: { 'text/csv': { schema: text }, 'application/x-ndjson': { schema: text } },
          },
          ...refusals(400, 401, 403, 429, 503),
        },
      },
    },
    '/v1/audit_log_entries/{id}/disclosure': {
      get: {
        operationId: 'discloseEntry',
        summary: 'All that the hash of an entry is computed from.',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
          ...openApiParameters(DISCLOSURE_PARAMETERS),
        ],
        responses: {
          '200': jsonAnswer(
            'Sections with their salts; docs/integrity.md says how they are hashed.',
            ENTRY_DISCLOSURE,
          ),
          ...refusals(400, 401, 403, 404, 429, 503),
        },
      },
    },
  },
}
