import type { LogName } from '@counterfoil/core'
import { aborted } from '../cluster/leased-work.js'
import type { Lease } from '../cluster/leases.js'
import type { IndexStandings } from '../cluster/postgres/index-standings.js'
import type { Signals } from '../cluster/postgres/signals.js'
import { IndexUnavailable } from '../index/search-index.js'
import type { IndexRows } from '../recording/recording-messages.js'
import { Indexer, type IndexerSettings } from './indexer.js'
import type { Indexing, IndexView } from './indexing.js'

export interface SharedIndexingSettings {
  /** Id of the index, and what is known of it: rejects while the index cannot be asked. */
  readonly claim: () => Promise<{ readonly indexId: string; readonly standings: IndexStandings }>
  readonly signals: Signals
  readonly lastPosition: () => Promise<number>
  /** Of the indexer, for the time in which this process fills the index. */
  readonly indexer: Omit<
    IndexerSettings,
    'progress' | 'lastPosition' | 'saveProgress' | 'isFollowed' | 'saveMissing'
  >
}

/** How often a process that waits for the index looks how far it is; a signal usually comes before. */
const LOOK_MS = 40
/** How long the process that fills the index hurries for one that waits. */
const HURRY_MS = 1_000
/** How often it is looked at for those who only want to know how it stands. */
const STANDING_MS = 1_000

/**
 * The index of several processes: one of them fills it, all search it. What was acknowledged by any of them before a search is
 * waited for, as each knows the journal's positions, and how far the index is stands in the database.
 */
export class SharedIndexing implements Indexing {
  readonly #settings: SharedIndexingSettings
  #indexer: Indexer | undefined
  #donePosition = 0
  #journalPosition = 0
  #ready = false
  #claim: ReturnType<SharedIndexingSettings['claim']> | undefined
  readonly #waiters = new Set<Waiter>()
  #following: Promise<void> | undefined
  #wake: (() => void) | undefined
  #standingTimer: NodeJS.Timeout | undefined
  readonly #unlisten: (() => void)[] = []

  constructor(settings: SharedIndexingSettings) {
    this.#settings = settings
  }

  start(): void {
    const { signals } = this.#settings
    this.#unlisten.push(
      signals.on('indexed', () => this.#wake?.()),
      signals.on('index_wanted', (position) => void this.#indexer?.waitFor(Number(position), HURRY_MS)),
    )
    this.#standingTimer = setInterval(() => void this.#look().catch(() => undefined), STANDING_MS).unref()
  }

  /** Of the lease under which the index is filled. Rejects while the index is away. */
  async leaseName(): Promise<string> {
    return `index:${(await this.#claimed()).indexId}`
  }

  get ready(): boolean {
    return this.#indexer?.ready ?? this.#ready
  }

  get donePosition(): number {
    return this.#indexer?.donePosition ?? this.#donePosition
  }

  get journalPosition(): number {
    return this.#indexer?.journalPosition ?? this.#journalPosition
  }

  get unavailableMs(): number {
    return this.#indexer?.unavailableMs ?? 0
  }

  get wantsRows(): boolean {
    return this.#indexer?.wantsRows ?? false
  }

  appended(lastPosition: number, rows: readonly IndexRows[]): void {
    this.#journalPosition = Math.max(this.#journalPosition, lastPosition)
    this.#indexer?.appended(lastPosition, rows)
  }

  /** Fills the index for as long as the lease is this process's: until `until` is aborted. */
  async lead(lease: Lease, until: AbortSignal): Promise<void> {
    const { signals, lastPosition, indexer } = this.#settings
    const { standings } = await this.#claimed()
    const progress = (await standings.positions()) ?? { donePosition: 0, sendingPosition: 0 }
    const leading = new Indexer({
      ...indexer,
      progress,
      lastPosition: await lastPosition(),
      isFollowed: true,
      saveProgress: async (positions) => {
        await standings.save(lease, positions)
        signals.send('indexed', String(positions.donePosition))
      },
      saveMissing: (log, missingFrom) => standings.saveMissing(lease, log, missingFrom),
      onError: (error) => {
        if (!until.aborted) indexer.onError(error)
      },
    })
    this.#indexer = leading
    // What was heard of while the position was asked for.
    leading.appended(this.#journalPosition, [])
    leading.start()
    await aborted(until)
    this.#indexer = undefined
    this.#donePosition = leading.donePosition
    await leading.stop()
  }

  async catchUp(log: LogName, position: number, timeoutMs: number): Promise<IndexView> {
    if (this.#indexer !== undefined) return this.#indexer.catchUp(log, position, timeoutMs)
    const { standings } = await this.#claimed()
    let standing = await standings.standing(log)
    if (standing === undefined || standing.donePosition < position) {
      await this.#waitFor(position, timeoutMs)
      standing = await standings.standing(log)
    }
    if (standing === undefined) throw new IndexUnavailable('No process has prepared the index yet')
    return standing
  }

  async holds(log: LogName, view: IndexView): Promise<boolean> {
    if (this.#indexer !== undefined) return this.#indexer.holds(log, view)
    const { standings } = await this.#claimed()
    return (await standings.standing(log))?.revision === view.revision
  }

  async rewrite(log: LogName, firstSeq: number, replace: () => Promise<void>): Promise<void> {
    if (this.#indexer === undefined) throw new IndexUnavailable('Another process fills the index')
    await this.#indexer.rewrite(log, firstSeq, replace)
  }

  async exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#indexer === undefined) throw new IndexUnavailable('Another process fills the index')
    await this.#indexer.exclusively(work)
  }

  /** Leaves what is left to another process, or to the next start. */
  async close(): Promise<void> {
    clearInterval(this.#standingTimer)
    for (const unlisten of this.#unlisten) unlisten()
    for (const { finish } of [...this.#waiters]) finish()
    this.#wake?.()
    await this.#following
  }

  /** Resolves when another process has brought the index up to `position`, or after `timeoutMs`. */
  async #waitFor(position: number, timeoutMs: number): Promise<void> {
    this.#journalPosition = Math.max(this.#journalPosition, position)
    await new Promise<void>((resolve) => {
      const waiter: Waiter = {
        position,
        finish: () => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          resolve()
        },
      }
      const timer = setTimeout(() => waiter.finish(), timeoutMs)
      this.#waiters.add(waiter)
      this.#settings.signals.send('index_wanted', String(position))
      this.#following ??= this.#follow().finally(() => {
        this.#following = undefined
      })
    })
  }

  /** Looks how far the index is for as long as somebody waits; one look for all of them. */
  async #follow(): Promise<void> {
    while (this.#waiters.size > 0) {
      await this.#look().catch(() => undefined)
      for (const waiter of [...this.#waiters]) if (waiter.position <= this.#donePosition) waiter.finish()
      if (this.#waiters.size === 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Whose the index is never changes. */
  #claimed(): ReturnType<SharedIndexingSettings['claim']> {
    this.#claim ??= this.#settings.claim().catch((error: unknown) => {
      this.#claim = undefined
      throw error
    })
    return this.#claim
  }

  async #look(): Promise<void> {
    if (this.#indexer !== undefined) return
    const { standings } = await this.#claimed()
    const positions = await standings.positions()
    this.#ready = positions !== undefined
    this.#donePosition = positions?.donePosition ?? 0
  }
}

interface Waiter {
  readonly position: number
  readonly finish: () => void
}
