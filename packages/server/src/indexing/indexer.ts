import { setTimeout as delay } from 'node:timers/promises'
import { AppError, type LogName } from '@counterfoil/core'
import { type IndexChunk, IndexUnavailable, type SearchIndex } from '../index/search-index.js'
import type { IndexProgress, PositionRange } from '../journal/journal.js'
import type { IndexRows, RowsRead } from '../recording/recording-messages.js'
import type { Indexing, IndexView } from './indexing.js'

export interface IndexerSettings {
  readonly index: SearchIndex
  /** See `JournalReader.installationId`. */
  readonly installation: string
  /** Journal rows after `position` up to `lastPosition`, about `entryLimit` entries, encoded; without those that are `held`, which ascend. */
  readonly rowsAfter: (
    position: number,
    lastPosition: number,
    entryLimit: number,
    held: readonly PositionRange[],
  ) => Promise<RowsRead>
  /** How many entries of all logs the journal has up to a position. */
  readonly entriesThrough: (position: number) => Promise<number>
  readonly saveProgress: (progress: IndexProgress) => Promise<void>
  /** Whether others read how far the index is from where progress is saved: then it is noted as soon as it is so. */
  readonly isFollowed?: boolean
  /** Tells others durably which entries searches may miss while rows are replaced; undefined where nobody else searches. */
  readonly saveMissing?: (log: LogName, firstSeq: number | undefined) => Promise<void>
  readonly progress: IndexProgress
  /** Newest row of the journal when the indexer starts. */
  readonly lastPosition: number
  readonly onError: (error: unknown) => void
  /** Told once each time the index goes away. */
  readonly onAway?: (error: IndexUnavailable) => void
  /** Told when the index does not fit the journal and is filled anew. */
  readonly onRebuild: (indexPosition: number, donePosition: number) => void
}

/** Entries in one insert. An insert costs about 5 ms of fsync whatever its size, and its latency is a read's wait. */
const CHUNK_ENTRIES_MAX = 8_192
/** The same where some of them were read back: they are not left to be read again for want of a little room. */
const CHUNK_ENTRIES_READ_MAX = 1.5 * CHUNK_ENTRIES_MAX
/** With so many in memory an insert is worth while, whatever comes after them. */
const CHUNK_ENTRIES_WORTH = CHUNK_ENTRIES_MAX / 4
/** So many runs in memory are named when rows are read back: more than come while rows gather. Of others the rows are read, and count. */
const HELD_MAX = 1_024
/** How long rows may gather when nobody waits to read them. */
const GATHER_MS = 1_000
/** Encoded rows kept in memory while the index is busy; past this they are read back from the journal later. */
const QUEUE_BYTES_MAX = 32 * 1024 * 1024
/** How long a replacement of rows waits for the index to catch up. */
const REWRITE_WAIT_MS = 60_000
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 1_000

let indexers = 0

/**
 * Carries the journal into the search index, each row exactly once and in order. What it has sent without an answer
 * it notes durably before sending, and sends the very same chunk again after any failure.
 */
export class Indexer implements Indexing {
  readonly #settings: IndexerSettings
  readonly #number = ++indexers
  #queue: IndexRows[] = []
  #queuedBytes = 0
  #donePosition: number
  /** End of the chunk that was noted as being sent; what `#donePosition` is until its answer comes. */
  #sendingPosition: number
  /** What `#donePosition` was when it was noted last. */
  #notedPosition: number
  #journalPosition: number
  readonly #waiters = new Set<{ readonly position: number; readonly resolve: () => void }>()
  /** Replacements of rows that wait for their turn; none of them rejects. */
  readonly #rewrites: (() => Promise<void>)[] = []
  /** By log: the first entry whose row is being replaced, and how often that began or ended. */
  readonly #rewriting = new Map<
    string,
    { readonly missingFrom: number | undefined; readonly revision: number }
  >()
  #wake: (() => void) | undefined
  #running: Promise<void> | undefined
  #closing = false
  #unavailableSince: number | undefined
  #ready = false
  /** The chunk that was sent last, until the index is known to have it. */
  #unanswered: IndexChunk | undefined
  /** Whether the last read ended before the journal did. */
  #isBehind = false
  /** The read of what follows the chunk that is being sent. */
  #ahead: { readonly after: number; readonly read: Promise<RowsRead> } | undefined
  /** Where chunks are put together, one after the other: fresh memory for each kept the garbage collector busy. */
  #chunkRoom = Buffer.alloc(0)

  constructor(settings: IndexerSettings) {
    this.#settings = settings
    this.#donePosition = settings.progress.donePosition
    this.#notedPosition = this.#donePosition
    this.#sendingPosition = Math.max(settings.progress.sendingPosition, this.#donePosition)
    this.#journalPosition = settings.lastPosition
  }

  get donePosition(): number {
    return this.#donePosition
  }

  get journalPosition(): number {
    return this.#journalPosition
  }

  get ready(): boolean {
    return this.#ready
  }

  get unavailableMs(): number {
    return this.#unavailableSince === undefined ? 0 : performance.now() - this.#unavailableSince
  }

  get wantsRows(): boolean {
    return this.#queuedBytes < QUEUE_BYTES_MAX
  }

  appended(lastPosition: number, rows: readonly IndexRows[]): void {
    this.#journalPosition = Math.max(this.#journalPosition, lastPosition)
    for (const one of rows) {
      // In order, but for a group that others passed.
      const place = this.#queue.findLastIndex(({ firstPosition }) => firstPosition < one.firstPosition) + 1
      this.#queue.splice(place, 0, one)
      this.#queuedBytes += one.bytes.length
    }
    this.#wake?.()
  }

  start(): void {
    this.#running = this.#run()
  }

  async waitFor(position: number, timeoutMs: number): Promise<boolean> {
    // Another process may have recorded it.
    this.#journalPosition = Math.max(this.#journalPosition, position)
    // Until the index was looked at, what is noted as done may be lost.
    if (this.#ready && this.#donePosition >= position) return true
    return new Promise((resolve) => {
      const waiter = { position, resolve: () => finish(true) }
      const timer = setTimeout(() => finish(false), timeoutMs)
      const finish = (reached: boolean) => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve(reached)
      }
      this.#waiters.add(waiter)
      this.#wake?.()
    })
  }

  async catchUp(log: LogName, position: number, timeoutMs: number): Promise<IndexView> {
    await this.waitFor(position, timeoutMs)
    // Until it was prepared, an index may have no table, or one that belongs to another journal.
    if (!this.#ready) throw new IndexUnavailable('The index is being prepared')
    const rewriting = this.#rewriting.get(keyOf(log))
    return {
      donePosition: this.#donePosition,
      missingFrom: rewriting?.missingFrom,
      revision: this.#revision(log),
    }
  }

  async holds(log: LogName, { revision }: IndexView): Promise<boolean> {
    return revision === this.#revision(log)
  }

  /** Never that of another indexer: between two of them another process may have emptied the index. */
  #revision(log: LogName): string {
    return `${this.#number}/${this.#rewriting.get(keyOf(log))?.revision ?? 0}`
  }

  async rewrite(log: LogName, firstSeq: number, replace: () => Promise<void>): Promise<void> {
    const missing = Math.min(firstSeq, this.#rewriting.get(keyOf(log))?.missingFrom ?? firstSeq)
    await this.exclusively(async () => {
      await this.#saveMissing(log, missing)
      await replace()
      await this.#saveMissing(log, undefined)
    })
  }

  /** Runs `work` while nothing is inserted, once every row that was recorded before is in the index. */
  async exclusively(work: () => Promise<void>): Promise<void> {
    if (!(await this.waitFor(this.#journalPosition, REWRITE_WAIT_MS)))
      throw new IndexUnavailable('The index has not taken in all that was recorded')
    await new Promise<void>((resolve, reject) => {
      this.#rewrites.push(() => work().then(resolve, reject))
      this.#wake?.()
    })
  }

  async #saveMissing(log: LogName, missingFrom: number | undefined): Promise<void> {
    const key = keyOf(log)
    this.#rewriting.set(key, { missingFrom, revision: (this.#rewriting.get(key)?.revision ?? 0) + 1 })
    await this.#settings.saveMissing?.(log, missingFrom)
  }

  async close(timeoutMs: number): Promise<void> {
    await this.waitFor(this.#journalPosition, timeoutMs)
    await this.stop()
  }

  /** Stops after the chunk under way; nothing more is sent. */
  async stop(): Promise<void> {
    this.#closing = true
    this.#wake?.()
    await this.#running
  }

  async #run(): Promise<void> {
    let retryMs = RETRY_MS_MIN
    while (!this.#closing) {
      try {
        if (!this.#ready) {
          await this.#prepare()
          this.#ready = true
          this.#wakeWaiters()
        }
        // What could not be noted is noted before anything else: nothing more may come that would be noted with it.
        await this.#tellFollowers()
        if (this.#unanswered === undefined) await this.#rewriteNext()
        // A chunk without an answer is sent again as it was: the index passes over the rows that it has.
        this.#unanswered ??= await this.#nextChunk()
        if (this.#unanswered === undefined) continue
        if (this.#isBehind) this.#readAhead(this.#unanswered.lastPosition)
        await this.#settings.index.insert(this.#unanswered)
        this.#finished(this.#unanswered)
        await this.#tellFollowers()
        retryMs = RETRY_MS_MIN
      } catch (error) {
        if (!(error instanceof IndexUnavailable)) this.#settings.onError(error)
        else if (this.#unavailableSince === undefined) this.#settings.onAway?.(error)
        this.#unavailableSince ??= performance.now()
        await delay(retryMs)
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
      }
    }
  }

  async #rewriteNext(): Promise<void> {
    const rewrite = this.#rewrites.shift()
    if (rewrite === undefined) return
    // What was read before may say what is erased now.
    this.#ahead = undefined
    await rewrite()
  }

  /**
   * Brings the index into agreement with the journal: its tables exist, and it holds exactly the entries up to where
   * it was noted to be. One that holds fewer was lost or damaged, one that holds more belongs to another journal; it is
   * derived, so it starts anew.
   */
  async #prepare(): Promise<void> {
    const { index, installation, onRebuild, entriesThrough } = this.#settings
    await index.migrate()
    await index.claim(installation)
    const { lastPosition = 0, rows, damaged } = await index.standing()
    const fits = lastPosition >= this.#donePosition && lastPosition <= this.#sendingPosition
    if (fits && !damaged && rows === (await entriesThrough(lastPosition))) {
      this.#unanswered = await this.#chunkUnderWay()
      if (this.#settings.isFollowed === true) await this.#note(this.#sendingPosition)
      return
    }
    onRebuild(lastPosition, this.#donePosition)
    this.#donePosition = 0
    // Noted first: whoever else searches must not take the empty index for a full one.
    await this.#note(0)
    await index.clear()
  }

  #finished({ lastPosition }: IndexChunk): void {
    this.#unavailableSince = undefined
    this.#unanswered = undefined
    this.#donePosition = lastPosition
    this.#wakeWaiters()
  }

  #wakeWaiters(): void {
    for (const waiter of [...this.#waiters]) if (waiter.position <= this.#donePosition) waiter.resolve()
  }

  /** The chunk that was under way when the process ended; it may or may not have arrived. */
  async #chunkUnderWay(): Promise<IndexChunk | undefined> {
    if (this.#sendingPosition <= this.#donePosition) return undefined
    const { rowsAfter } = this.#settings
    const { runs } = await rowsAfter(this.#donePosition, this.#sendingPosition, Number.POSITIVE_INFINITY, [])
    return runs.length === 0 ? undefined : this.#toChunk(runs)
  }

  /** Notes durably what is done and what is about to be sent. */
  async #note(sendingPosition: number): Promise<void> {
    try {
      await this.#settings.saveProgress({ donePosition: this.#donePosition, sendingPosition })
    } catch (error) {
      // A frozen journal takes no note, yet what it acknowledged must be found. Without the note the index looks like
      // another journal's after a restart and is filled anew: slow, and right.
      if (!(error instanceof AppError && error.code === 'journal_frozen')) throw error
    }
    this.#sendingPosition = sendingPosition
    this.#notedPosition = this.#donePosition
  }

  /** Notes how far the index is, where others read it and do not know yet. */
  async #tellFollowers(): Promise<void> {
    if (this.#settings.isFollowed !== true || this.#notedPosition === this.#donePosition) return
    await this.#note(Math.max(this.#donePosition, this.#unanswered?.lastPosition ?? 0))
    if (this.#unanswered === undefined) this.#unavailableSince = undefined
  }

  /** Gathers the next rows and notes durably that they are about to be sent. Undefined when there are none yet. */
  async #nextChunk(): Promise<IndexChunk | undefined> {
    if (this.#rewrites.length > 0) return undefined
    if (this.#journalPosition <= this.#donePosition) {
      await this.#sleep(undefined)
      return undefined
    }
    if (this.#waiters.size === 0 && this.#queuedBytes > 0) await this.#gather()
    const rows = await this.#nextRows()
    if (rows === undefined) return undefined
    const chunk = this.#toChunk(rows)
    await this.#note(chunk.lastPosition)
    return chunk
  }

  /** Rows that follow what is done, from memory when it has enough of them. */
  async #nextRows(): Promise<readonly IndexRows[] | undefined> {
    const ahead = this.#ahead
    this.#ahead = undefined
    this.#dropThrough(this.#donePosition)
    const { length, entries, lastPosition } = this.#queuedRun()
    if (lastPosition === this.#journalPosition || entries >= CHUNK_ENTRIES_WORTH) {
      this.#isBehind = false
      return Array.from({ length }, () => this.#shift())
    }
    const isNext = ahead?.after === this.#donePosition
    const read = await (isNext ? ahead.read : this.#readAfter(this.#donePosition))
    this.#isBehind = read.through < this.#journalPosition
    const rows = this.#withQueued(read)
    return rows.length === 0 ? undefined : rows
  }

  /** While a chunk is sent: with both one after the other an index that was behind two busy servers fell back further and further. */
  #readAhead(after: number): void {
    if (this.#ahead?.after === after) return
    this.#dropThrough(after)
    const read = this.#readAfter(after)
    // A failure is met by who takes it.
    read.catch(() => undefined)
    this.#ahead = { after, read }
  }

  #readAfter(position: number): Promise<RowsRead> {
    // Let go of, or recorded by another process. With what others record between its own rows, a process that took those
    // from memory one by one came to four inserts a second of an entry or two, and never caught up.
    const held = this.#queue
      .slice(0, HELD_MAX)
      .map(({ firstPosition, lastPosition }) => ({ firstPosition, lastPosition }))
    const entryLimit = held.length === 0 ? CHUNK_ENTRIES_MAX : CHUNK_ENTRIES_MAX / 2
    return this.#settings.rowsAfter(position, this.#journalPosition, entryLimit, held)
  }

  /** What was read, with what is in memory between and right behind it, up to a chunk. */
  #withQueued({ runs, through }: RowsRead): readonly IndexRows[] {
    const rows: IndexRows[] = []
    const left = [...runs]
    let entries = 0
    while (entries < (left.length > 0 ? CHUNK_ENTRIES_READ_MAX : CHUNK_ENTRIES_MAX)) {
      const end = rows.at(-1)?.lastPosition ?? this.#donePosition
      this.#dropThrough(end)
      const [read] = left
      const [queued] = this.#queue
      const isNext = queued !== undefined && (read === undefined || queued.firstPosition < read.firstPosition)
      if (isNext && queued.lastPosition > through && queued.firstPosition !== end + 1) break
      const next = isNext ? this.#shift() : left.shift()
      if (next === undefined) break
      rows.push(next)
      entries += next.rowCount
    }
    return rows
  }

  /** How much of the queue follows what is done without a gap, up to a chunk. */
  #queuedRun(): { readonly length: number; readonly entries: number; readonly lastPosition: number } {
    let length = 0
    let entries = 0
    let lastPosition = this.#donePosition
    for (const next of this.#queue) {
      if (next.firstPosition !== lastPosition + 1) break
      if (entries > 0 && entries + next.rowCount > CHUNK_ENTRIES_MAX) break
      length++
      entries += next.rowCount
      lastPosition = next.lastPosition
    }
    return { length, entries, lastPosition }
  }

  /** Lets go of rows that were read back before they were told of: of such as begin at or before a position the rest is read back, too. */
  #dropThrough(position: number): void {
    while (this.#queue.length > 0 && (this.#queue[0] as IndexRows).firstPosition <= position) this.#shift()
  }

  #shift(): IndexRows {
    const first = this.#queue.shift() as IndexRows
    this.#queuedBytes -= first.bytes.length
    return first
  }

  /** Waits for more rows, unless somebody waits for those that are here or a chunk is full. */
  async #gather(): Promise<void> {
    const until = performance.now() + GATHER_MS
    for (;;) {
      const entries = this.#queue.reduce((sum, { rowCount }) => sum + rowCount, 0)
      const leftMs = until - performance.now()
      if (leftMs <= 0 || this.#waiters.size > 0 || this.#closing || entries >= CHUNK_ENTRIES_MAX) return
      await this.#sleep(leftMs)
    }
  }

  /** Sleeps until woken, or for `ms`. */
  async #sleep(ms: number | undefined): Promise<void> {
    if (this.#closing) return
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }

  /** Valid until the next chunk is made, which is after this one has been answered. */
  #toChunk(rows: readonly IndexRows[]): IndexChunk {
    const length = rows.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (this.#chunkRoom.length < length) this.#chunkRoom = Buffer.allocUnsafeSlow(2 * length)
    let at = 0
    for (const { bytes } of rows) {
      this.#chunkRoom.set(bytes, at)
      at += bytes.length
    }
    return {
      firstPosition: (rows[0] as IndexRows).firstPosition,
      lastPosition: (rows.at(-1) as IndexRows).lastPosition,
      rowCount: rows.reduce((sum, { rowCount }) => sum + rowCount, 0),
      rows: this.#chunkRoom.subarray(0, length),
    }
  }
}

function keyOf({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}
