import { createHash } from 'node:crypto'
import { AppError, formatSpans, type LogName, type SectionPath } from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { Erasure, ErasureCause, SeqRun } from '../tables/erasures-table.js'
import type { Archived } from '../tables/retention-tables.js'
import type { Doer } from './doer.js'
import { note } from './note.js'
import { archivedShape } from './retention-shapes.js'

/** Runs that the entry about an erasure has as numbers; more of them are written as text. */
const RUNS_AS_NUMBERS_MAX = 1_000
/** Longest text of runs: an entry has at most 256 KiB. */
export const RUNS_TEXT_MAX = 200_000

export interface NewErasure {
  readonly log: LogName
  readonly sections: readonly SectionPath[]
  readonly runs: readonly SeqRun[]
  readonly reason: string
  readonly legalBasis: string
  /** When a retention policy takes what entries say. */
  readonly cause?: ErasureCause
  /** Where they were archived, if the policy asks for that. */
  readonly archived?: Archived
}

/**
 * Commits an erasure together with the entry about it, which names every entry that loses something: whoever verifies the log holds
 * what is gone against it. It is carried out once that entry is in the log. Throws `invalid_request` for too many runs.
 */
export async function requestErasure(access: AccessStore, by: Doer, erasure: NewErasure): Promise<Erasure> {
  return access.transaction((access) => addErasure(access, by, erasure))
}

/** The same inside of a transaction of the caller's. */
export async function addErasure(access: AccessRecords, by: Doer, erasure: NewErasure): Promise<Erasure> {
  const { log, sections, runs, reason, legalBasis, cause = 'request', archived } = erasure
  const id = uuidV7()
  const entries = countOf(runs)
  const text = formatSpans(runs)
  if (text.length > RUNS_TEXT_MAX) throw tooScattered()
  const entryId = await note(access, {
    organizationId: log.organization_id,
    mode: log.mode,
    action: cause === 'request' ? 'log.redacted' : 'log.retention',
    severity: 'notice',
    by,
    resource: { type: 'erasure', id },
    metadata: {
      entries,
      sections: [...sections],
      seqs_digest: seqsDigest(runs),
      seqs: runs.length > RUNS_AS_NUMBERS_MAX ? text : runs.map(([first, last]) => [first, last]),
      reason,
      legal_basis: legalBasis,
      ...(archived === undefined ? {} : { archive: archivedShape(archived) }),
    },
  })
  const requested = {
    id,
    log,
    cause,
    entryId,
    sections,
    runs,
    entries,
    reason,
    legalBasis,
    requestedBy: by.actor,
    requestedAt: access.now(),
  }
  await access.erasures.add(requested)
  return requested
}

function tooScattered(): AppError {
  return new AppError('invalid_request', {
    param: 'query',
    hint: 'These entries lie too far apart for one erasure: select fewer, by time for instance, and erase in several steps.',
  })
}

/** Ascending numbers as runs of numbers that follow one another. */
export function toRuns(seqs: readonly number[]): readonly SeqRun[] {
  const runs: [number, number][] = []
  for (const seq of seqs) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] + 1 === seq) last[1] = seq
    else runs.push([seq, seq])
  }
  return runs
}

/** SHA-256 of the runs as text, a line `<first>-<last>` each; 64 hex digits. */
export function seqsDigest(runs: readonly SeqRun[]): string {
  const text = runs.map(([first, last]) => `${first}-${last}\n`).join('')
  return createHash('sha256').update(text).digest('hex')
}

export function countOf(runs: readonly SeqRun[]): number {
  return runs.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}
