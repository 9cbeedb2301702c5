import { hostname } from 'node:os'
import type { Postgres } from '../../postgres/postgres.js'

export interface ProcessRegistrySettings {
  readonly postgres: Postgres
  readonly holder: string
  readonly version: string
  /** Told when clocks begin to differ, in a sentence, and with undefined when they agree again. */
  readonly onClocks: (sentence: string | undefined) => void
  /** Milliseconds since 1970; a test may have another clock. */
  readonly now?: () => number
}

/** Another server process, as it said of itself a moment ago. */
export interface OtherProcess {
  readonly host: string
  readonly pid: number
  readonly version: string
  /** How far its clock is ahead of ours, milliseconds. */
  readonly aheadMs: number
}

const BEAT_MS = 5_000
/** Who was not heard of for so long does not run any more. */
const GONE_S = 20
const FORGOTTEN_S = 86_400
/** Times of entries are the server's: a difference that people would see. */
export const CLOCKS_APART_MS = 1_000

/** Knows which server processes share the database, and whether their clocks agree. */
export class ProcessRegistry {
  readonly #settings: ProcessRegistrySettings
  readonly #now: () => number
  #others: readonly OtherProcess[] = []
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> | undefined
  #sentence: string | undefined

  constructor(settings: ProcessRegistrySettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  /** Says that this process runs, and looks who else does. Rejects when the database is away. */
  async start(): Promise<void> {
    await this.beat()
    this.#timer = setInterval(() => {
      this.#beating ??= this.beat()
        // The database is away, as others will say.
        .catch(() => undefined)
        .finally(() => {
          this.#beating = undefined
        })
    }, BEAT_MS).unref()
  }

  /** The others that run now. */
  get others(): readonly OtherProcess[] {
    return this.#others
  }

  /** What is wrong with the clocks, in a sentence; undefined when they agree. */
  get clocks(): string | undefined {
    return this.#sentence
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#beating
    await this.#settings.postgres
      .query('DELETE FROM processes WHERE holder = $1', [this.#settings.holder])
      // It is forgotten by itself.
      .catch(() => undefined)
  }

  async beat(): Promise<void> {
    const { postgres, holder, version } = this.#settings
    const ownSkewMs = await this.#skew()
    await postgres.query(
      `INSERT INTO processes (holder, host, pid, version, clock_skew_ms, started_at, seen_at)
       VALUES ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp())
       ON CONFLICT (holder) DO UPDATE SET host = $2, pid = $3, version = $4, clock_skew_ms = $5, seen_at = clock_timestamp(),
         started_at = CASE WHEN processes.pid = $3 THEN processes.started_at ELSE clock_timestamp() END`,
      [holder, hostname(), process.pid, version, ownSkewMs],
    )
    await postgres.query(
      'DELETE FROM processes WHERE seen_at < clock_timestamp() - make_interval(secs => $1)',
      [FORGOTTEN_S],
    )
    const { rows } = await postgres.query<{ host: string; pid: number; version: string; skew: number }>(
      `SELECT host, pid, version, clock_skew_ms AS skew FROM processes
       WHERE holder <> $1 AND seen_at > clock_timestamp() - make_interval(secs => $2) ORDER BY holder`,
      [holder, GONE_S],
    )
    this.#others = rows.map(({ host, pid, version: theirs, skew }) => ({
      host,
      pid,
      version: theirs,
      aheadMs: ownSkewMs - skew,
    }))
    this.#judge()
  }

  /** How far the database's clock is ahead of ours. */
  async #skew(): Promise<number> {
    const askedMs = this.#now()
    const { rows } = await this.#settings.postgres.query<{ ms: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
    )
    return Math.round((rows[0] as { ms: number }).ms - (askedMs + this.#now()) / 2)
  }

  #judge(): void {
    const worst = this.#others.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))[0]
    const isApart = worst !== undefined && Math.abs(worst.aheadMs) > CLOCKS_APART_MS
    const before = this.#sentence
    this.#sentence = isApart ? sentenceOf(worst) : undefined
    if ((before === undefined) !== (this.#sentence === undefined)) this.#settings.onClocks(this.#sentence)
  }
}

function sentenceOf({ host, pid, aheadMs }: OtherProcess): string {
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1)
  return `The clock of the server process ${pid} on ${host} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this one's: set both by NTP.`
}
