import { MODES } from '@counterfoil/core'
import { REMOVES } from '../../access/tables/retention-tables.js'
import { reference, type Schema } from '../../http/openapi.js'
import { list, object, text, textOrNull, time, timeOrNull, uuid } from './schema-parts.js'

const count: Schema = { type: 'integer', minimum: 0 }
const countOrNull: Schema = { type: ['integer', 'null'], minimum: 1 }
const countOrZero: Schema = { type: ['integer', 'null'], minimum: 0 }
const mode: Schema = { type: 'string', enum: MODES }
const listOf = (name: string): Schema => ({ type: 'array', items: reference(name) })
const heldBack = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'array',
  items: { type: 'object', properties: { id: uuid, name: text, ...properties } },
})

export const RETENTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  Retention: object('retention', {
    mode,
    min_index: { ...count, description: 'The first entry that is kept.' },
    policies: listOf('RetentionPolicy'),
    holds: listOf('LegalHold'),
    runs: listOf('RetentionRun'),
    prunes: listOf('Prune'),
  }),
  RetentionPolicy: object('retention_policy', {
    mode,
    category: { ...textOrNull, description: 'Null: all entries without a policy of their own.' },
    keep_days: countOrNull,
    keep_bytes: countOrNull,
    removes: { type: 'string', enum: REMOVES },
    archive: { type: 'boolean', description: 'Whether what goes is archived first.' },
  }),
  RetentionPreview: object('retention_preview', {
    mode,
    prune: {
      type: ['object', 'null'],
      properties: {
        policy: reference('RetentionPolicy'),
        from: count,
        to: { ...count, description: 'The first entry that stays.' },
        entries: count,
        bytes: count,
        held_back: heldBack({ first_seq: count }),
      },
    },
    expiries: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          policy: reference('RetentionPolicy'),
          entries: { ...count, description: 'Entries that are due, those under a hold included.' },
          bytes_now: {
            ...countOrZero,
            description: 'What entries of a policy in bytes say takes this much now; null for one without.',
          },
          bytes_estimated: {
            type: ['boolean', 'null'],
            description: 'Whether that was estimated from a part of the log.',
          },
          held_back: heldBack({ entries: count }),
        },
      },
    },
  }),
  RetentionRun: object('retention_run', {
    id: uuid,
    mode,
    asked_by: textOrNull,
    asked_at: time,
    ended_at: timeOrNull,
    outcome: textOrNull,
  }),
  Prune: object('prune', {
    id: uuid,
    mode,
    status: { type: 'string', enum: ['pending', 'carried_out', 'stopped'] },
    from: count,
    to: count,
    entry_id: { ...uuid, description: 'The entry log.prune about it.' },
    archive: { type: ['object', 'null'], properties: { place: text, digest: text } },
    requested_at: time,
    ended_at: timeOrNull,
  }),
  Archive: object('archive', {
    id: uuid,
    mode,
    status: { type: 'string', enum: ['pending', 'made', 'failed'] },
    from_date: timeOrNull,
    to_date: timeOrNull,
    from: { ...countOrZero, description: 'Its first entry.' },
    to: { ...countOrZero, description: 'The entry after its last.' },
    entries: {
      ...countOrZero,
      description:
        'How many it holds: fewer than there are between these where one category alone was archived.',
    },
    place: textOrNull,
    digest: { ...textOrNull, description: 'SHA-256 over the digests and names of its files.' },
    bytes: countOrZero,
    asked_by: textOrNull,
    asked_at: time,
    archived_at: timeOrNull,
    failure: { ...textOrNull, description: 'Why it could not be made.' },
  }),
  ArchiveList: list('Archive'),
  LegalHold: object('legal_hold', {
    id: uuid,
    mode,
    name: text,
    reason: text,
    query: { ...text, description: 'Search text; empty for every entry.' },
    made_by: textOrNull,
    made_at: time,
    lifted_at: timeOrNull,
  }),
  LegalHoldList: list('LegalHold'),
}
