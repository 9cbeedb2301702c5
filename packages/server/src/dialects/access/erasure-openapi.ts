import { MODES, SECTION_PATHS } from '@counterfoil/core'
import type { Schema } from '../../http/openapi.js'
import { list, object, text, textOrNull, texts, time, timeOrNull, uuid } from './schema-parts.js'

const count: Schema = { type: 'integer', minimum: 0 }
const SECTIONS = texts(SECTION_PATHS)
const DIGEST: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const RUN: Schema = { type: 'array', minItems: 2, maxItems: 2, items: count }

export const ERASURE_SCHEMAS: Readonly<Record<string, Schema>> = {
  ErasurePreview: object('erasure_preview', {
    entries: { ...count, description: 'Entries that would lose something.' },
    sections: { type: 'object', additionalProperties: count, description: 'Entries that lose each section.' },
    without_sections: { ...count, description: 'Selected entries that have none of the sections.' },
    protected: { ...count, description: 'Selected entries about erasures, of which nothing is erased.' },
    digest: DIGEST,
    sample: {
      type: 'array',
      items: {
        type: 'object',
        properties: { id: uuid, seq: count, recorded_at: time, action: textOrNull, sections: SECTIONS },
      },
    },
  }),
  Erasure: object('erasure', {
    id: uuid,
    mode: { type: 'string', enum: MODES },
    cause: {
      type: 'string',
      enum: ['request', 'retention'],
      description: 'Who asked for it: somebody, or a retention policy.',
    },
    status: { type: 'string', enum: ['pending', 'failed', 'carried_out'] },
    sections: SECTIONS,
    entries: count,
    seqs: {
      type: 'array',
      items: RUN,
      description: 'First and last seq of entries that follow one another.',
    },
    seqs_digest: DIGEST,
    reason: text,
    legal_basis: text,
    entry_id: { ...uuid, description: 'The entry log.redacted about it.' },
    requested_by: textOrNull,
    requested_at: time,
    carried_out_at: timeOrNull,
    certificate: { ...textOrNull, description: 'A signed note; see docs/erasure.md.' },
    failure: {
      ...textOrNull,
      description:
        'Why it could not be carried out when that was tried last; it is tried again every minute.',
    },
  }),
  ErasureList: list('Erasure'),
}
