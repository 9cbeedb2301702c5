import type { LogName, PageQuery, Position, Selection } from '@counterfoil/core'
import type {
  ChainVerdict,
  IndexProgress,
  JournalReader,
  LogHead,
  PositionRange,
  SeqRange,
  StoredEntry,
  TimeRange,
  VerifyRange,
} from '../journal/journal.js'
import { type JournalPlace, openJournalReader } from '../journal/open-journal.js'
import { type LedgerPlace, openLedgerReader } from '../ledger/open-ledger.js'
import type { RowsRead } from '../recording/recording-messages.js'
import { type AnsweredMethods, answerCalls, Moved, threadSettings } from '../threads/thread-call.js'
import { discloseEntry } from './disclose-entry.js'
import { encodeRuns } from './encode-runs.js'
import { EvidenceReader, type HashRange, type InclusionProof } from './evidence-reader.js'
import { type JournalPage, journalPage } from './journal-page.js'
import { lookNearby } from './look-nearby.js'
import { type ItemShape, itemsAt, itemsOf, type PageItems } from './page-items.js'
import { type Scan, scanJournal } from './scan-journal.js'

// Reads the journal beside the recording thread, on a connection of its own: inflating rows, parsing entries for the
// index and walking chains never wait for a commit, and reading goes on when recording has stopped.

/** Index rows with the places of their entries, in the same order. */
export interface PlacedRows {
  readonly places: readonly Position[]
  readonly bytes: Uint8Array
}

/** What the thread reads. */
export interface ReadingThreadSettings {
  readonly journal: JournalPlace
  readonly ledger: LedgerPlace
}

const settings = threadSettings<ReadingThreadSettings>()
const opening: Promise<JournalReader> = openJournalReader(settings.journal, 'reading', () =>
  openLedgerReader(settings.ledger),
)
opening.catch(() => undefined)

/** Opened at first use: it may not be there before anything was recorded. */
let evidence: Promise<EvidenceReader> | undefined
function evidenceReader(): Promise<EvidenceReader> {
  evidence ??= openEvidenceReader()
  return evidence
}
async function openEvidenceReader(): Promise<EvidenceReader> {
  return new EvidenceReader(await opening, await openLedgerReader(settings.ledger))
}

const methods = {
  ready: async (): Promise<void> => {
    await opening
  },
  installationId: async (): Promise<string> => (await opening).installationId(),
  heads: async (): Promise<readonly LogHead[]> => (await opening).heads(),
  head: async (log: LogName): Promise<LogHead | undefined> => (await opening).head(log),
  /** A page of everything between its times. */
  page: async (query: PageQuery, shape: ItemShape): Promise<JournalPage | undefined> =>
    journalPage(await opening, query, shape),
  /** The entries that the index named, as far as they are selected. */
  itemsAt: async (selection: Selection, seqs: readonly number[], shape: ItemShape): Promise<PageItems> =>
    itemsAt(await opening, { log: selection.log, seqs, selection }, shape),
  findById: async (log: LogName, id: string): Promise<string | undefined> => {
    const entry = await (await opening).findById(log, id)
    return entry === undefined ? undefined : JSON.stringify(entry satisfies StoredEntry)
  },
  disclosure: async (log: LogName, id: string): Promise<string | undefined> =>
    discloseEntry(await opening, log, id),
  logsAfter: async (position: number): Promise<readonly LogName[]> => (await opening).logsAfter(position),
  lastPosition: async (): Promise<number> => (await opening).lastPosition(),
  indexProgress: async (): Promise<IndexProgress> => (await opening).indexProgress(),
  entriesThrough: async (position: number): Promise<number> => (await opening).entriesThrough(position),
  seqThrough: async (log: LogName, position: number): Promise<number | undefined> =>
    (await opening).seqThrough(log, position),
  seqsWithin: async (log: LogName, times: TimeRange): Promise<SeqRange | undefined> =>
    (await opening).seqsWithin(log, times),
  /** See `IndexerSettings.rowsAfter`. */
  indexRowsAfter: async (
    position: number,
    lastPosition: number,
    entryLimit: number,
    held: readonly PositionRange[],
  ): Promise<Moved<RowsRead>> => {
    const read = await (await opening).rowsAfter(position, entryLimit, held)
    const rows = read.filter((row) => row.position <= lastPosition)
    const runs = await encodeRuns(rows, held)
    return new Moved(
      { runs, through: rows.at(-1)?.position ?? lastPosition },
      runs.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    )
  },
  /** What the index has of these entries, whose numbers ascend, as it should be. */
  indexRowsAt: async (log: LogName, seqs: readonly number[]): Promise<PlacedRows> => {
    const rows = await (await opening).rowsAt(log, seqs)
    const places = rows.flatMap(({ entries }) =>
      entries().map(({ seq, recordedAt }) => ({ seq, recorded_at: recordedAt })),
    )
    const [run] = await encodeRuns(rows, [])
    return { places, bytes: run?.bytes ?? new Uint8Array(0) }
  },
  lookNearby: async (
    query: PageQuery,
    range: SeqRange,
    shape: ItemShape,
  ): Promise<Omit<JournalPage, 'size'> | undefined> => {
    const page = await lookNearby(await opening, query, range)
    return page && { items: await itemsOf(page.entries, shape), hasMore: page.hasMore }
  },
  scan: async (query: PageQuery): Promise<Scan> => scanJournal(await opening, query),
  verify: async (log: LogName, range: Omit<VerifyRange, 'onProgress'>): Promise<ChainVerdict> =>
    (await opening).verify(log, range),
  treeHashes: async (log: LogName, range: HashRange): Promise<Uint8Array> =>
    (await evidenceReader()).hashes(log, range),
  leafBundle: async (log: LogName, first: number, count: number): Promise<Uint8Array> =>
    (await evidenceReader()).bundle(log, first, count),
  inclusion: async (log: LogName, seq: number, size: number): Promise<InclusionProof> =>
    (await evidenceReader()).inclusion(log, seq, size),
  consistency: async (log: LogName, from: number, to: number): Promise<readonly Uint8Array[]> =>
    (await evidenceReader()).consistency(log, from, to),
  close: async (): Promise<void> => (await opening).close(),
}

answerCalls(methods)

export type ReadingMethods = AnsweredMethods<typeof methods>
