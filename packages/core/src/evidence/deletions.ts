import { SECTION_PATHS, type SectionPath } from '../entry/admission.js'
import type { Json } from '../entry/entry.js'
import { TILE_WIDTH } from './tile.js'

/** Actions of the entries that record what was taken away from a log. Nothing is ever taken away of these entries themselves. */
export const DELETION_ACTIONS = ['log.redacted', 'log.retention', 'log.prune'] as const
export type DeletionAction = (typeof DELETION_ACTIONS)[number]

/** `source.name` of entries that the log's own service records. */
const OWN_SOURCE = 'counterfoil'

/** `[first seq, last seq]`. */
export type SeqSpan = readonly [first: number, last: number]

/** An entry of a log that says that sections of entries were erased, or that its beginning was pruned. */
export type RecordedDeletion =
  | {
      readonly kind: 'erasure'
      readonly sections: readonly SectionPath[]
      readonly spans: readonly SeqSpan[]
    }
  | ({ readonly kind: 'prune' } & RecordedPrune)

/** Entries before `to` were pruned, and what is left must agree with this. */
export interface RecordedPrune {
  readonly to: number
  /** Root of the tree of the first `to` entries, 64 hex digits. */
  readonly root: string
  /** `entry_hash` of the last entry that was pruned, 64 hex digits. */
  readonly lastHash: string
}

const EVENT_START = Uint8Array.from('{"action":"log.', (character) => character.charCodeAt(0))
/** First letters after the dot: of `redacted` and `retention`, and of `prune`. */
const LETTER_R = 0x72
const LETTER_P = 0x70

/** Whether the canonical JSON of an `/event` section, which begins at `start`, may be of such an entry. Costs next to nothing. */
export function mayRecordDeletion(bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < EVENT_START.length; i++) if (bytes[start + i] !== EVENT_START[i]) return false
  const letter = bytes[start + EVENT_START.length]
  return letter === LETTER_R || letter === LETTER_P
}

/** Whether an entry that says this is taken for the record of a deletion: only the service itself may record one. */
export function claimsDeletion({ action, source }: ClaimedOrigin): boolean {
  return source?.name === OWN_SOURCE && (DELETION_ACTIONS as readonly string[]).includes(action)
}

interface ClaimedOrigin {
  readonly action: string
  readonly source?: { readonly name?: string }
}

/** Reads such an entry from its sections `/event` and `/payload`; undefined for every other entry. */
export function readDeletion(event: string, payload: string | undefined): RecordedDeletion | undefined {
  const { action, source } = objectOf(event)
  if (objectFrom(source).name !== OWN_SOURCE || payload === undefined) return undefined
  const metadata = objectFrom(objectOf(payload).metadata)
  if (action === 'log.prune') return readPrune(metadata)
  return action === 'log.redacted' || action === 'log.retention' ? readErasure(metadata) : undefined
}

function readErasure({ sections, seqs }: JsonMembers): RecordedDeletion | undefined {
  const spans = typeof seqs === 'string' ? parseSpans(seqs) : spansOf(seqs)
  if (!Array.isArray(sections) || spans === undefined) return undefined
  return {
    kind: 'erasure',
    sections: SECTION_PATHS.filter((path) => sections.includes(path)),
    spans: spans ?? [],
  }
}

function spansOf(seqs: Json | undefined): readonly SeqSpan[] | undefined {
  return Array.isArray(seqs) ? (seqs as readonly Json[]).filter(isSpan) : undefined
}

/** Many spans are written as text, `5,7-9,12`: ten bytes each rather than twenty. */
export function formatSpans(spans: readonly SeqSpan[]): string {
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

function parseSpans(text: string): readonly SeqSpan[] {
  const spans = text.split(',').map((span): readonly unknown[] => {
    const [first, last = first] = span.split('-')
    return [Number(first), Number(last)]
  })
  return spans.filter(isSpan)
}

function isSpan(span: unknown): span is SeqSpan {
  if (!Array.isArray(span) || span.length !== 2) return false
  const [first, last] = span as readonly unknown[]
  return isSeq(first) && isSeq(last) && first <= last
}

function readPrune({ to, root, last_hash: lastHash }: JsonMembers): RecordedDeletion | undefined {
  if (!isSeq(to) || to % TILE_WIDTH !== 0 || !isHash(root) || !isHash(lastHash)) return undefined
  return { kind: 'prune', to, root, lastHash }
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

type JsonMembers = { readonly [name: string]: Json | undefined }

function objectOf(text: string): JsonMembers {
  return objectFrom(JSON.parse(text) as Json)
}

function objectFrom(value: Json | undefined): JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonMembers) : {}
}

/** A section that is gone and that no entry says was erased. */
export interface UnrecordedErasure {
  readonly seq: number
  readonly path: SectionPath
}

/**
 * Holds the sections that are gone from a log against the entries that record erasures, in whatever order both come. What is
 * left over was taken away without leave. Takes memory for each run of entries, not for each entry.
 */
export class ErasureCoverage {
  readonly #erased = new Map<SectionPath, [first: number, last: number][]>()
  readonly #recorded = new Map<SectionPath, SeqSpan[]>()
  readonly #prunes: RecordedPrune[] = []

  /** A section is gone. Entries come in ascending order. */
  erased(seq: number, path: SectionPath): void {
    let runs = this.#erased.get(path)
    if (runs === undefined) {
      runs = []
      this.#erased.set(path, runs)
    }
    const last = runs.at(-1)
    if (last !== undefined && last[1] + 1 === seq) last[1] = seq
    else runs.push([seq, seq])
  }

  /** An entry records a deletion. */
  add(deletion: RecordedDeletion): void {
    if (deletion.kind === 'prune') {
      this.#prunes.push(deletion)
      return
    }
    for (const path of deletion.sections) {
      const spans = this.#recorded.get(path) ?? []
      for (const span of deletion.spans) spans.push(span)
      this.#recorded.set(path, spans)
    }
  }

  /** What was recorded of pruning a log to `minIndex`. */
  pruneTo(minIndex: number): RecordedPrune | undefined {
    return this.#prunes.find(({ to }) => to === minIndex)
  }

  /** The first section that is gone without a record, in the order of paths and then of entries; undefined for none. */
  unrecorded(): UnrecordedErasure | undefined {
    for (const path of SECTION_PATHS) {
      const runs = this.#erased.get(path)
      if (runs === undefined) continue
      const seq = firstOutside(runs, united(this.#recorded.get(path) ?? []))
      if (seq !== undefined) return { seq, path }
    }
    return undefined
  }
}

/** Spans in ascending order that neither touch nor overlap. */
function united(spans: readonly SeqSpan[]): readonly SeqSpan[] {
  const sorted = [...spans].sort((a, b) => a[0] - b[0])
  const result: [number, number][] = []
  for (const [first, last] of sorted) {
    const before = result.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else result.push([first, last])
  }
  return result
}

/** The first number of `runs` that is in none of `spans`; both ascend. */
function firstOutside(runs: readonly SeqSpan[], spans: readonly SeqSpan[]): number | undefined {
  let at = 0
  for (const [first, last] of runs) {
    while (at < spans.length && (spans[at] as SeqSpan)[1] < first) at++
    const span = spans[at]
    if (span === undefined || span[0] > first) return first
    if (span[1] < last) return span[1] + 1
  }
  return undefined
}
