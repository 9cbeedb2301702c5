import { setTimeout as delay } from 'node:timers/promises'
import type { DedicatedConnection, Postgres } from '../../postgres/postgres.js'

/** What processes tell each other. It only saves waiting: whatever is told can be found out by looking, too. */
export const SIGNALS = ['index_wanted', 'indexed', 'checkpoint_wanted', 'signed'] as const
export type Signal = (typeof SIGNALS)[number]

const CHANNEL = 'counterfoil'
const RETRY_MS = 1_000

/** Signals by LISTEN and NOTIFY. One that is sent while the database is away is lost, and so is one that nobody hears. */
export class Signals {
  readonly #postgres: Postgres
  readonly #listeners = new Map<Signal, Set<(text: string) => void>>()
  readonly #stopping = new AbortController()
  #connection: DedicatedConnection | undefined
  #running: Promise<void> | undefined
  /** What waits to be sent, one text for each signal: the newest says it all. */
  readonly #unsent = new Map<string, { readonly signal: Signal; readonly text: string }>()
  #sending = false

  constructor(postgres: Postgres) {
    this.#postgres = postgres
  }

  start(): void {
    this.#running = this.#listen()
  }

  /** Gives what ends the listening. */
  on(signal: Signal, listener: (text: string) => void): () => void {
    const known = this.#listeners.get(signal) ?? new Set()
    this.#listeners.set(signal, known.add(listener))
    return () => known.delete(listener)
  }

  /** Tells every process, this one included. Of several texts with one `key` that wait to be sent the last goes. */
  send(signal: Signal, text: string, key = ''): void {
    this.#unsent.set(`${signal} ${key}`, { signal, text })
    if (!this.#sending) void this.#sendAll()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    this.#connection?.release(true)
    await this.#running
  }

  async #sendAll(): Promise<void> {
    this.#sending = true
    while (this.#unsent.size > 0 && !this.#stopping.signal.aborted) {
      const texts = [...this.#unsent.values()].map(({ signal, text }) => `${signal} ${text}`)
      this.#unsent.clear()
      try {
        await this.#postgres.query('SELECT pg_notify($1, t) FROM unnest($2::text[]) AS t', [CHANNEL, texts])
      } catch {
        // Lost. Whoever would have heard it looks for itself a little later.
      }
    }
    this.#sending = false
  }

  async #listen(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const connection = await this.#postgres.connect()
        this.#connection = connection
        const broken = new Promise<void>((resolve) => {
          connection.onBroken(() => resolve())
          this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true })
        })
        await connection.listen(CHANNEL, (payload) => this.#heard(payload))
        await broken
        this.#connection = undefined
        if (!this.#stopping.signal.aborted) connection.release(true)
      } catch {
        // The database is away, as others will say.
      }
      await delay(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  #heard(payload: string): void {
    const space = payload.indexOf(' ')
    const listeners = this.#listeners.get(payload.slice(0, space) as Signal) ?? []
    for (const listener of listeners) listener(payload.slice(space + 1))
  }
}
