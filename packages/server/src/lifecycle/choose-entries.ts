import { AppError, DELETION_ACTIONS, SECTION_PATHS, type SectionPath } from '@counterfoil/core'
import { SELF_SOURCE } from '../access/actions.js'
import { countOf, seqsDigest, toRuns } from '../access/administration/erasures.js'
import type { SeqRun } from '../access/tables/erasures-table.js'
import type { ReadEntry } from '../reading/read-entry.js'

/** Entries of one erasure. More are erased by several. */
export const ERASED_ENTRIES_MAX = 100_000
const SAMPLE_ENTRIES = 5
/** Actions of our own entries that verification rests on. */
const PROTECTED: ReadonlySet<string | undefined> = new Set([...DELETION_ACTIONS, 'log.epoch', 'log.key'])

/** What an erasure would take away. */
export interface Choice {
  readonly runs: readonly SeqRun[]
  /** Entries that lose something. */
  readonly entries: number
  /** Of the runs: an erasure is confirmed by it, so that it takes what was seen and nothing else. */
  readonly digest: string
  /** How many entries lose each section. */
  readonly sections: Readonly<Partial<Record<SectionPath, number>>>
  /** Entries that were chosen and have none of the sections, or not any more. */
  readonly withoutSections: number
  /** Entries about erasures, pruning, epochs and keys, of which nothing is ever erased. */
  readonly protected: number
  /** The first few, without what they say. */
  readonly sample: readonly SampledEntry[]
}

export interface SampledEntry {
  readonly id: string
  readonly seq: number
  readonly recordedAt: string
  readonly action: string | undefined
  readonly sections: readonly SectionPath[]
}

/** What erasing `sections` of these entries, which come in ascending order, would do. Throws `invalid_request` for too many. */
export async function chooseEntries(
  chosen: AsyncIterable<readonly ReadEntry[]>,
  sections: readonly SectionPath[],
): Promise<Choice> {
  const seqs: number[] = []
  const counts: Partial<Record<SectionPath, number>> = {}
  const sample: SampledEntry[] = []
  let withoutSections = 0
  let isProtected = 0
  for await (const entries of chosen) {
    for (const entry of entries) {
      const lost = sections.filter((path) => hasSection(entry, path))
      if (lost.length === 0) withoutSections++
      else if (mustStay(entry)) isProtected++
      else {
        seqs.push(entry.seq)
        for (const path of lost) counts[path] = (counts[path] ?? 0) + 1
        if (sample.length < SAMPLE_ENTRIES) sample.push(sampled(entry, lost))
      }
    }
    if (seqs.length > ERASED_ENTRIES_MAX) throw tooMany()
  }
  const runs = toRuns(seqs)
  return {
    runs,
    entries: countOf(runs),
    digest: seqsDigest(runs),
    sections: inOrder(counts),
    withoutSections,
    protected: isProtected,
    sample,
  }
}

function sampled(entry: ReadEntry, sections: readonly SectionPath[]): SampledEntry {
  return { id: entry.id, seq: entry.seq, recordedAt: entry.recorded_at, action: entry.action, sections }
}

function inOrder(counts: Choice['sections']): Choice['sections'] {
  return Object.fromEntries(SECTION_PATHS.flatMap((path) => (path in counts ? [[path, counts[path]]] : [])))
}

function mustStay({ source, action }: ReadEntry): boolean {
  return source?.name === SELF_SOURCE && PROTECTED.has(action)
}

/** Whether a section of an entry is there. */
function hasSection(entry: ReadEntry, path: SectionPath): boolean {
  switch (path) {
    case '/actor':
      return entry.actor !== undefined
    case '/context':
      // What correlates entries is committed with the event.
      return Object.keys(entry.context ?? {}).some((name) => name !== 'correlation_id')
    case '/event':
      return entry.action !== undefined
    case '/occurred_at':
      return entry.occurred_at !== undefined
    case '/payload':
      return [entry.metadata, entry.before, entry.after, entry.diff, entry.operation].some(
        (part) => part !== undefined,
      )
  }
}

function tooMany(): AppError {
  return new AppError('invalid_request', {
    param: 'query',
    hint: `An erasure takes at most ${ERASED_ENTRIES_MAX} entries: select fewer, by time for instance, and erase in several steps.`,
  })
}
