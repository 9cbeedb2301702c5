import { setTimeout as delay } from 'node:timers/promises'
import type { Postgres } from '../../postgres/postgres.js'
import type { Lease, Leases } from '../leases.js'

export interface PostgresLeasesSettings {
  readonly postgres: Postgres
  /**
   * Who holds, for as long as the process lives and the same after it: whoever holds its data directory. It takes back at once
   * what it held before it died.
   */
  readonly holder: string
  readonly onError: (error: unknown) => void
  /** Milliseconds; a test may have other ones. */
  readonly ttlMs?: number
}

/** How long a lease outlives its last renewal. With `TRY_MS` on top another process takes it within 4 s of a death. */
const TTL_MS = 3_500
const RENEW_MS = 1_000
const TRY_MS = 400
/** Before its end by the clock of the server a holder stops: an answer may have been that long under way. */
const MARGIN_MS = 500

/** Leases as rows of PostgreSQL, with its clock alone: those of the processes may differ. */
export class PostgresLeases implements Leases {
  readonly #settings: PostgresLeasesSettings
  readonly #ttlMs: number
  readonly #held = new Set<HeldLease>()

  constructor(settings: PostgresLeasesSettings) {
    this.#settings = settings
    this.#ttlMs = settings.ttlMs ?? TTL_MS
  }

  async acquire(name: string, signal: AbortSignal): Promise<Lease> {
    let failing = false
    for (;;) {
      signal.throwIfAborted()
      try {
        const askedMs = performance.now()
        const token = await this.#take(name)
        if (token !== undefined) return this.#hold(name, token, askedMs)
        failing = false
      } catch (error) {
        // Told once for as long as it lasts.
        if (!failing) this.#settings.onError(error)
        failing = true
      }
      await delay(TRY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#held].map((lease) => lease.release()))
  }

  async #take(name: string): Promise<number | undefined> {
    const { postgres, holder } = this.#settings
    const free =
      "INSERT INTO leases (name, holder, token, expires) VALUES ($1, '', 0, '-infinity') ON CONFLICT DO NOTHING"
    await postgres.query(free, [name])
    const { rows } = await postgres.query<{ token: number }>(
      `UPDATE leases SET holder = $2, token = token + 1, expires = clock_timestamp() + make_interval(secs => $3)
       WHERE name = (SELECT name FROM leases WHERE name = $1 AND (expires < clock_timestamp() OR holder = $2)
                     FOR UPDATE SKIP LOCKED)
       RETURNING token`,
      [name, holder, this.#ttlMs / 1_000],
    )
    return rows[0]?.token
  }

  #hold(name: string, token: number, askedMs: number): Lease {
    const lease = new HeldLease({
      name,
      token,
      askedMs,
      ttlMs: this.#ttlMs,
      renew: () => this.#renew(name, token),
      giveBack: () => this.#giveBack(name, token),
      onError: this.#settings.onError,
      onEnd: () => this.#held.delete(lease),
    })
    this.#held.add(lease)
    return lease
  }

  /** Whether it is still held; also when it has expired and nobody has taken it. */
  async #renew(name: string, token: number): Promise<boolean> {
    const { count } = await this.#settings.postgres.query(
      'UPDATE leases SET expires = clock_timestamp() + make_interval(secs => $3) WHERE name = $1 AND token = $2',
      [name, token, this.#ttlMs / 1_000],
    )
    return count === 1
  }

  async #giveBack(name: string, token: number): Promise<void> {
    await this.#settings.postgres.query(
      "UPDATE leases SET expires = '-infinity' WHERE name = $1 AND token = $2",
      [name, token],
    )
  }
}

interface HeldLeaseSettings {
  readonly name: string
  readonly token: number
  readonly askedMs: number
  readonly ttlMs: number
  readonly renew: () => Promise<boolean>
  readonly giveBack: () => Promise<void>
  readonly onError: (error: unknown) => void
  readonly onEnd: () => void
}

class HeldLease implements Lease {
  readonly name: string
  readonly token: number
  readonly #settings: HeldLeaseSettings
  readonly #loss = new AbortController()
  #deadline: NodeJS.Timeout
  #renewal: NodeJS.Timeout | undefined
  #ended = false

  constructor(settings: HeldLeaseSettings) {
    this.#settings = settings
    this.name = settings.name
    this.token = settings.token
    this.#deadline = this.#endIn(settings.askedMs)
    this.#schedule()
  }

  get lost(): AbortSignal {
    return this.#loss.signal
  }

  async release(): Promise<void> {
    if (this.#ended) return
    this.#end('given back')
    try {
      await this.#settings.giveBack()
    } catch (error) {
      // It expires by itself.
      this.#settings.onError(error)
    }
  }

  #schedule(): void {
    this.#renewal = setTimeout(() => void this.#renew(), RENEW_MS)
  }

  async #renew(): Promise<void> {
    const askedMs = performance.now()
    try {
      const isHeld = await this.#settings.renew()
      if (this.#ended) return
      if (!isHeld) {
        this.#end('taken by another process')
        return
      }
      clearTimeout(this.#deadline)
      this.#deadline = this.#endIn(askedMs)
    } catch {
      // Tried again until the deadline, of which whoever works under the lease is told.
      if (this.#ended) return
    }
    this.#schedule()
  }

  /** From when the last renewal was asked for, as its answer may have taken long. */
  #endIn(askedMs: number): NodeJS.Timeout {
    const leftMs = askedMs + this.#settings.ttlMs - MARGIN_MS - performance.now()
    return setTimeout(() => this.#end('not renewed in time'), Math.max(0, leftMs))
  }

  #end(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#renewal)
    this.#settings.onEnd()
    this.#loss.abort(new Error(`The lease ${this.name} was ${reason}`))
  }
}
