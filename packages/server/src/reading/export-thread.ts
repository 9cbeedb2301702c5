import { getPriority, setPriority } from 'node:os'
import type { LogName, Order, Selection } from '@counterfoil/core'
import type { ChainVerdict, JournalReader, LogStart, SeqRange, VerifyRange } from '../journal/journal.js'
import { openJournalReader } from '../journal/open-journal.js'
import { beginningOf, type ContentBytes, measureContents } from '../ledger/content-bytes.js'
import type { LedgerReader } from '../ledger/ledger.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { type ArchivedPart, archivePart } from '../proof-export/archive-part.js'
import { type ArchiveLocation, openArchive } from '../proof-export/open-archive.js'
import { type AnsweredMethods, answerCalls, Moved, threadSettings } from '../threads/thread-call.js'
import { type EncodedChunk, encodeEntries } from './encode-entries.js'
import { type EncoderReference, loadEncoder } from './entry-encoder.js'
import { ProofArchives, type ProofRequest } from './proof-archives.js'
import type { ReadingThreadSettings } from './reading-thread.js'

// Encodes exports and walks logs beside everything else, on a connection of its own: hours of work that no page waits
// for. Several exports take turns, a chunk each, and a walk gives way to them every few milliseconds.

/** A third of the share that other threads have where there is not enough for all; 10 left a tenth, too little to go on. */
const NICENESS = 5
const NICENESS_MAX = 19
/** Entries of a range that are looked at in one call; a chunk is full before that unless entries are tiny. */
const RANGE_ENTRIES_MAX = 8_192
/** Rows read by one statement where all entries are wanted: a row may hold a single entry. */
const ROWS_AT_ONCE = 16

goBehindOthers()
const settings = threadSettings<ReadingThreadSettings>()
const opening: Promise<JournalReader> = openJournalReader(settings.journal, 'exports', () =>
  openLedgerReader(settings.ledger),
)
opening.catch(() => undefined)
/** Opened at first use: only what was pruned is asked of it directly. */
let ledger: Promise<LedgerReader> | undefined
function ledgerReader(): Promise<LedgerReader> {
  ledger ??= openLedgerReader(settings.ledger)
  return ledger
}
const archives = new ProofArchives(opening, ledgerReader)

const methods = {
  ready: async (): Promise<void> => {
    await opening
  },
  /** The next chunk of consecutive entries: from `range.first` up, or from `range.last` down. */
  encodeRange: async (
    log: LogName,
    { first, last }: SeqRange,
    order: Order,
    encoder: EncoderReference,
    memory?: ArrayBuffer,
  ): Promise<Moved<EncodedChunk>> => {
    const length = Math.min(last - first + 1, RANGE_ENTRIES_MAX)
    const seqs = Array.from({ length }, (_, i) => (order === 'newest_first' ? last - i : first + i))
    const wanted = { log, order, seqs, rowsAtOnce: ROWS_AT_ONCE, ...(memory && { memory }) }
    return moved(await encodeEntries(await opening, wanted, await loadEncoder(encoder)))
  },
  /** The next chunk of entries that were found: from the first of `seqs` on, in `order`. */
  encodeAt: async (
    selection: Selection,
    seqs: readonly number[],
    order: Order,
    encoder: EncoderReference,
    memory?: ArrayBuffer,
  ): Promise<Moved<EncodedChunk>> => {
    const wanted = { log: selection.log, order, seqs, rowsAtOnce: 1, selection, ...(memory && { memory }) }
    return moved(await encodeEntries(await opening, wanted, await loadEncoder(encoder)))
  },
  logs: async (): Promise<readonly LogName[]> => (await opening).logs(),
  startOf: async (log: LogName): Promise<LogStart> => (await opening).startOf(log),
  verify: async (log: LogName, range: Omit<VerifyRange, 'onProgress'>): Promise<ChainVerdict> =>
    (await opening).verify(log, range),
  /** Begins an archive of evidence; gives its number. */
  beginProof: async (request: ProofRequest): Promise<number> => archives.begin(request),
  /** Its next piece; undefined at the end. */
  nextProof: async (number: number): Promise<Uint8Array | undefined> => archives.next(number),
  closeProof: async (number: number): Promise<void> => archives.close(number),
  /** Archives a part of a log in a place of its own, verified. */
  archivePart: async (
    request: ProofRequest,
    location: ArchiveLocation,
    name: string,
  ): Promise<ArchivedPart> => {
    const settings = { ...request, reader: await opening, ledger: ledgerReader }
    return archivePart(settings, openArchive(location), name)
  },
  /** What entries of a log say takes so many bytes, by category. */
  measureContents: async (log: LogName): Promise<ContentBytes> =>
    measureContents(await ledgerReader(), await (await opening).originOf(log)),
  /** When the first entry of a bundle was recorded. */
  beginningOf: async (log: LogName, bundle: number): Promise<number> =>
    beginningOf(await ledgerReader(), await (await opening).originOf(log), bundle),
  close: async (): Promise<void> => (await opening).close(),
}

answerCalls(methods)

export type ExportMethods = AnsweredMethods<typeof methods>

function moved(chunk: EncodedChunk): Moved<EncodedChunk> {
  return new Moved(chunk, [chunk.bytes.buffer])
}

/** Where there is more work than cores, the others go first. Linux alone has priorities of single threads. */
function goBehindOthers(): void {
  if (process.platform !== 'linux') return
  try {
    // On top of what the server was started with: less than that takes a right that it seldom has.
    setPriority(Math.min(NICENESS_MAX, getPriority() + NICENESS))
  } catch {
    // A sandbox may forbid it. Exports are right all the same, and pages wait for them a little more.
  }
}
