import { workerData } from 'node:worker_threads'
import {
  type Admission,
  type AdmittedEntry,
  admitEntries,
  type Entry,
  formatMicroseconds,
  toHex,
} from '@counterfoil/core'
import { microsecondClock } from '../clock.js'
import { encodeIndexRow } from '../index/rows.js'
import type {
  AppendedRows,
  AppendOutcome,
  IndexProgress,
  Journal,
  JournalBatch,
  Receipt,
} from '../journal/journal.js'
import { openSqliteJournal } from '../journal/sqlite/sqlite-journal.js'
import { sha256Into } from '../platform-hash.js'
import { TextWriter } from '../threads/text-writer.js'
import { answerCalls, Moved } from '../threads/thread-call.js'
import type {
  GroupAnswer,
  IndexRows,
  RecordAnswer,
  RecordGroup,
  RecordingThreadSettings,
} from './recording-messages.js'

// Everything between a request's bytes and its durable entry happens in this one thread: strict parsing, hashing,
// compression and SQLite. The event loop of the server only moves bytes.

const settings = workerData as RecordingThreadSettings
const opening: Promise<Journal> = openSqliteJournal({ ...settings, now: microsecondClock() })
// Reported to whoever calls first; without this line Node would end the thread before anybody can.
opening.catch(() => undefined)

answerCalls({
  /** Resolves when the journal is open; rejects with the reason it cannot be. */
  ready: async () => {
    await opening
  },
  record: async (group: RecordGroup) => record(await opening, group),
  saveIndexProgress: async (progress: IndexProgress) => (await opening).saveIndexProgress(progress),
  close: async () => (await opening).close(),
})

export type RecordingMethods = {
  ready(): Promise<void>
  record(group: RecordGroup): Promise<GroupAnswer>
  saveIndexProgress(progress: IndexProgress): Promise<void>
  close(): Promise<void>
}

async function record(journal: Journal, group: RecordGroup): Promise<Moved<GroupAnswer>> {
  const admissions = group.requests.map(({ offset, length, format }) =>
    admitEntries(group.bytes.subarray(offset, offset + length), format),
  )
  const batches: JournalBatch[] = []
  admissions.forEach((admission, i) => {
    if (admission.admitted) batches.push(toBatch(group, i, admission.entries))
  })
  const { outcomes, rows, lastPosition } =
    batches.length > 0 ? await journal.append(batches) : { outcomes: [], rows: [], lastPosition: undefined }
  const indexRows = group.wantsIndexRows ? rows.map(encodeRows) : []
  const answer: GroupAnswer = {
    answers: answersOf(admissions, outcomes),
    lastPosition,
    logPositions: rows.map(({ log, lastPosition: position }) => ({ log, position })),
    indexRows,
  }
  return new Moved(
    answer,
    indexRows.map(({ bytes }) => bytes.buffer as ArrayBuffer),
  )
}

function toBatch(
  { bytes, requests }: RecordGroup,
  i: number,
  entries: readonly AdmittedEntry[],
): JournalBatch {
  const { log, offset, length, idempotencyKey, route } = requests[i] as RecordGroup['requests'][number]
  if (idempotencyKey === undefined) return { log, entries }
  const digest = new Uint8Array(32)
  sha256Into(bytes.subarray(offset, offset + length), digest, 0)
  return { log, entries, idempotency: { route, key: idempotencyKey, bodyHash: toHex(digest) } }
}

function answersOf(admissions: readonly Admission[], outcomes: readonly AppendOutcome[]): RecordAnswer[] {
  let next = 0
  return admissions.map((admission): RecordAnswer => {
    if (!admission.admitted) return { kind: 'refused', problems: admission.problems }
    const outcome = outcomes[next++] as AppendOutcome
    if (outcome.kind !== 'recorded') return outcome
    // As JSON text: the main thread sends it on without building and writing the objects again.
    const { receipts, replayed } = outcome
    return { kind: 'recorded', receipts: receiptsJson(receipts), count: receipts.length, replayed }
  })
}

/** Written by hand, at a third of the cost: ids, hashes and times hold nothing that JSON escapes. */
function receiptsJson(receipts: readonly Receipt[]): string {
  let json = ''
  for (const { id, seq, entry_hash, recorded_at } of receipts) {
    json += `${json === '' ? '[' : ','}{"id":"${id}","seq":${seq},"entry_hash":"${entry_hash}","recorded_at":"${recorded_at}"}`
  }
  return `${json}]`
}

const indexRowText = new TextWriter()

/** Index rows of what was just appended, while it is still at hand parsed. */
function encodeRows({
  log,
  firstPosition,
  lastPosition,
  firstSeq,
  recordedAt,
  entries,
  ids,
  counts,
}: AppendedRows): IndexRows {
  const recorded_at = formatMicroseconds(recordedAt)
  let next = 0
  counts.forEach((count, row) => {
    for (let i = 0; i < count; i++, next++) {
      const { content } = entries[next] as AdmittedEntry
      const place = {
        id: ids[next] as string,
        organization_id: log.organization_id,
        mode: log.mode,
        seq: firstSeq + next,
        recorded_at,
      }
      indexRowText.add(encodeIndexRow(firstPosition + row, Object.assign(place, content) satisfies Entry))
    }
  })
  return { firstPosition, lastPosition, rowCount: next, bytes: indexRowText.finish() }
}
