import type { PagedDialect } from './dialects/pages.js'
import type { ReadKind } from './reads/questions.js'

export interface CpuUsPerEntry {
  /** The server's process with all its threads. */
  readonly server: number
  /** The index engine's process. */
  readonly engine: number
}

/** Everything one run measures on Counterfoil. Names end in their unit. */
export interface Figures {
  readonly entriesRecorded: number
  readonly batchEntriesPerSecond: number
  /** The slowest full second while batches were recorded: a stall hides in an average. */
  readonly batchEntriesInSlowestSecond: number
  readonly batchMsP50: number
  readonly batchMsP99: number
  /** CPU time an entry costs until it can be searched. Unlike a rate, it hardly depends on busy neighbours. */
  readonly batchCpuUsPerEntry: CpuUsPerEntry | null
  /** From reading the newest entry until a signed checkpoint covers it, while batches are recorded; null when none was. */
  readonly receiptMsP50: number | null
  readonly receiptMsP99: number | null
  readonly indexLagMsP50: number
  readonly indexLagMsMax: number
  /** From the last acknowledgement of the batches until the index had everything. */
  readonly indexCatchUpMs: number
  readonly singleEntriesPerSecond: number
  readonly singleMsP50: number
  readonly singleMsP99: number
  readonly singleMsMax: number
  readonly singleCpuUsPerEntry: CpuUsPerEntry | null
  readonly readMs: Readonly<Record<ReadKind, { readonly p50: number; readonly p99: number }>>
  /** First pages of dialects. */
  readonly dialectPageMs: Readonly<Record<PagedDialect, { readonly p50: number; readonly p99: number }>>
  /** Wherobots' export of everything. */
  readonly csvRowsPerSecond: number
  /** Paradime's list of everything, of a log of its own. */
  readonly paradimeEntriesPerSecond: number
  readonly diskBytesPerEntry: number
  /** Of the ledger, its write-ahead log left out: tiles and bundles. */
  readonly ledgerBytesPerEntry: number
  readonly diskBytesByPart: Readonly<Record<string, number>>
  /** Mean size of an entry as it was sent. */
  readonly sentBytesPerEntry: number
  /** Null on a system without /proc. */
  readonly idleRssMb: number | null
  readonly loadRssMbMax: number | null
  readonly highWaterMb: number | null
  /** Shares of one core that the load generator took beside the server. */
  readonly generatorCpuShareBatches: number
  readonly generatorCpuShareSingles: number
  /** What the generator reaches against a server that does nothing. */
  readonly ceilingBatchEntriesPerSecond: number
  readonly ceilingSingleEntriesPerSecond: number
}
