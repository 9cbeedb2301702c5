import { type Cast, castOf } from './cast.js'
import { Draws } from './random.js'
import * as vocabulary from './vocabulary.js'

/** Each appears in so few entries that a search for it has a short, known list of matches. */
export const RARE_PHRASES = [
  'reconciliation mismatch',
  'suspected chargeback',
  'duplicate settlement',
  'sanctions screening hit',
  'tampered waybill',
  'expired certificate',
  'orphaned subledger',
  'unexpected currency switch',
] as const
/** One entry in this many carries a rare phrase. A prime, so that it never falls in step with a batch. */
export const RARE_EVERY = 9_973
const RARE_OFFSET = 17

/** Entries as clients send them, `array` as one JSON array, `single` as one object, `ndjson` as lines. */
export type BodyFormat = 'array' | 'ndjson' | 'single'

/**
 * The JSON text of the entry at `position`: 0.8 KB on average, without an id and without any field the server
 * owns. The same seed and position give the same text, and `source.seq` is the position, so that what comes
 * back from a server can be compared with what was sent.
 */
export function entryJson(seed: number, position: number): string {
  draws.startAt(seed, position)
  const cast = castOf(seed)
  const activity = cast.activityByTicket[draws.below(cast.activityByTicket.length)]!
  const actor = cast.actors[draws.skewedBelow(cast.actors.length)]!
  const number = 10_000 + draws.below(2_000_000)
  const failed = draws.below(40) === 0
  const system = activity.category === 'system'
  let json =
    `{"action":"${activity.action}","category":"${activity.category}",` +
    (failed
      ? `"severity":"error","outcome":"${draws.below(3) === 0 ? 'denied' : 'failure'}","error_code":"E${1_000 + draws.below(40)}",`
      : `"severity":"${activity.severity}","outcome":"success",`) +
    `"occurred_at":"${occurredAt(position)}","actor":${system ? '{"type":"system","id":"scheduler"}' : actor.json},` +
    `"resource":{"type":"${activity.resource}","id":"${activity.resource.slice(0, 3)}_${number.toString(36)}","label":"${activity.resource} ${number}"},` +
    `"description":"${system ? 'Scheduler' : actor.name} ${activity.phrase} ${activity.resource} ${number}${remark(position)}",` +
    contextJson(actor) +
    `"source":{"name":"${draws.pick(vocabulary.SERVICES)}","seq":${position}},` +
    `"workspace":{"id":"ws_${draws.below(60)}"},` +
    metadataJson(number)
  if (activity.changes.length > 0) json += changesJson(activity.changes)
  return `${json}}`
}

/** The request body of entries `first` to `first + count - 1`. */
export function corpusBody(seed: number, first: number, count: number, format: BodyFormat = 'array'): Buffer {
  if (format === 'single') return Buffer.from(entryJson(seed, first))
  const between = format === 'array' ? ',' : '\n'
  let text = entryJson(seed, first)
  for (let position = first + 1; position < first + count; position += 1) {
    text += between + entryJson(seed, position)
  }
  return Buffer.from(format === 'array' ? `[${text}]` : `${text}\n`)
}

/** The ids of the busiest actors, busiest first. */
export function busiestActorIds(seed: number, count: number): readonly string[] {
  return castOf(seed)
    .actors.slice(0, count)
    .map((actor) => actor.id)
}

const draws = new Draws()
const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))

/** One entry a second from 1 October 2026, starting over after 28 days. */
function occurredAt(position: number): string {
  const day = TWO_DIGITS[1 + (Math.floor(position / 86_400) % 28)]
  const hour = TWO_DIGITS[Math.floor(position / 3_600) % 24]
  const minute = TWO_DIGITS[Math.floor(position / 60) % 60]
  return `2026-10-${day}T${hour}:${minute}:${TWO_DIGITS[position % 60]}.${100 + (position % 900)}Z`
}

function remark(position: number): string {
  if (position % RARE_EVERY === RARE_OFFSET) {
    return `, flagged for ${RARE_PHRASES[Math.floor(position / RARE_EVERY) % RARE_PHRASES.length]}`
  }
  let text = ''
  for (let left = draws.below(3); left > 0; left -= 1) text += ` ${draws.pick(vocabulary.WORDS)}`
  return text
}

function contextJson(actor: Cast['actors'][number]): string {
  return (
    `"context":{"ip_address":"${actor.network}.${draws.below(256)}",${actor.clientJson},` +
    `"session_id":"ses_${draws.hex()}","request_id":"req_${draws.hex()}${draws.hex()}${draws.hex()}"},`
  )
}

function metadataJson(number: number): string {
  const tags = draws.below(3) === 0 ? `,"tags":["${draws.pick(vocabulary.TAGS)}"]` : ''
  return (
    `"metadata":{"order":{"number":${number},"currency":"${draws.pick(vocabulary.CURRENCIES)}","total_cents":${draws.below(500_000)},` +
    `"lines":[{"sku":"SKU-${draws.below(40_000)}","quantity":${1 + draws.below(9)}}]}${tags}}`
  )
}

function changesJson(fields: readonly string[]): string {
  let before = ''
  let after = ''
  for (const field of fields) {
    const separator = before === '' ? '' : ','
    before += `${separator}"${field}":${fieldValue(field)}`
    after += `${separator}"${field}":${fieldValue(field)}`
  }
  return `,"before":{${before}},"after":{${after}}`
}

function fieldValue(field: string): string {
  if (field === 'price_cents') return `${draws.below(100_000)}`
  if (field === 'address') {
    const street = draws.pick(vocabulary.STREETS)
    return `{"line":"${1 + draws.below(300)} ${street} Street","city":"${draws.pick(vocabulary.CITIES)}"}`
  }
  return `"${draws.pick(vocabulary.STATES)}"`
}
