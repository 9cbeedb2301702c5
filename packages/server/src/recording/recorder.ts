import { AppError, type LogName, type SectionPath } from '@counterfoil/core'
import type { LogStart, Receipt, TrimBounds } from '../journal/journal.js'
import { tooManyAtOnce } from '../limits/fair-queue.js'
import { Moved, startThread, type Thread } from '../threads/thread-call.js'
import type {
  GroupAnswer,
  IndexRows,
  RecordAnswer,
  RecordGroup,
  RecordingThreadSettings,
  RecordRequest,
} from './recording-messages.js'
import { RecordingShares } from './recording-shares.js'
import type { RecordingMethods } from './recording-thread.js'
import { type GroupMember, SMALL_BYTES_MAX, WaitingRequests } from './waiting-requests.js'

export interface RecorderOptions {
  /** Bodies of one organization that may wait at once, bytes. */
  readonly organizationBytesMax?: number
  /** Part of recording's time that one organization takes at most while others record, too; 1 when left out. See `RecordingShares`. */
  readonly organizationShare?: number
  /** Without it, entries are held against no catalogue. */
  readonly catalogue?: CatalogueWatch
}

/** How the recorder learns of catalogues. */
export interface CatalogueWatch {
  /** The revision of a log's catalogue; undefined where every entry is accepted. */
  readonly revisionOf: (log: LogName) => Promise<number | undefined>
  /** Told when flagged entries were recorded and could not be counted. */
  readonly onUncountedFlags: (reason: string) => void
}

/**
 * Told of everything that was appended, and to which logs; of a small group before a large one that it passed, though it stands
 * behind. `rows` is empty when it did not ask for them.
 */
export interface JournalFollower {
  readonly wantsRows: boolean
  appended(lastPosition: number, rows: readonly IndexRows[], logs: readonly LogName[]): void
}

/**
 * Groups on their way at once. Behind one that is being committed in a file of this machine another waits in the thread's queue,
 * so that the thread is never idle. In PostgreSQL a transaction costs more and takes longer, and where two processes share a log
 * it waits for the other's: whatever the thread has by then goes together in it; see `JoinedAppends`.
 */
const GROUPS_IN_FLIGHT_MAX = { sqlite: 2, postgres: 4 }
/** Only small groups wait behind another in the thread's queue: who is not in them waits for both. */
const QUEUED_GROUPS_BYTES_MAX = 64 * 1024
/**
 * A small request goes to the thread at once when nothing of its organization is there, whatever is: the thread takes it between
 * parsing and writing somebody's large group. In PostgreSQL it would wait for the same rows.
 */
const EXPRESS_GROUPS_MAX = { sqlite: 1, postgres: 0 }
/** Bodies waiting in memory; past this the server says so instead of queueing without end. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024

/**
 * A batch of 500 parses into some 5 MB of objects that are all dead when it is recorded. In the default young
 * generation many of them are copied first: measured, this much room takes a fifth off the cost of an entry.
 */
const YOUNG_GENERATION_MB = 144

/** Groups that are on their way at once: of whatever size, and small ones of somebody else beside them. */
interface GroupsMax {
  readonly inFlight: number
  readonly express: number
}

interface Waiting extends GroupMember {
  readonly request: RecordRequest
  readonly catalogueRevision: number | undefined
  readonly resolve: (answer: RecordAnswer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: requests that arrive while an earlier group is being made durable share the next transaction and
 * its one fsync. There is no timer: under light load a request goes at once, under heavy load groups grow.
 * Organizations take turns: one that sends without end holds up nobody but itself.
 */
export class Recorder {
  readonly #thread: Thread<RecordingMethods>
  readonly #follower: JournalFollower
  readonly #catalogue: CatalogueWatch | undefined
  readonly #positions = new Map<string, number>()
  readonly #waiting = new WaitingRequests<Waiting>()
  readonly #shares: RecordingShares
  readonly #organizationBytesMax: number
  readonly #groupsMax: GroupsMax
  /** A handful. Not a `Set`, which holds on to what was taken out of it: see `WaitingCalls` in threads/thread-call.ts. */
  readonly #groupsInFlight: (readonly Waiting[])[] = []
  #bytesInFlight = 0
  #scheduled = false
  #restTimer: NodeJS.Timeout | undefined
  #closing = false
  #stopped = false
  #idle: (() => void) | undefined

  private constructor(
    thread: Thread<RecordingMethods>,
    follower: JournalFollower,
    groupsMax: GroupsMax,
    { organizationBytesMax = WAITING_BYTES_MAX, organizationShare = 1, catalogue }: RecorderOptions,
  ) {
    this.#thread = thread
    this.#follower = follower
    this.#groupsMax = groupsMax
    this.#shares = new RecordingShares(organizationShare)
    this.#organizationBytesMax = organizationBytesMax
    this.#catalogue = catalogue
  }

  /** Opens the journal in its thread. Rejects with `damaged_journal`, `unsupported_sqlite` or what the disk says. */
  static async open(
    settings: RecordingThreadSettings,
    follower: JournalFollower,
    onExit: (error: Error) => void,
    options: RecorderOptions = {},
  ): Promise<Recorder> {
    const file = new URL('./recording-thread.js', import.meta.url)
    const thread = startThread<RecordingMethods>({
      file,
      name: 'recording',
      settings,
      onExit,
      youngGenerationMb: YOUNG_GENERATION_MB,
    })
    try {
      await thread.methods.ready()
    } catch (error) {
      await thread.terminate()
      throw error
    }
    const { kind } = settings.journal
    const groupsMax = { inFlight: GROUPS_IN_FLIGHT_MAX[kind], express: EXPRESS_GROUPS_MAX[kind] }
    return new Recorder(thread, follower, groupsMax, options)
  }

  /** Resolves when the request's entries are durable or refused. Rejects with an AppError when recording has stopped. */
  async record(request: RecordRequest): Promise<RecordAnswer> {
    const catalogueRevision =
      request.ownEntries === true ? undefined : await this.#catalogue?.revisionOf(request.log)
    if (this.#closing) throw new AppError('shutting_down', { hint: 'Send the request again in a moment.' })
    const { organization_id: organizationId } = request.log
    const bytes = request.body.length
    if (this.#waiting.bytesOf(organizationId) + bytes > this.#organizationBytesMax) throw tooManyAtOnce()
    if (this.#waiting.bytes + bytes > WAITING_BYTES_MAX) {
      throw new AppError('overloaded', { hint: 'Send the request again after a second, and fewer at once.' })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, catalogueRevision, organizationId, bytes, resolve, reject })
      this.#schedule()
    })
  }

  /** Position of the newest row of a log that this process appended; undefined when it appended none. */
  positionOf({ organization_id, mode }: LogName): number | undefined {
    return this.#positions.get(`${organization_id}/${mode}`)
  }

  /** Cuts from journal rows what rests in the ledger; see `Journal.trim`. */
  trim(log: LogName, until: TrimBounds, rowsMax: number): Promise<number> {
    return this.#thread.methods.trim(log, until, rowsMax)
  }

  saveIndexProgress(progress: { donePosition: number; sendingPosition: number }): Promise<void> {
    return this.#thread.methods.saveIndexProgress(progress)
  }

  /** Begins a log anew; `json` is the entry about it. See `Journal.beginEpoch`. */
  beginEpoch(log: LogName, epoch: number, json: string): Promise<Receipt> {
    return this.#thread.methods.beginEpoch(log, epoch, json)
  }

  /** Takes away from the journal what comes before `start`; see `Journal.prune`. */
  prune(log: LogName, start: LogStart, rowsMax: number): Promise<number> {
    return this.#thread.methods.prune(log, start, rowsMax)
  }

  /** Erases sections of entries from the journal. See `Journal.erase`: a bounded number at a time, as recording waits. */
  erase(log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void> {
    return this.#thread.methods.erase(log, seqs, paths)
  }

  /** See `Journal.scrub`. */
  scrub(): Promise<boolean> {
    return this.#thread.methods.scrub()
  }

  /** Whether the last group could not be recorded, for a reason of the server's. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Bodies that wait to be recorded, for metrics. */
  get waitingRequests(): number {
    return this.#waiting.size
  }

  /** Records what has been accepted, then closes the journal. */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#waiting.size > 0 || this.#groupsInFlight.length > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
        // Nobody rests any more.
        this.#schedule()
      })
    }
    await this.#thread.methods.close()
    await this.#thread.terminate()
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0 || this.#room() === 'none') return
    this.#scheduled = true
    // After the I/O events of this turn: requests that came in together go together.
    setImmediate(() => {
      this.#scheduled = false
      void this.#sendGroup()
    })
  }

  /** What may be sent: any group, a small one of somebody of whom nothing is on its way, or none. */
  #room(): 'any' | 'express' | 'none' {
    const { inFlight, express } = this.#groupsMax
    const { length: size } = this.#groupsInFlight
    if (size < inFlight && this.#bytesInFlight <= QUEUED_GROUPS_BYTES_MAX) return 'any'
    return this.#waiting.shared && size < inFlight + express ? 'express' : 'none'
  }

  /** Nothing when those that wait may not go yet. `nowMs` is one moment for all who are asked whether they rest. */
  #takeGroup(nowMs: number): readonly Waiting[] {
    const room = this.#room()
    if (room === 'none') return []
    const someRest = this.#waiting.shared && !this.#closing
    const onTheirWay = new Set(this.#groupsInFlight.flat().map(({ organizationId }) => organizationId))
    return this.#waiting.takeGroup(({ organizationId, bytes }) => {
      if (someRest && this.#shares.rests(organizationId, nowMs)) return false
      return room === 'any' || (bytes <= SMALL_BYTES_MAX && !onTheirWay.has(organizationId))
    })
  }

  /** Goes on when the first of those that rest may record again. */
  #scheduleAfterRest(nowMs: number): void {
    const soonestMs = this.#shares.soonestMs(nowMs)
    if (this.#restTimer !== undefined || soonestMs === undefined) return
    this.#restTimer = setTimeout(() => {
      this.#restTimer = undefined
      this.#schedule()
    }, soonestMs)
  }

  async #sendGroup(): Promise<void> {
    const sentMs = performance.now()
    const group = this.#takeGroup(sentMs)
    if (group.length === 0) {
      this.#scheduleAfterRest(sentMs)
      return
    }
    const groupBytes = group.reduce((sum, { bytes }) => sum + bytes, 0)
    this.#groupsInFlight.push(group)
    this.#bytesInFlight += groupBytes
    this.#schedule()
    try {
      const answer = await this.#thread.methods.record(
        toMessage(group, {
          // While it is worked on, requests of others come and may go first.
          givesWay: this.#waiting.shared && groupBytes > SMALL_BYTES_MAX,
          wantsIndexRows: this.#follower.wantsRows,
        }),
      )
      this.#accept(answer)
      group.forEach(({ resolve }, i) => {
        resolve(answer.answers[i] as RecordAnswer)
      })
      this.#stopped = false
      const endedMs = performance.now()
      if (this.#waiting.shared) this.#shares.took(group, endedMs - sentMs, endedMs)
    } catch (error) {
      this.#stopped = true
      for (const { reject } of group) reject(error)
    }
    this.#groupsInFlight.splice(this.#groupsInFlight.indexOf(group), 1)
    this.#bytesInFlight -= groupBytes
    if (this.#groupsInFlight.length === 0 && this.#waiting.size === 0) this.#idle?.()
    this.#schedule()
  }

  /** Follows the journal before anybody learns that it grew, so that a read after the answer waits for the index. */
  #accept({ lastPosition, logPositions, indexRows, uncountedFlags }: GroupAnswer): void {
    if (uncountedFlags !== undefined) this.#catalogue?.onUncountedFlags(uncountedFlags)
    for (const { log, position } of logPositions) {
      const name = `${log.organization_id}/${log.mode}`
      this.#positions.set(name, Math.max(position, this.#positions.get(name) ?? position))
    }
    if (lastPosition === undefined) return
    const logs = logPositions.map(({ log }) => log)
    this.#follower.appended(lastPosition, indexRows, logs)
  }
}

/**
 * Moves the bodies into the thread, as copies would be left to the garbage collector of the thread that serves: at
 * 15,000 entries a second it spent a twentieth of a core on them. A body alone in its group moves as it is;
 * otherwise one buffer holds all, which is cheaper than moving a hundred small ones.
 */
function toMessage(
  group: readonly Waiting[],
  how: Pick<RecordGroup, 'givesWay' | 'wantsIndexRows'>,
): Moved<RecordGroup> {
  const bytes =
    ownsItsMemory(group[0]!.request.body) && group.length === 1 ? group[0]!.request.body : joined(group)
  let offset = 0
  const requests = group.map(({ request, catalogueRevision }) => {
    const { log, format, body, route, idempotencyKey, accessVersion } = request
    const own = request.ownEntries === true
    const asked = { log, format, route, idempotencyKey, own, catalogueRevision, accessVersion }
    const placed = { ...asked, offset, length: body.length }
    offset += body.length
    return placed
  })
  return new Moved({ bytes, requests, ...how }, [bytes.buffer as ArrayBuffer])
}

/** Whether nothing else lies in the buffer, as it does for slices of Node's pool. */
function ownsItsMemory({ byteLength, buffer }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
}

function joined(group: readonly Waiting[]): Uint8Array {
  const bytes = new Uint8Array(group.reduce((sum, { request }) => sum + request.body.length, 0))
  let offset = 0
  for (const { request } of group) {
    bytes.set(request.body, offset)
    offset += request.body.length
  }
  return bytes
}
