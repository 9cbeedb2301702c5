import {
  type Checkpoint,
  type DisclosureScanner,
  isEarlierEpoch,
  type Json,
  type JsonObject,
} from '@counterfoil/core'
import type { Findings } from '../report.js'

/** Another origin in the leaves of a log. */
export interface EpochStep {
  /** Undefined where it begins with the log's first entry. */
  readonly before: string | undefined
  readonly log: string
  readonly seq: number
  /** What the entry says; undefined where nothing is disclosed. */
  readonly disclosed: DisclosureScanner | undefined
}

/**
 * Notes that a log was begun anew. Its first entry then must say so, and name the origin before; and whoever kept a checkpoint
 * of more entries than were taken over holds the proof of the loss.
 */
export function noteEpoch(
  { before, log, seq, disclosed }: EpochStep,
  kept: Checkpoint | undefined,
  findings: Findings,
): void {
  const said = disclosed === undefined ? undefined : announcementOf(disclosed)
  if (disclosed !== undefined && !isAnnounced(said, before, log))
    findings.failed('chain', {
      code: 'unannounced_epoch',
      detail: `From here on leaves name the log ${quote(log)}. The entry that should say why does not.`,
      seq,
    })
  const oldSize = typeof said?.old_size === 'number' ? said.old_size : null
  const reason = typeof said?.reason === 'string' ? said.reason : null
  findings.epochs.push({ origin: log, first_seq: seq, old_size: oldSize, reason })
  const lost = oldSize === null ? 'an unknown number of' : Math.max(0, oldSize - seq)
  findings.note(
    `THE LOG WAS BEGUN ANEW at entry ${seq}, as ${log}: ${lost} signed entries were not carried over. ${
      reason === null ? 'Why is not disclosed here.' : `The operator says: ${quote(reason)}`
    }`,
  )
  if (kept === undefined || kept.origin === log || kept.size <= seq) return
  if (kept.origin !== before && kept.origin !== said?.old_origin) return
  findings.failed('kept', {
    code: 'inconsistent',
    detail: `The checkpoint that was kept has ${kept.size} entries. The log was begun anew after ${seq} of them: the entries from ${seq} on that it proves are not in the log any more.`,
    seq,
  })
}

/** It names the epoch before; or a later one than leaves show, which was lost as a whole. */
function isAnnounced(said: JsonObject | undefined, before: string | undefined, log: string): boolean {
  const old = said?.old_origin
  if (typeof old !== 'string' || !isEarlierEpoch(old, log)) return false
  return before === undefined || old === before || isEarlierEpoch(before, old)
}

/** What the entry that begins an epoch says of it; undefined for any other entry. */
function announcementOf(line: DisclosureScanner): JsonObject | undefined {
  const sections = new Map<string, Json>()
  for (let i = 0; i < line.count; i++) {
    const { jsonStart, jsonEnd } = line.sections[i]!
    if (jsonStart < 0) continue
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(line.bytes.subarray(jsonStart, jsonEnd))
      sections.set(line.pathOf(i), JSON.parse(text) as Json)
    } catch {
      // What is no JSON says nothing; that it is not what was recorded, its commitment tells.
    }
  }
  const { action } = objectOf(sections.get('/event'))
  return action === 'log.epoch' ? objectOf(objectOf(sections.get('/payload')).metadata) : undefined
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function quote(text: string): string {
  return JSON.stringify(text)
}
