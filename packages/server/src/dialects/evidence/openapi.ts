import {
  jsonAnswer,
  type OpenApiPart,
  type OpenApiPaths,
  openApiParameters,
  reference,
  refusals,
  type Schema,
} from '../../http/openapi.js'
import { PROOF_EXPORT_PARAMETERS } from './proof-export.js'
import { RECEIPT_PARAMETERS } from './receipt.js'
import { CONSISTENCY_PARAMETERS } from './tree-routes.js'

const text: Schema = { type: 'string' }
const size: Schema = { type: 'integer', minimum: 0 }
const hash: Schema = { type: 'string', contentEncoding: 'base64' }

const LOG: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    object: { const: 'log' },
    organization_id: { type: 'string', format: 'uuid' },
    mode: { type: 'string', enum: ['live', 'test'] },
    origin: {
      type: 'string',
      description: "The log's name, unique in the world; first line of its checkpoints.",
    },
    size: { ...size, description: 'Entries under the newest checkpoint.' },
    root: { ...hash, description: 'Root of the tree of so many entries.' },
    signed_at: {
      type: 'string',
      format: 'date-time',
      description: 'Signed again at least every five minutes.',
    },
    cosigned_by: {
      type: 'array',
      items: text,
      description: 'Witnesses that have cosigned the checkpoint, by their names in the policy.',
    },
    vkeys: { type: 'array', items: text, description: 'Keys that verify checkpoints, the newest first.' },
    min_index: { ...size, description: 'Entries below are not served any more.' },
    published_at: {
      type: ['string', 'null'],
      description: 'Path at which anybody may fetch the same without a key.',
    },
    frozen: {
      type: ['string', 'null'],
      description: 'Why nothing more is signed: what is stored does not extend what was signed.',
    },
    earlier_epochs: {
      type: 'array',
      description:
        'Names that the log was signed under before it was begun anew, with the last checkpoint of each.',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          origin: text,
          size: {
            ...size,
            description: 'Entries that were signed; more than were carried over prove a loss.',
          },
          root: hash,
          checkpoint: text,
          vkeys: { type: 'array', items: text },
        },
      },
    },
  },
}

const CONSISTENCY: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    object: { const: 'consistency_proof' },
    origin: text,
    from: size,
    to: size,
    hashes: { type: 'array', items: hash, description: 'RFC 6962 §2.1.2.' },
  },
}

const OWN = [400, 401, 403, 404, 429, 503]
const PUBLISHED = [400, 404, 503]

export const EVIDENCE_OPENAPI: OpenApiPart = {
  paths: {
    '/v1/audit_log_entries/{id}/proof': {
      get: {
        operationId: 'retrieveReceipt',
        summary: 'Receipt of an entry: proof that a signed checkpoint covers it (c2sp.org/tlog-proof).',
        parameters: [
          pathParameter('id', { type: 'string', format: 'uuid' }),
          ...openApiParameters(RECEIPT_PARAMETERS),
        ],
        responses: {
          '200': textAnswer('The receipt, with the leaf as its extra data.'),
          ...refusals(...OWN),
        },
      },
    },
    '/v1/log/export': {
      get: {
        operationId: 'exportEvidence',
        summary:
          'The log, or what is selected, as a tar archive with all that proves it and a page that verifies it.',
        parameters: openApiParameters(PROOF_EXPORT_PARAMETERS),
        responses: {
          '200': {
            description: 'The archive: whole, or visibly broken off.',
            content: { 'application/x-tar': { schema: { type: 'string' } } },
          },
          ...refusals(...OWN),
        },
      },
    },
    ...logPaths('/v1/log', '', [], OWN),
    ...logPaths(
      '/log/{organization}/{mode}/{epoch}',
      'Published',
      [
        pathParameter('organization', { type: 'string', format: 'uuid' }),
        pathParameter('mode', { type: 'string', enum: ['live', 'test'] }),
        pathParameter('epoch', { type: 'integer', minimum: 0 }),
      ],
      PUBLISHED,
    ),
  },
  schemas: { Log: LOG, ConsistencyProof: CONSISTENCY },
}

/** The paths of a log's evidence below a prefix; `name` makes operation ids differ. */
function logPaths(
  prefix: string,
  name: string,
  parameters: readonly Schema[],
  statuses: readonly number[],
): OpenApiPaths {
  const get = (
    operationId: string,
    summary: string,
    answer: Schema,
    more: readonly Schema[] = [],
  ): Readonly<Record<string, Schema>> => ({
    get: {
      operationId: operationId + name,
      summary,
      ...(name === '' ? {} : { security: [] }),
      parameters: [...parameters, ...more],
      responses: { '200': answer, ...refusals(...statuses) },
    },
  })
  return {
    [prefix]: get(
      'retrieveLog',
      'The log, its keys and its newest checkpoint.',
      jsonAnswer('The log.', reference('Log')),
    ),
    [`${prefix}/checkpoint`]: get(
      'retrieveCheckpoint',
      'The newest checkpoint, a signed note (c2sp.org/tlog-checkpoint).',
      textAnswer('The checkpoint.'),
    ),
    [`${prefix}/vkey`]: get(
      'retrieveVerifierKeys',
      'Keys that verify checkpoints, the newest first.',
      textAnswer('A key a line.'),
    ),
    [`${prefix}/policy`]: get(
      'retrievePolicy',
      'The same keys as a policy file (c2sp.org/tlog-policy).',
      textAnswer('The policy.'),
    ),
    [`${prefix}/min-index`]: get(
      'retrieveMinIndex',
      'The least entry whose evidence is served.',
      textAnswer('A number.'),
    ),
    [`${prefix}/prune-record`]: get(
      'retrievePruneRecord',
      'The entry about the last pruning as a line of disclosures, for verifiers; 404 when nothing was pruned.',
      textAnswer('A line of canonical JSON.'),
    ),
    [`${prefix}/tile/{path}`]: get(
      'retrieveTile',
      'Hashes of the tree, <level>/<index>[.p/<width>], or leaves, entries/<index>[.p/<width>] (c2sp.org/tlog-tiles).',
      { description: 'The tile.', content: { 'application/octet-stream': { schema: { type: 'string' } } } },
      [pathParameter('path', text)],
    ),
    [`${prefix}/consistency`]: get(
      'proveConsistency',
      'Proof that the tree of one size begins with that of another (RFC 6962 §2.1.2).',
      jsonAnswer('The proof.', reference('ConsistencyProof')),
      openApiParameters(CONSISTENCY_PARAMETERS),
    ),
  }
}

function pathParameter(name: string, schema: Schema): Schema {
  return { name, in: 'path', required: true, schema }
}

function textAnswer(description: string): Schema {
  return { description, content: { 'text/plain': { schema: text } } }
}
