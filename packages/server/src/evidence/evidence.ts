import { AppError, type JsonObject, type LogName, type SectionPath } from '@counterfoil/core'
import type { ThreadClient } from '../threads/thread-call.js'
import { type Cosignatures, withCosignatures } from './attached-cosignatures.js'
import type { CosignedCheckpoints } from './cosigned-checkpoints.js'
import type { EarlierEpoch, LogEvidence } from './evidence-keeper.js'
import type { EvidenceMethods, SigningKeys } from './evidence-thread.js'
import { GrownLogs } from './grown-logs.js'
import { keyOf, logOf } from './log-key.js'
import type { EpochChange, EpochRequest, Soundness } from './plan-epoch.js'

export type { CosignedCheckpoint } from './cosigned-checkpoints.js'
export type { LogEvidence } from './evidence-keeper.js'
export type { SigningKeys } from './evidence-thread.js'
export type { EpochChange, EpochRequest, Soundness } from './plan-epoch.js'

export interface EvidenceSettings {
  readonly thread: ThreadClient<EvidenceMethods>
  /** Derives verifier keys of a log, `<name>+<id>+<base64>`, of all generations up to this one, the newest first. */
  readonly vkeysOf: (origin: string, generation: number) => readonly string[]
  /** How often a log that does not grow is signed again. */
  readonly heartbeatMs: number
  /** Told once when a log is frozen. */
  readonly onFrozen: (evidence: LogEvidence) => void
  readonly onError: (error: unknown) => void
  /** Who witnesses, and what verifiers shall ask for. */
  readonly witnessPolicy: { fileFor(vkeys: readonly string[]): string }
  readonly cosigned: CosignedCheckpoints
  /** Told of each checkpoint that was signed, also of one that was signed again. */
  readonly onSigned?: (evidence: LogEvidence) => void
  /** Where several processes share the signer, of which one signs. */
  readonly shared?: SharedEvidence
}

/** What is shown of a log: the checkpoint, and the keys that verify it; older ones verify what was signed then. */
export interface PublishedEvidence extends Omit<LogEvidence, 'earlier'> {
  readonly note: string
  readonly vkeys: readonly string[]
  readonly earlier?: readonly (EarlierEpoch & { readonly vkeys: readonly string[] })[]
}

/** How processes hear of each other: one of them signs, the others follow it. */
export interface SharedEvidence {
  /** Asks whoever signs to bring a log forward soon. */
  want(log: LogName): void
  /** Tells the others that something was signed. */
  signed(): void
}

/** How long growth waits for more before it is signed, when nobody waits for it. Half of what a checkpoint may take. */
const GATHER_MS = 400
/** The same when somebody waits: requests that come together are signed together. */
const GATHER_WAITED_FOR_MS = 20
const RETRY_MS = 1_000
/** How often it is looked at what another process has signed, when nobody says that it has; and when somebody waits for it. */
const FOLLOW_MS = 250
const FOLLOW_WAITED_FOR_MS = 40
/** How long a request waits for a checkpoint that is about to come. */
const FIRST_WAIT_MS = 3_000
/** Logs in one call: each costs a signature of 0.1 ms at least. */
const LOGS_AT_ONCE = 256
/** Signing idle logs again works a quarter of the time at most; with more logs than that allows, a round takes longer. */
const HEARTBEAT_REST = 3

/**
 * What is signed, as the main thread knows it, and what drives the signing: each log that has grown is brought forward within
 * a second, and every log is signed again now and then while it is idle.
 */
export class Evidence {
  readonly cosigned: CosignedCheckpoints
  readonly #settings: EvidenceSettings
  readonly #evidence = new Map<string, LogEvidence>()
  readonly #grown = new GrownLogs()
  /** By log. */
  readonly #waiters = new Map<string, Set<Waiter>>()
  readonly #frozen = new Map<string, LogEvidence>()
  readonly #cosignatures = new Map<string, Cosignatures>()
  #alarms: { readonly log: LogName; readonly reason: string }[] = []
  #wake: (() => void) | undefined
  #running: Promise<void> | undefined
  #closing = false
  /** Logs of which other processes wait for a checkpoint. */
  readonly #wantedElsewhere = new Set<string>()
  /** While this process signs for all; undefined where there is none but this one. */
  #leading: Leading | undefined
  #followFailing = false
  /** Whether some log has grown by more than was done of it the last time. */
  #isBehind = false

  constructor(settings: EvidenceSettings) {
    this.#settings = settings
    this.cosigned = settings.cosigned
  }

  /** Begins; rejects when what was signed cannot be read. Where the signer is shared, it follows others until it leads. */
  async start(): Promise<void> {
    if (this.#settings.shared === undefined) {
      await this.#learn()
      this.#running = this.#run(() => this.#closing)
      return
    }
    for (const evidence of await this.#settings.thread.follow()) this.#take(evidence)
    this.#running = this.#runShared()
  }

  /** What was signed, and what has grown beyond it. */
  async #learn(): Promise<void> {
    const { evidence, grown } = await this.#settings.thread.start()
    for (const one of evidence) this.#announce(one)
    this.#settings.shared?.signed()
    // What was signed as it is stored has nothing to wait for, however many logs there are.
    this.appended(grown)
  }

  /** Signs for all processes until `until` is aborted; has stopped when it resolves. */
  async lead(until: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#leading = { until, resolve, reject }
      until.addEventListener('abort', () => this.#wake?.(), { once: true })
      this.#wake?.()
    })
  }

  /** Told by another process that it waits for a checkpoint over what a log has. */
  wanted(log: LogName): void {
    if (this.#leading === undefined) return
    this.#wantedElsewhere.add(keyOf(log))
    this.appended([log])
  }

  /** Told by another process that something was signed. */
  signedElsewhere(): void {
    if (!this.leads) this.#wake?.()
  }

  /** Whether this process signs. */
  get leads(): boolean {
    return this.#settings.shared === undefined || this.#leading !== undefined
  }

  /** Told of logs that have grown. */
  appended(logs: readonly LogName[]): void {
    // Whoever signs finds out by itself what others have recorded.
    if (!this.leads) return
    this.#grown.add(logs)
    this.#wake?.()
  }

  /** What was signed last of a log; undefined for one that nothing was ever recorded in. */
  of(log: LogName): LogEvidence | undefined {
    return this.#evidence.get(keyOf(log))
  }

  /** What was signed last of a log, after signing the empty one where nothing was recorded yet. Throws `checkpoint_pending`. */
  async require(log: LogName): Promise<PublishedEvidence> {
    if (this.of(log) === undefined) {
      this.appended([log])
      await this.waitFor(log, 0, FIRST_WAIT_MS)
    }
    const known = this.of(log)
    if (known?.note !== undefined) return withKeys({ ...known, note: known.note }, this.#settings.vkeysOf)
    throw new AppError('checkpoint_pending', { hint: pendingHint(known), retryAfterS: 1 })
  }

  /** The same, once a checkpoint covers the first `size` entries. Throws `checkpoint_pending` when that takes too long. */
  async requireCovering(log: LogName, size: number): Promise<PublishedEvidence> {
    if (await this.waitFor(log, size, FIRST_WAIT_MS)) return this.require(log)
    throw new AppError('checkpoint_pending', { hint: pendingHint(this.of(log)), retryAfterS: 1 })
  }

  /** The policy file for verifiers of the log with these keys. */
  policyFile(vkeys: readonly string[]): string {
    return this.#settings.witnessPolicy.fileFor(vkeys)
  }

  /** Takes a witness's line for the checkpoint whose text this is; nothing happens when there is a newer one by now. */
  attach(log: LogName, text: string, witness: string, line: string): void {
    const known = this.of(log)
    if (known?.note === undefined || !known.note.startsWith(`${text}\n`)) return
    const key = keyOf(log)
    const cosignatures = this.#cosignatures.get(key)
    const lines = new Map(cosignatures?.text === text ? cosignatures.lines : []).set(witness, line)
    this.#cosignatures.set(key, { text, lines })
    this.#evidence.set(key, withCosignatures(known, { text, lines }, cosignatures))
  }

  /** Stops a log, as soon as what is being signed at this moment is signed. */
  alarm(log: LogName, reason: string): void {
    this.#alarms.push({ log, reason })
    this.#wake?.()
  }

  /** Verifier keys of a log, the newest first; none of one of which nothing sound is known. */
  vkeysOf({ origin, generation, note }: LogEvidence): readonly string[] {
    return note === undefined ? [] : this.#settings.vkeysOf(origin, generation)
  }

  /** Everything that is known. */
  all(): readonly LogEvidence[] {
    return [...this.#evidence.values()]
  }

  /** Logs of which something is known. */
  get count(): number {
    return this.#evidence.size
  }

  /** How many entries of a log may be trimmed from the journal; see `EvidenceKeeper.soundSize`. */
  soundSize(log: LogName): Promise<number> {
    return this.#settings.thread.soundSize(log)
  }

  /** Logs of which nothing more is signed until somebody has looked at them. */
  frozen(): readonly LogEvidence[] {
    return [...this.#frozen.values()]
  }

  /** Milliseconds since something was recorded that no checkpoint is over yet; 0 when all is signed. */
  get behindMs(): number {
    const { since } = this.#grown
    return since === undefined ? 0 : performance.now() - since
  }

  /** Resolves true as soon as a checkpoint covers the first `size` entries; false after `timeoutMs`, or when that cannot be. */
  async waitFor(log: LogName, size: number, timeoutMs: number): Promise<boolean> {
    const known = this.of(log)
    if (known !== undefined && known.size >= size) return true
    if (known?.frozen !== undefined || this.#closing) return false
    return new Promise((resolve) => {
      const finish = (reached: boolean) => {
        clearTimeout(timer)
        waiters.delete(waiter)
        if (waiters.size === 0) this.#waiters.delete(key)
        resolve(reached)
      }
      const key = keyOf(log)
      const waiters = this.#waiters.get(key) ?? new Set()
      const waiter: Waiter = { size, finish }
      const timer = setTimeout(() => finish(false), timeoutMs)
      this.#waiters.set(key, waiters.add(waiter))
      if (!this.leads) this.#settings.shared?.want(log)
      this.#wake?.()
    })
  }

  /** Erases sections of entries from the ledger, once they are gone from the journal. See `Ledger.erase`. */
  erase(log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void> {
    return this.#settings.thread.erase(log, seqs, paths)
  }

  /** What takes the beginning of a log away, and tells what that would be; see `EvidenceKeeper`. */
  get pruning(): Pick<ThreadClient<EvidenceMethods>, 'startAt' | 'bundleBytes' | 'prune' | 'shrink'> {
    return this.#settings.thread
  }

  /** Whether the key after that of this generation signs the log now; see `LogSigner.rotateKey`. */
  async rotateKey(...step: Parameters<EvidenceMethods['rotateKey']>): Promise<boolean> {
    const evidence = await this.#settings.thread.rotateKey(...step)
    if (evidence !== undefined) this.#publish(evidence)
    return evidence !== undefined
  }

  /** The key that signs a log, and the one after it; undefined while nothing is signed of it. */
  keys(log: LogName): Promise<SigningKeys | undefined> {
    return this.#settings.thread.keys(log)
  }

  /** What beginning a log anew would change; see `planEpoch`. Throws `epoch_refused`. */
  planEpoch(request: EpochRequest, soundness: Soundness): Promise<EpochChange> {
    return this.#settings.thread.planEpoch(request, soundness)
  }

  /** Signs nothing more under an origin that the log is about to leave. */
  async leave({ old_origin: origin, new_origin: next }: EpochChange): Promise<void> {
    const evidence = await this.#settings.thread.freeze(origin, leftFor(next))
    if (evidence !== undefined) this.#publish(evidence)
  }

  /** See `LogSigner.certify`. */
  certify(log: LogName, content: JsonObject): Promise<string | undefined> {
    return this.#settings.thread.certify(log, content)
  }

  /** See `Ledger.scrub`. */
  scrub(): Promise<boolean> {
    return this.#settings.thread.scrub()
  }

  /** Signs what is left, for at most `timeoutMs`, and stops. */
  async close(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs
    // Where others can go on, they do.
    const isAlone = this.#settings.shared === undefined
    while (isAlone && this.#grown.size > 0 && this.#running !== undefined && performance.now() < until) {
      this.#wake?.()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    this.#closing = true
    for (const waiters of [...this.#waiters.values()]) for (const { finish } of [...waiters]) finish(false)
    this.#wake?.()
    await this.#running
  }

  /** Follows whoever signs, and signs for all while it leads. */
  async #runShared(): Promise<void> {
    while (!this.#closing) {
      if (this.#leading !== undefined) await this.#lead(this.#leading)
      try {
        for (const evidence of await this.#settings.thread.follow()) this.#take(evidence)
        this.#followFailing = false
      } catch (error) {
        // Told once for as long as it lasts.
        if (!this.#followFailing) this.#settings.onError(error)
        this.#followFailing = true
      }
      if (this.#leading === undefined)
        await this.#sleep(this.#waiters.size > 0 ? FOLLOW_WAITED_FOR_MS : FOLLOW_MS)
    }
    this.#leading?.resolve()
  }

  async #lead({ until, resolve, reject }: Leading): Promise<void> {
    try {
      await this.#learn()
      await this.#run(() => this.#closing || until.aborted)
      this.#stopLeading()
      resolve()
    } catch (error) {
      this.#stopLeading()
      reject(error)
    }
  }

  #stopLeading(): void {
    this.#leading = undefined
    this.#grown.clear()
    this.#wantedElsewhere.clear()
    for (const key of this.#waiters.keys()) this.#settings.shared?.want(logOf(key))
  }

  async #run(isOver: () => boolean): Promise<void> {
    let heartbeatAt = performance.now() + this.#settings.heartbeatMs
    let roundAt = heartbeatAt
    while (!isOver()) {
      try {
        const idleMs = heartbeatAt - performance.now()
        if (this.#grown.size === 0 && this.#alarms.length === 0 && idleMs > 0) await this.#sleep(idleMs)
        if (isOver()) return
        for (const { log, reason } of this.#alarms.splice(0)) await this.#freeze(log, reason)
        if (performance.now() >= heartbeatAt) {
          const started = performance.now()
          const { evidence, more } = await this.#settings.thread.heartbeat()
          for (const one of evidence) this.#publish(one)
          const ended = performance.now()
          if (!more) roundAt = Math.max(roundAt + this.#settings.heartbeatMs, ended)
          heartbeatAt = more ? ended + HEARTBEAT_REST * (ended - started) : roundAt
        }
        if (this.#grown.size > 0) await this.#advance()
      } catch (error) {
        if (isOver()) return
        this.#settings.onError(error)
        await this.#sleep(RETRY_MS)
      }
    }
  }

  async #advance(): Promise<void> {
    // Where there is more than is done at a time, nothing is won by waiting for still more.
    if (this.#grown.size < LOGS_AT_ONCE && !this.#isBehind) await this.#gather()
    const wanted = [...this.#waiters.keys(), ...this.#wantedElsewhere]
    this.#wantedElsewhere.clear()
    const taken = this.#grown.take(wanted, LOGS_AT_ONCE)
    let again = taken
    try {
      const { evidence, unfinished, failures } = await this.#settings.thread.advance(
        taken.map(({ log }) => log),
      )
      const failed = new Set(failures.map(({ log }) => keyOf(log)))
      again = taken.filter(({ log }) => failed.has(keyOf(log)))
      for (const one of evidence) this.#publish(one)
      // Behind the others, so that one log that has much to do keeps none of them waiting.
      this.appended(unfinished)
      this.#isBehind = unfinished.length > 0
      if (failures.length > 0) throw failures[0]?.error
    } finally {
      this.#grown.settle(again)
    }
  }

  async #freeze(log: LogName, reason: string): Promise<void> {
    const origin = this.of(log)?.origin
    const evidence = origin === undefined ? undefined : await this.#settings.thread.freeze(origin, reason)
    if (evidence !== undefined) this.#publish(evidence)
  }

  /** Publishes what this process has signed. */
  #publish(signed: LogEvidence): void {
    this.#announce(signed)
    this.#settings.shared?.signed()
  }

  #announce(signed: LogEvidence): void {
    this.#take(signed)
    if (signed.frozen === undefined) this.#settings.onSigned?.(signed)
  }

  /** Takes in what was signed, whoever did. */
  #take(signed: LogEvidence): void {
    const key = keyOf(signed.log)
    const before = this.#evidence.get(key)
    // Signed again, a checkpoint has the same text, and what witnesses said of it still holds.
    const evidence = withCosignatures(signed, this.#cosignatures.get(key))
    this.#evidence.set(key, evidence)
    if (evidence.frozen !== undefined && before?.frozen === undefined) this.#settings.onFrozen(evidence)
    if (evidence.frozen === undefined) this.#frozen.delete(key)
    else this.#frozen.set(key, evidence)
    for (const waiter of [...(this.#waiters.get(key) ?? [])]) {
      if (evidence.size >= waiter.size) waiter.finish(true)
      else if (evidence.frozen !== undefined) waiter.finish(false)
    }
  }

  /** Lets growth gather until the oldest of it has waited for a while, for less time when somebody waits for it. */
  async #gather(): Promise<void> {
    while (!this.#closing && this.#leading?.until.aborted !== true) {
      const { since } = this.#grown
      if (since === undefined) return
      const isWaitedFor = this.#waiters.size + this.#wantedElsewhere.size > 0
      const leftMs = since + (isWaitedFor ? GATHER_WAITED_FOR_MS : GATHER_MS) - performance.now()
      if (leftMs <= 0) return
      await this.#sleep(leftMs)
    }
  }

  /** Sleeps until woken, or for `ms`. */
  async #sleep(ms: number): Promise<void> {
    if (this.#closing) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}

/** Keys are derived when somebody asks: deriving those of all logs took most of a start. */
function withKeys(
  { earlier, ...known }: LogEvidence & { readonly note: string },
  vkeysOf: EvidenceSettings['vkeysOf'],
): PublishedEvidence {
  const published = { ...known, vkeys: vkeysOf(known.origin, known.generation) }
  if (earlier === undefined) return published
  return {
    ...published,
    earlier: earlier.map((one) => ({ ...one, vkeys: vkeysOf(one.origin, one.generation) })),
  }
}

/** Why nothing more is signed under an origin that was left for another one. */
export function leftFor(origin: string): string {
  return `It goes on as ${origin}.`
}

function pendingHint(known: LogEvidence | undefined): string {
  return known?.frozen === undefined
    ? 'Ask again in a second.'
    : 'The log is frozen: what is stored does not extend what was signed, and the operator has to look at it.'
}

interface Waiter {
  readonly size: number
  readonly finish: (reached: boolean) => void
}

interface Leading {
  readonly until: AbortSignal
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}
