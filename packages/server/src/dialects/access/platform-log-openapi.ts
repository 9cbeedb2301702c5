import { MODES } from '@counterfoil/core'
import { reference, type Schema } from '../../http/openapi.js'
import { list, object, text, textOrNull, time, timeOrNull, uuid } from './schema-parts.js'

const count: Schema = { type: 'integer', minimum: 0 }
const mode: Schema = { type: 'string', enum: MODES }

export const PLATFORM_LOG_SCHEMAS: Readonly<Record<string, Schema>> = {
  PlatformLog: object('platform_log', {
    id: { type: 'string', description: 'Organization and mode, as in acme.live.' },
    organization: { type: 'object', properties: { id: uuid, slug: text, name: text } },
    mode,
    origin: text,
    entries: { ...count, description: 'Of a sound log those that are signed, which is within a second all.' },
    signed_entries: {
      type: ['integer', 'null'],
      description: 'Null when what the signer remembers was changed.',
    },
    signed_at: timeOrNull,
    frozen: { ...textOrNull, description: 'Why nothing more of it is signed; null for a sound log.' },
    vkeys: { type: 'array', items: text, description: 'Verifier keys, the newest first.' },
    rotation_pending: { type: 'boolean' },
    epoch_request: {
      anyOf: [reference('EpochRequest'), { type: 'null' }],
      description: 'The last that was asked for.',
    },
    failed_erasures: { ...count, description: 'Erasures that meet damage and are tried again.' },
  }),
  PlatformLogList: list('PlatformLog'),
  KeyRotation: object('key_rotation', {
    log: text,
    origin: text,
    old_vkey: text,
    new_vkey: { ...text, description: 'For whoever verifies the log, and its witnesses.' },
    overlap_until: time,
  }),
  EpochRequest: object('epoch_request', {
    id: uuid,
    status: { type: 'string', enum: ['pending', 'begun', 'refused'] },
    origin: text,
    new_origin: textOrNull,
    reason: text,
    key_compromised: { type: 'boolean' },
    refusal: textOrNull,
    asked_by: textOrNull,
    asked_at: time,
    ended_at: timeOrNull,
  }),
}
