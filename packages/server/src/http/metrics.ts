import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { VERSION } from '../version.js'

export interface Observed {
  journalPosition(): number
  indexPosition(): number
  indexUnavailableMs(): number
  waitingRequests(): number
  waitingReads(): number
  runningExports(): number
  frozenLogs(): number
  checkpointBehindMs(): number
  /** Of the checks of all logs; see `IntegrityStanding`. */
  integrity(): Promise<{
    readonly damagedLogs: number
    readonly finishedAt: number
    readonly overdueMs: number
    readonly walkedEntries: number
  }>
  engineResidentBytes(): Promise<number | undefined>
  recordingStopped(): boolean
  logs(): number
  pendingErasures(): Promise<number>
  /** Entries about ourselves that wait to be recorded. */
  ownEntriesWaiting(): Promise<number>
  diskFreeBytes(): Promise<number>
  /** What each file of the data directory takes, its write-ahead log included. */
  storeBytes(): Promise<ReadonlyMap<string, number>>
}

/** What `/metrics` tells, in Prometheus' text format. */
export class Metrics {
  readonly registry = new Registry()
  readonly recordedEntries: Counter
  readonly refusedRequests: Counter<'code'>
  readonly recordSeconds: Histogram
  readonly readSeconds: Histogram<'kind'>

  constructor(observed: Observed) {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry, prefix: 'counterfoil_' })
    this.recordedEntries = new Counter({
      registers,
      name: 'counterfoil_recorded_entries_total',
      help: 'Entries acknowledged.',
    })
    this.refusedRequests = new Counter({
      registers,
      name: 'counterfoil_refused_requests_total',
      help: 'Requests answered with an error, by its code.',
      labelNames: ['code'],
    })
    const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
    this.recordSeconds = new Histogram({
      registers,
      buckets,
      name: 'counterfoil_record_seconds',
      help: 'From a request being read to its entries being durable.',
    })
    this.readSeconds = new Histogram({
      registers,
      buckets,
      name: 'counterfoil_read_seconds',
      help: 'Reading, by kind.',
      labelNames: ['kind'],
    })
    this.#observe(observed)
    this.#observeIntegrity(observed)
    this.#observeStores(observed)
  }

  #observe(observed: Observed): void {
    this.#gauge('counterfoil_journal_position', 'Newest row of the journal.', () =>
      observed.journalPosition(),
    )
    this.#gauge('counterfoil_index_position', 'Newest row of the journal that can be searched.', () =>
      observed.indexPosition(),
    )
    this.#gauge(
      'counterfoil_index_unavailable_seconds',
      'Time since the index last took anything although there was something; 0 when it keeps up.',
      () => observed.indexUnavailableMs() / 1000,
    )
    this.#gauge('counterfoil_waiting_requests', 'Requests that wait to be recorded.', () =>
      observed.waitingRequests(),
    )
    this.#gauge('counterfoil_waiting_reads', 'Reads that wait for the turn of their organization.', () =>
      observed.waitingReads(),
    )
    this.#gauge('counterfoil_running_exports', 'Exports that are being sent.', () =>
      observed.runningExports(),
    )
    this.#gauge(
      'counterfoil_engine_resident_bytes',
      'Resident memory of the search engine process; 0 with a ClickHouse server.',
      async () => (await observed.engineResidentBytes()) ?? 0,
    )
  }

  /** Whether what is stored is what was recorded. */
  #observeIntegrity(observed: Observed): void {
    this.#gauge(
      'counterfoil_frozen_logs',
      'Logs that are not signed any more, because what is stored does not extend what was signed. Not 0: look at once.',
      () => observed.frozenLogs(),
    )
    this.#gauge(
      'counterfoil_checkpoint_behind_seconds',
      'Time since something was recorded that no checkpoint covers yet; 0 when all is signed.',
      () => observed.checkpointBehindMs() / 1000,
    )
    this.#gauge(
      'counterfoil_damaged_logs',
      'Logs that the last integrity check found changed or incomplete.',
      async () => (await observed.integrity()).damagedLogs,
    )
    this.#gauge(
      'counterfoil_integrity_finished_timestamp_seconds',
      'When all logs had last been checked; 0 for never.',
      async () => (await observed.integrity()).finishedAt / 1_000,
    )
    this.#gauge(
      'counterfoil_integrity_overdue_seconds',
      'Time since the integrity check that has not ended was due; 0 when it has.',
      async () => (await observed.integrity()).overdueMs / 1_000,
    )
    this.#gauge(
      'counterfoil_integrity_walked_entries',
      'Entries that integrity checks have walked since the server started.',
      async () => (await observed.integrity()).walkedEntries,
    )
  }

  /** What an operator has to make room for, and what waits to be done. */
  #observeStores(observed: Observed): void {
    this.#gauge(
      'counterfoil_recording_stopped',
      '1 when nothing is recorded until somebody has looked.',
      () => (observed.recordingStopped() ? 1 : 0),
    )
    this.#gauge('counterfoil_logs', 'Logs of which something was signed.', () => observed.logs())
    this.#gauge('counterfoil_pending_erasures', 'Erasures that were asked for and not carried out yet.', () =>
      observed.pendingErasures(),
    )
    this.#gauge(
      'counterfoil_own_entries_waiting',
      'Entries about changes of access that wait to be recorded; more than 1,000 are counted as 1,000.',
      () => observed.ownEntriesWaiting(),
    )
    this.#gauge('counterfoil_disk_free_bytes', 'Free space of the disk that the data directory is on.', () =>
      observed.diskFreeBytes(),
    )
    const build = new Gauge({
      registers: [this.registry],
      name: 'counterfoil_build_info',
      help: 'Always 1; the version is a label.',
      labelNames: ['version'],
    })
    build.set({ version: VERSION }, 1)
    new Gauge({
      registers: [this.registry],
      name: 'counterfoil_store_bytes',
      help: 'Size of each file of the data directory, its write-ahead log included.',
      labelNames: ['store'],
      async collect() {
        for (const [store, bytes] of await observed.storeBytes()) this.set({ store }, bytes)
      },
    })
  }

  #gauge(name: string, help: string, value: () => number | Promise<number>): void {
    new Gauge({
      registers: [this.registry],
      name,
      help,
      async collect() {
        this.set(await value())
      },
    })
  }
}
