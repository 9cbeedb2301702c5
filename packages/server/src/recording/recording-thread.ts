import {
  type Admission,
  type AdmittedEntry,
  admitEntries,
  CatalogueInspection,
  claimsDeletion,
  type Entry,
  type EntryInspector,
  formatMicroseconds,
  type LogName,
  type SectionPath,
  toHex,
} from '@counterfoil/core'
import type { CatalogueFlags } from '../catalogue/flags.js'
import { openCatalogueFlags } from '../catalogue/open-catalogue.js'
import { microsecondClock } from '../clock.js'
import { encodeIndexRow } from '../index/rows.js'
import type {
  AppendedRows,
  AppendOutcome,
  IndexProgress,
  Journal,
  JournalBatch,
  LogStart,
  Receipt,
  TrimBounds,
} from '../journal/journal.js'
import { openJournal } from '../journal/open-journal.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { sha256Into } from '../platform-hash.js'
import { TextWriter } from '../threads/text-writer.js'
import { answerCalls, giveWay, Moved, threadSettings } from '../threads/thread-call.js'
import { CatalogueRuleStore } from './catalogue-rules.js'
import { newlyFlagged, withFlags } from './flagged-entries.js'
import { JoinedAppends, type JoinedResult } from './joined-appends.js'
import type {
  GroupAnswer,
  GroupRequest,
  IndexRows,
  RecordAnswer,
  RecordGroup,
  RecordingThreadSettings,
} from './recording-messages.js'
import { accessVersionOfRefused } from './refused-access.js'

// Everything between a request's bytes and its durable entry happens in this one thread: strict parsing, hashing,
// compression and SQLite. The event loop of the server only moves bytes.

const settings = threadSettings<RecordingThreadSettings>()

interface Stores {
  readonly journal: Journal
  readonly append: (batches: readonly JournalBatch[]) => Promise<JoinedResult>
  /** Undefined where entries are held against no catalogue. */
  readonly catalogue: { readonly rules: CatalogueRuleStore; readonly flags: CatalogueFlags } | undefined
}
const opening = openStores()
// Reported to whoever calls first; without this line Node would end the thread before anybody can.
opening.catch(() => undefined)

answerCalls({
  /** Resolves when the journal is open; rejects with the reason it cannot be. */
  ready: async () => {
    await opening
  },
  record: async (group: RecordGroup) => record(await opening, group),
  erase: async (log: LogName, seqs: readonly number[], paths: readonly SectionPath[]) =>
    (await opening).journal.erase(log, seqs, paths),
  scrub: async () => (await opening).journal.scrub(),
  beginEpoch: async (log: LogName, epoch: number, json: string) =>
    (await opening).journal.beginEpoch(log, epoch, (carriedSize) => epochEntry(json, carriedSize)),
  prune: async (log: LogName, start: LogStart, rowsMax: number) =>
    (await opening).journal.prune(log, start, rowsMax),
  trim: async (log: LogName, until: TrimBounds, rowsMax: number) =>
    (await opening).journal.trim(log, until, rowsMax),
  saveIndexProgress: async (progress: IndexProgress) => (await opening).journal.saveIndexProgress(progress),
  close: async () => {
    const { journal, catalogue } = await opening
    await catalogue?.rules.close()
    await catalogue?.flags.close()
    await journal.close()
  },
})

export type RecordingMethods = {
  ready(): Promise<void>
  record(group: RecordGroup): Promise<GroupAnswer>
  erase(log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void>
  scrub(): Promise<boolean>
  saveIndexProgress(progress: IndexProgress): Promise<void>
  beginEpoch(log: LogName, epoch: number, json: string): Promise<Receipt>
  prune(log: LogName, start: LogStart, rowsMax: number): Promise<number>
  trim(log: LogName, until: TrimBounds, rowsMax: number): Promise<number>
  close(): Promise<void>
}

async function openStores(): Promise<Stores> {
  const resting = () => openLedgerReader(settings.ledger)
  const journal = await openJournal(settings.journal, { ...settings, now: microsecondClock(), resting })
  const append = appendTo(journal)
  if (settings.catalogue === undefined) return { journal, append, catalogue: undefined }
  const rules = await CatalogueRuleStore.open(settings.catalogue.access)
  return { journal, append, catalogue: { rules, flags: await openCatalogueFlags(settings.catalogue.flags) } }
}

/** In a file of this machine a transaction waits for nobody: groups that are alone in it are done sooner. */
function appendTo(journal: Journal): Stores['append'] {
  if (settings.journal.kind === 'sqlite')
    return async (batches) => ({ ...(await journal.append(batches)), isFirst: true })
  const joined = new JoinedAppends(journal)
  return (batches) => joined.append(batches)
}

/**
 * An entry that says that something was taken away from the log excuses its absence to whoever verifies: nobody but the
 * service that took it away may record one.
 */
const refuseDeletionClaim: EntryInspector = (entry, report) => {
  if (!claimsDeletion(entry)) return
  const message = `Only Counterfoil records "${entry.action}" under the source "${entry.source?.name}", when it takes something away. Send another source or action.`
  report.addAt('action', 'invalid_value', message)
}

/** The entry about an epoch, with the number of entries that are carried over in its metadata. */
function epochEntry(json: string, carriedSize: number): AdmittedEntry {
  const entry = JSON.parse(json) as { readonly metadata: object }
  const body = { ...entry, metadata: { ...entry.metadata, carried_size: carriedSize } }
  const admission = admitEntries(new TextEncoder().encode(JSON.stringify(body)), 'json')
  if (!admission.admitted) throw new Error('an entry about an epoch that cannot be recorded')
  return admission.entries[0] as AdmittedEntry
}

/** What became of one request's body before it was recorded. */
interface Inspected {
  readonly admission: Admission
  /** Undefined where every entry is accepted. */
  readonly inspection: CatalogueInspection | undefined
}

async function record(
  { journal, append, catalogue }: Stores,
  group: RecordGroup,
): Promise<Moved<GroupAnswer>> {
  const inspected: Inspected[] = []
  for (const request of group.requests) {
    const { offset, length, format, log, own, catalogueRevision } = request
    const body = group.bytes.subarray(offset, offset + length)
    const inspection =
      catalogueRevision === undefined || catalogue === undefined
        ? undefined
        : new CatalogueInspection(await catalogue.rules.rulesOf(log, catalogueRevision))
    const inspect: EntryInspector = (entry, report) => {
      if (!own) refuseDeletionClaim(entry, report)
      inspection?.inspect(entry, report)
    }
    inspected.push({ admission: admitEntries(body, format, {}, inspect), inspection })
  }
  // Half of the work is done: whoever sent little meanwhile is not kept waiting for the other half.
  if (group.givesWay) await giveWay()
  const refusedAsOf = accessVersionOfRefused(
    journal,
    inspected.map(({ admission }, i) => ({
      accessVersion: group.requests[i]?.accessVersion,
      isRefused: !admission.admitted,
    })),
  )
  const batches: JournalBatch[] = []
  inspected.forEach(({ admission }, i) => {
    if (admission.admitted) batches.push(toBatch(group, i, admission.entries))
  })
  const { outcomes, rows, lastPosition, isFirst } = batches.length > 0 ? await append(batches) : NOTHING
  // Durable. What the index needs of it can wait, too.
  if (group.givesWay) await giveWay()
  const indexRows = group.wantsIndexRows && isFirst ? rows.map(encodeRows) : []
  const uncountedFlags = await countFlags(catalogue?.flags, group, inspected, outcomes, rows)
  const answer: GroupAnswer = {
    answers: answersOf(group, inspected, outcomes, await refusedAsOf),
    lastPosition,
    logPositions: rows.map(({ log, lastPosition: position }) => ({ log, position })),
    indexRows,
    ...(uncountedFlags === undefined ? {} : { uncountedFlags }),
  }
  return new Moved(
    answer,
    indexRows.map(({ bytes }) => bytes.buffer as ArrayBuffer),
  )
}

/** Every request was refused. */
const NOTHING = { outcomes: [], rows: [], lastPosition: undefined, isFirst: true } as const

/** Counts flagged entries once they are durable. What goes wrong here is told and does not unmake the recording. */
async function countFlags(
  store: CatalogueFlags | undefined,
  { requests }: RecordGroup,
  inspected: readonly Inspected[],
  outcomes: readonly AppendOutcome[],
  rows: readonly AppendedRows[],
): Promise<string | undefined> {
  let next = 0
  try {
    for (const [i, { admission, inspection }] of inspected.entries()) {
      if (!admission.admitted) continue
      const outcome = outcomes[next++] as AppendOutcome
      if (outcome.kind !== 'recorded' || inspection === undefined) continue
      const { log } = requests[i] as { readonly log: LogName }
      const flagged = newlyFlagged(log, outcome.receipts, inspection.flags, rows)
      if (flagged.length > 0) await store?.add(log, flagged)
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function toBatch(
  { bytes, requests }: RecordGroup,
  i: number,
  entries: readonly AdmittedEntry[],
): JournalBatch {
  const { log, offset, length, idempotencyKey, route, accessVersion } = requests[i] as GroupRequest
  const batch = accessVersion === undefined ? { log, entries } : { log, entries, accessVersion }
  if (idempotencyKey === undefined) return batch
  const digest = new Uint8Array(32)
  sha256Into(bytes.subarray(offset, offset + length), digest, 0)
  return { ...batch, idempotency: { route, key: idempotencyKey, bodyHash: toHex(digest) } }
}

/** `accessVersion` is what was asked for those that were refused. */
function answersOf(
  { requests, bytes }: RecordGroup,
  inspected: readonly Inspected[],
  outcomes: readonly AppendOutcome[],
  accessVersion: number | undefined,
): RecordAnswer[] {
  let next = 0
  return inspected.map(({ admission, inspection }, i): RecordAnswer => {
    const { offset, length, accessVersion: asOf } = requests[i] as GroupRequest
    const accessChanged = (): RecordAnswer => ({
      kind: 'access_changed',
      body: bytes.slice(offset, offset + length),
    })
    if (!admission.admitted) {
      if (asOf !== undefined && asOf !== accessVersion) return accessChanged()
      return { kind: 'refused', problems: admission.problems }
    }
    const outcome = outcomes[next++] as AppendOutcome
    if (outcome.kind === 'access_changed') return accessChanged()
    if (outcome.kind !== 'recorded') return outcome
    const { receipts, replayed } = outcome
    const flags = inspection?.flags ?? []
    const json = flags.length === 0 ? receiptsJson(receipts) : JSON.stringify(withFlags(receipts, flags))
    return { kind: 'recorded', receipts: json, count: receipts.length, replayed }
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
