import { AppError, type LogName } from '@counterfoil/core'

/** A checkpoint that enough witnesses have cosigned, with their lines. */
export interface CosignedCheckpoint {
  readonly origin: string
  readonly size: number
  readonly note: string
}

/** What witnesses have said of one checkpoint so far. */
interface Gathering {
  readonly checkpoint: CosignedCheckpoint
  /** By the name of the witness. */
  readonly lines: Map<string, string>
}

/** Checkpoints of a log whose cosignatures are still gathered: a slow witness answers for one when newer ones are signed already. */
const GATHERED_MAX = 16
/** How long a request waits for witnesses, each of which may be anywhere in the world. */
const WAIT_MS = 10_000

/** What the policy asks for. */
export interface Quorum {
  /** Whether it asks for any witness. */
  readonly isAsked: boolean
  /** Whether these witnesses, by name, are enough. */
  isMetBy(witnesses: readonly string[]): boolean
}

interface Waiter {
  readonly size: number
  readonly finish: (reached: CosignedCheckpoint | undefined) => void
}

/** The newest checkpoint of each log that meets the quorum of the policy, since the start of the process. */
export class CosignedCheckpoints {
  readonly #quorum: Quorum
  readonly #gathered = new Map<string, Gathering[]>()
  readonly #newest = new Map<string, CosignedCheckpoint>()
  readonly #waiters = new Map<string, Set<Waiter>>()
  readonly #waitMs: number

  constructor(quorum: Quorum, waitMs = WAIT_MS) {
    this.#quorum = quorum
    this.#waitMs = waitMs
  }

  of(log: LogName): CosignedCheckpoint | undefined {
    return this.#newest.get(keyOf(log))
  }

  /** Takes a witness's line for a checkpoint; gives the checkpoint with all its lines when these are enough. */
  add(
    log: LogName,
    signed: CosignedCheckpoint,
    witness: string,
    line: string,
  ): CosignedCheckpoint | undefined {
    const key = keyOf(log)
    const all = this.#gathered.get(key) ?? []
    let gathering = all.find(({ checkpoint }) => checkpoint.note === signed.note)
    if (gathering === undefined) {
      gathering = { checkpoint: signed, lines: new Map() }
      this.#gathered.set(key, [...all, gathering].slice(-GATHERED_MAX))
    }
    gathering.lines.set(witness, line)
    if (!this.#quorum.isMetBy([...gathering.lines.keys()])) return undefined
    const cosigned = { ...signed, note: signed.note + [...gathering.lines.values()].join('') }
    this.#put(log, cosigned)
    return cosigned
  }

  #put(log: LogName, checkpoint: CosignedCheckpoint): void {
    const key = keyOf(log)
    const known = this.#newest.get(key)
    if (known?.origin === checkpoint.origin && known.size > checkpoint.size) return
    this.#newest.set(key, checkpoint)
    for (const waiter of [...(this.#waiters.get(key) ?? [])])
      if (checkpoint.size >= waiter.size) waiter.finish(checkpoint)
  }

  /** Throws `invalid_request` where nobody is asked to witness, which would be waited for in vain. */
  requireAsked(): void {
    if (this.#quorum.isAsked) return
    throw new AppError('invalid_request', {
      param: 'wait',
      hint: 'No witnesses are asked here: the setting witness_policy names none, or no quorum. Wait for "checkpoint".',
    })
  }

  /** A checkpoint over the first `size` entries that enough witnesses have cosigned; undefined after ten seconds. */
  async waitFor(log: LogName, size: number): Promise<CosignedCheckpoint | undefined> {
    const known = this.of(log)
    if (known !== undefined && known.size >= size) return known
    return new Promise((resolve) => {
      const key = keyOf(log)
      const waiters = this.#waiters.get(key) ?? new Set()
      const finish = (reached: CosignedCheckpoint | undefined) => {
        clearTimeout(timer)
        waiters.delete(waiter)
        if (waiters.size === 0) this.#waiters.delete(key)
        resolve(reached)
      }
      const waiter: Waiter = { size, finish }
      const timer = setTimeout(() => finish(undefined), this.#waitMs)
      this.#waiters.set(key, waiters.add(waiter))
    })
  }

  /** Lets everybody go who waits. */
  close(): void {
    for (const waiters of [...this.#waiters.values()])
      for (const { finish } of [...waiters]) finish(undefined)
  }
}

function keyOf({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}
