import { type LogName, type PolicyWitness, parseNote } from '@counterfoil/core'
import type { LogEvidence } from '../evidence/evidence.js'
import { submitCheckpoint } from './submit.js'

export interface WitnessingSettings {
  /** Those that have a URL are asked. */
  readonly witnesses: readonly PolicyWitness[]
  /** Proof that the tree of `to` entries begins with that of `from`. */
  readonly consistency: (log: LogName, from: number, to: number) => Promise<readonly Uint8Array[]>
  /** What was signed last of a log, as it is now. */
  readonly newest: (log: LogName) => LogEvidence | undefined
  /** Takes a cosignature of a checkpoint, whose text this is. */
  readonly onCosigned: (signed: LogEvidence, text: string, witness: string, line: string) => void
  /** Told when a witness has cosigned what this log does not have: nothing more of it may be signed. */
  readonly onFork: (log: LogName, reason: string) => void
  /** Told when a witness begins to fail, and when it works again. */
  readonly onTrouble: (witness: string, reason: string | undefined) => void
}

/** One log at one witness. */
interface Pair {
  readonly witness: PolicyWitness
  readonly log: LogName
  /** What the witness cosigned last, as far as we know. */
  knownSize: number
  /** The newest that is to be submitted. */
  next: LogEvidence | undefined
  running: boolean
  /** Not before this moment, performance.now(). */
  notBefore: number
}

const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 60_000
/** A witness says where it is at most once for each checkpoint; more often, something is wrong with it. */
const CONFLICTS_MAX = 2

/** Reason of a freeze by a witness: with it the log stays frozen for as long as that witness is asked. */
export function forkReason(witness: string, what: string): string {
  return `${witnessPrefix(witness)}${what}`
}

export function witnessPrefix(witness: string): string {
  return `Witness ${witness}: `
}

/**
 * Shows every new checkpoint to the witnesses, each on its own, the newest of each log only. Publishing never waits for
 * them: cosignatures are attached when they come.
 */
export class Witnessing {
  readonly #settings: WitnessingSettings
  readonly #pairs = new Map<string, Pair>()
  readonly #delays = new Map<string, number>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #closed = false

  constructor(settings: WitnessingSettings) {
    this.#settings = settings
  }

  /** Told of each checkpoint that is published, also of one that was signed again. */
  published(evidence: LogEvidence): void {
    if (this.#closed || evidence.note === undefined) return
    for (const witness of this.#settings.witnesses) {
      if (witness.url === undefined) continue
      const pair = this.#pair(witness, evidence)
      pair.next = evidence
      void this.#run(pair)
    }
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #pair(witness: PolicyWitness, { origin, log }: LogEvidence): Pair {
    const key = `${witness.name} ${origin}`
    let pair = this.#pairs.get(key)
    if (pair === undefined) {
      pair = { witness, log, knownSize: 0, next: undefined, running: false, notBefore: 0 }
      this.#pairs.set(key, pair)
    }
    return pair
  }

  async #run(pair: Pair): Promise<void> {
    if (pair.running || performance.now() < pair.notBefore) return
    pair.running = true
    try {
      while (pair.next !== undefined && !this.#closed) {
        const evidence = pair.next
        pair.next = undefined
        const trouble = await this.#submit(pair, evidence).catch(({ message }: Error) => message)
        if (this.#closed) return
        if (trouble === undefined) {
          this.#delays.delete(pair.witness.name)
          this.#settings.onTrouble(pair.witness.name, undefined)
          continue
        }
        this.#settings.onTrouble(pair.witness.name, trouble)
        this.#retryLater(pair, evidence)
        return
      }
    } finally {
      pair.running = false
    }
  }

  /** Undefined when there is nothing more to do about this checkpoint; otherwise what went wrong. */
  async #submit(pair: Pair, evidence: LogEvidence): Promise<string | undefined> {
    const { witness, log } = pair
    const { onCosigned, onFork } = this.#settings
    const note = evidence.note ?? ''
    const { text } = parseNote(new TextEncoder().encode(note))
    for (let conflicts = 0; conflicts <= CONFLICTS_MAX; conflicts++) {
      const proof = await this.#proof(log, pair.knownSize, evidence.size)
      const answer = await submitCheckpoint({ witness, oldSize: pair.knownSize, proof, note, text })
      if (this.#closed) return undefined
      if (answer.kind === 'failed') return answer.reason
      if (answer.kind === 'cosigned') {
        pair.knownSize = evidence.size
        onCosigned(evidence, text, witness.name, answer.line)
        return undefined
      }
      if (answer.kind === 'inconsistent') {
        onFork(log, forkReason(witness.name, `it has cosigned another history of this log: ${answer.reason}`))
        return undefined
      }
      const newest = this.#settings.newest(log)?.size ?? 0
      if (answer.size > Math.max(newest, evidence.size)) {
        const what = `it has cosigned ${answer.size} entries of this log, which has only ${newest}: the log was rolled back.`
        onFork(log, forkReason(witness.name, what))
        return undefined
      }
      pair.knownSize = answer.size
      // Something newer was shown to it meanwhile, which is on its way to us.
      if (answer.size > evidence.size) return undefined
    }
    return 'It keeps saying that it is somewhere else.'
  }

  async #proof(log: LogName, from: number, to: number): Promise<readonly Uint8Array[]> {
    return from === 0 || from >= to ? [] : this.#settings.consistency(log, from, to)
  }

  /** Waits longer each time, up to a minute: a witness that is away is not flooded when it comes back. */
  #retryLater(pair: Pair, evidence: LogEvidence): void {
    const { name } = pair.witness
    const delay = Math.min(RETRY_MS_MAX, this.#delays.get(name) ?? RETRY_MS_MIN)
    this.#delays.set(name, 2 * delay)
    pair.next ??= evidence
    pair.notBefore = performance.now() + delay
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      pair.notBefore = 0
      void this.#run(pair)
    }, delay)
    timer.unref()
    this.#timers.add(timer)
  }
}
