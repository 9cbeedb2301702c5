import { setTimeout as delay } from 'node:timers/promises'
import {
  type AdmittedEntry,
  AppError,
  epochNumber,
  HASH_BYTES,
  type LogName,
  logOrigin,
  type SectionPath,
} from '@counterfoil/core'
import { CommitUnknown, failureOf, isDivisionByZero } from '../../postgres/failures.js'
import type { Postgres, SqlConnection } from '../../postgres/postgres.js'
import { scrubTables } from '../../postgres/scrub.js'
import { AppendPlan, type LogPlan, receiptsOf } from '../append-plan.js'
import { GENESIS_BYTES } from '../block.js'
import { DecodedSegments } from '../decoded-segments.js'
import { IDEMPOTENCY_KEY_KEPT_MS, seqRanges } from '../idempotency.js'
import type {
  AppendedRows,
  AppendResult,
  IndexProgress,
  Journal,
  JournalBatch,
  LateBatches,
  LogStart,
  Receipt,
  RestingEntries,
  TrimBounds,
} from '../journal.js'
import { RestingLookups, RestingNeeded } from '../resting-lookups.js'
import { RestingRows } from '../resting-rows.js'
import { Sealer } from '../sealer.js'
import { epochsText, nameKey, type StoredLog } from '../stored-log.js'
import { confirmAccessVersion, isAccessChanged, readAccessVersion } from './access-version.js'
import { begin, beginLate, beginLogs, readHistory } from './append-history.js'
import { IdIndex } from './id-index.js'
import { eraseRows, pruneRows, readLog, trimRows } from './row-upkeep.js'
import { type JournalDatabase, openForWriting, readMeta } from './schema.js'
import { type LogWrite, type WriteAnswer, writeStatement } from './write-statement.js'

export interface PostgresJournalSettings extends JournalDatabase {
  /** Which search index's progress is noted. */
  readonly index: string
  /** Host part of log origins, fixed when the journal is made. */
  readonly originHost: string
  /** Microseconds since 1970; may step back. */
  readonly now: () => number
  /** Gives the entries whose rows were trimmed. */
  readonly resting?: () => Promise<RestingEntries>
  /** Told once when the journal freezes, with what the database said. */
  readonly onFrozen?: (cause: unknown) => void
  /** Ids that are written as one run; see id-fingerprints.ts. */
  readonly idRunEntries?: number
  /** How long an append waits for a database that is away before it gives up; 5,000 when left out. */
  readonly awayMsMax?: number
}

/** Opens the journal in PostgreSQL; makes its tables when they are not there. Any number of processes may append at once. */
export async function openPostgresJournal(settings: PostgresJournalSettings): Promise<Journal> {
  const postgres = await openForWriting(settings, settings.originHost)
  try {
    await assertHeadsMatch(postgres)
    const ids = new IdIndex(Number(await readMeta(postgres, 'fingerprint_seed')), settings.idRunEntries)
    await ids.catchUp(postgres)
    return new PostgresJournal(postgres, settings, ids, await readMeta(postgres, 'origin_host'))
  } catch (error) {
    await postgres.close()
    throw error
  }
}

const AWAY_MS_MAX = 5_000
const RETRY_MS = 100

/** Rows and heads that were sent; COMMIT is next. */
interface Sealed {
  readonly plans: readonly LogPlan[]
  readonly writes: readonly LogWrite[]
  readonly rows: readonly Omit<AppendedRows, 'firstPosition' | 'lastPosition'>[]
  /** Position of the newest row before: of the newest row at all, when nothing was written. */
  readonly base: Promise<number>
}

interface Written extends Sealed {
  readonly plan: AppendPlan
}

class PostgresJournal implements Journal {
  readonly #postgres: Postgres
  readonly #settings: PostgresJournalSettings
  readonly #ids: IdIndex
  readonly #originHost: string
  readonly #sealer = new Sealer()
  readonly #decoded = new DecodedSegments()
  readonly #resting: RestingRows
  /** Names of logs that are there: a log is never removed. */
  readonly #known = new Set<string>()
  #turn: Promise<unknown> = Promise.resolve()
  #frozenBy: { readonly cause: unknown } | undefined

  constructor(postgres: Postgres, settings: PostgresJournalSettings, ids: IdIndex, originHost: string) {
    this.#postgres = postgres
    this.#settings = settings
    this.#ids = ids
    this.#originHost = originHost
    this.#resting = new RestingRows(settings.resting)
  }

  append(batches: readonly JournalBatch[], late: LateBatches = () => []): Promise<AppendResult> {
    return this.#inTurn(() => this.#appendSurely([...batches], late))
  }

  accessVersion(): Promise<number> {
    return this.#guarded(() => readAccessVersion(this.#postgres))
  }

  trim(name: LogName, until: TrimBounds, rowsMax: number): Promise<number> {
    return this.#inTurn(async () => {
      // Rows whose ids are in no run yet stay.
      await this.#ids.catchUp(this.#postgres)
      const position = Math.min(until.position, this.#ids.runsPosition)
      return trimRows(this.#postgres, name, { size: until.size, position }, rowsMax)
    })
  }

  beginEpoch(
    name: LogName,
    epoch: number,
    entryOf: (carriedSize: number) => AdmittedEntry,
  ): Promise<Receipt> {
    return this.#inTurn(async () => {
      const origin = logOrigin(this.#originHost, name.organization_id, name.mode, epoch)
      const written = await this.#postgres.transaction(async (sql) => {
        await beginLogs(sql, [name], this.#originHost)
        const before = await readLog(sql, name, 'FOR UPDATE')
        if (before === undefined) throw new Error('the head of a log that was begun is missing')
        if ((epochNumber(before.chain.origin) as number) >= epoch)
          throw new RangeError(`epoch ${epoch} does not follow ${before.chain.origin}`)
        const log = await saveEpoch(sql, before, origin)
        return this.#seal(sql, [
          { log, fresh: [entryOf(log.chain.size)], freshById: new Map(), receipts: [] },
        ])
      })
      await this.#remember(written, await written.base)
      return written.plans[0]?.receipts[0] as Receipt
    })
  }

  async erase(log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void> {
    await this.#guarded(() => eraseRows(this.#postgres, { log, seqs, paths, now: this.#settings.now() }))
  }

  prune(name: LogName, start: LogStart, rowsMax: number): Promise<number> {
    return this.#guarded(() => pruneRows(this.#postgres, name, start, rowsMax))
  }

  async scrub(): Promise<boolean> {
    return this.#guarded(() => scrubTables(this.#settings, ['blocks', 'idempotency_keys']))
  }

  async saveIndexProgress({ donePosition, sendingPosition }: IndexProgress): Promise<void> {
    await this.#guarded(() =>
      this.#postgres.query({
        name: 'save_progress',
        text: `INSERT INTO index_progress VALUES ($1, $2, $3)
          ON CONFLICT (index_id) DO UPDATE SET done_position = $2, sending_position = $3`,
        values: [this.#settings.index, donePosition, sendingPosition],
      }),
    )
  }

  async close(): Promise<void> {
    await this.#turn
    await this.#postgres.close()
    await this.#resting.close()
  }

  /** One append of this process at a time: the next seals upon what this one leaves. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(() => this.#guarded(work))
    this.#turn = result.catch(() => undefined)
    return result
  }

  async #guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#frozenBy !== undefined) throw this.#frozen(this.#frozenBy.cause)
    try {
      return await work()
    } catch (error) {
      // The statement that writes divides by zero when a head was not where this transaction had locked it.
      if (isDivisionByZero(error)) {
        throw new AppError('damaged_journal', {
          hint: 'The head of a log moved while this server held it locked: something else writes to it. Nothing was recorded.',
          cause: error,
        })
      }
      // Damage that the database itself found: what it holds is then unknown. A database that is away is not damaged.
      if (!(error instanceof AppError) || failureOf(error.cause) !== 'damaged') throw error
      this.#frozenBy = { cause: error.cause }
      this.#settings.onFrozen?.(error.cause)
      throw this.#frozen(error.cause)
    }
  }

  #frozen(cause: unknown): AppError {
    return new AppError('journal_frozen', {
      hint: 'The operator has to look at the database and restart the server. Send the request again after that: with the same ids nothing is stored twice.',
      cause,
    })
  }

  /**
   * Appends, over broken connections too. Where one broke while committing, the rows themselves tell what became of it, once
   * the locks of the old transaction are gone: nothing is guessed, and nothing is written twice. Late ones are added to `batches`.
   */
  async #appendSurely(batches: JournalBatch[], late: LateBatches): Promise<AppendResult> {
    const resting = new RestingLookups()
    const givesUpAt = performance.now() + (this.#settings.awayMsMax ?? AWAY_MS_MAX)
    let doubtful: Written | undefined
    let asksAccessVersion = false
    for (;;) {
      let attempted: Written | undefined
      try {
        const base = doubtful === undefined ? undefined : await this.#basePosition(doubtful)
        if (doubtful !== undefined && base !== undefined) return this.#finish(doubtful, base)
        doubtful = undefined
        await this.#postgres.transaction(async (sql) => {
          attempted = await this.#write(sql, batches, late, { resting, asksAccessVersion })
        })
        const written = attempted as unknown as Written
        return await this.#finish(written, await written.base)
      } catch (error) {
        if (error instanceof RestingNeeded) await resting.load(this.#resting)
        // Decided anew, as of the version that it has now.
        else if (isAccessChanged(error)) asksAccessVersion = true
        else {
          if (error instanceof CommitUnknown) doubtful = attempted ?? doubtful
          if (!isPassing(error) || performance.now() > givesUpAt) throw error
          await delay(RETRY_MS)
        }
      }
    }
  }

  /** Locks heads, decides what is new, seals it, and sends the rows; COMMIT follows without waiting for the answer. */
  async #write(
    sql: SqlConnection,
    batches: JournalBatch[],
    late: LateBatches,
    { resting, asksAccessVersion }: { readonly resting: RestingLookups; readonly asksAccessVersion: boolean },
  ): Promise<Written> {
    const known = this.#known
    const asked = {
      originHost: this.#originHost,
      known,
      ids: this.#ids,
      asksAccessVersion,
      nowMs: Math.floor(this.#settings.now() / 1000),
    }
    const begun = await begin(sql, batches, asked)
    const joining = late((log) => begun.logs.has(nameKey(log)))
    batches.push(...joining)
    const beginning = await beginLate(sql, begun, joining, asked)
    // Not before the heads are locked: whoever held them may have waited for long, and recorded meanwhile.
    const now = this.#settings.now()
    const nowMs = Math.floor(now / 1000)
    const more = { beginning, ids: this.#ids, decoded: this.#decoded, resting }
    const plan = new AppendPlan(await readHistory(sql, batches, more), now)
    for (const batch of batches) plan.add(batch)
    if (resting.missing) throw new RestingNeeded()
    const { accessVersion } = beginning
    const sealed = this.#seal(sql, [...plan.logs.values()], now, accessVersion)
    // Nothing is written for what is answered as it was before.
    if (accessVersion !== undefined && sealed.writes.length === 0)
      void sql.query(confirmAccessVersion(accessVersion))
    saveKeys(sql, plan, nowMs)
    return { ...sealed, plan }
  }

  /** Seals what is new in each log and sends it. */
  #seal(
    sql: SqlConnection,
    plans: readonly LogPlan[],
    now = this.#settings.now(),
    accessVersion?: number,
  ): Sealed {
    const writes: LogWrite[] = []
    const rows: Sealed['rows'][number][] = []
    for (const plan of plans) {
      const { log, fresh } = plan
      if (fresh.length === 0) continue
      const sealed = this.#sealer.seal(log.chain, fresh, Math.max(now, log.chain.recordedAt))
      const { blocks, chain } = sealed
      plan.receipts = sealed.receipts
      writes.push({ log, blocks, chain })
      rows.push({
        log: log.name,
        firstSeq: log.chain.size,
        recordedAt: chain.recordedAt,
        entries: fresh,
        ids: sealed.receipts.map(({ id }) => id),
        counts: blocks.map(({ count }) => count),
      })
    }
    const statement = writes.length === 0 ? LAST_POSITION : writeStatement(writes, accessVersion)
    const base = sql.query<WriteAnswer>(statement).then(({ rows: [first] }) => (first as WriteAnswer).base)
    // A failure is told by the transaction's end.
    base.catch(() => undefined)
    return { plans, writes, rows, base }
  }

  async #finish(written: Written, base: number): Promise<AppendResult> {
    const { rows, lastPosition } = await this.#remember(written, base)
    return { outcomes: written.plan.outcomes(), rows, lastPosition }
  }

  /** Memory follows the database, never the other way round. */
  async #remember(
    { plans, writes, rows }: Sealed,
    base: number,
  ): Promise<Pick<AppendResult, 'rows' | 'lastPosition'>> {
    let position = base
    const appended = rows.map((one, nth): AppendedRows => {
      const { log, blocks } = writes[nth] as LogWrite
      const firstPosition = position + 1
      position += blocks.length
      this.#ids.addWritten(
        blocks.map(({ ids, count }, i) => ({ position: firstPosition + i, log: log.number, count, ids })),
      )
      return { ...one, firstPosition, lastPosition: position }
    })
    for (const { log } of plans) this.#known.add(nameKey(log.name))
    // The entries are durable: that their ids cannot be written as a run now is no reason to refuse them.
    await this.#ids.writeRunIfDue(this.#postgres).catch((error: unknown) => {
      if (!isPassing(error)) throw error
    })
    return { rows: appended, lastPosition: position }
  }

  /** Position before the rows of a transaction of which nobody knew whether it was committed; undefined when it was not. */
  async #basePosition({ writes }: Written): Promise<number | undefined> {
    const [first] = writes
    // Only keys could have been written, of what had been recorded before: doing that again changes nothing.
    if (first === undefined) return undefined
    const [block] = first.blocks
    return this.#postgres.transaction(async (sql) => {
      // Waits until the old transaction has ended, one way or the other.
      await sql.query('SELECT FROM logs WHERE log = $1 FOR UPDATE', [first.log.number])
      const { rows } = await sql.query<{ position: number; entry_hashes: Uint8Array | null }>(
        'SELECT position, entry_hashes FROM blocks WHERE log = $1 AND first_seq = $2',
        [first.log.number, first.log.chain.size],
      )
      const [row] = rows
      // Salts are drawn anew each time, so that these very hashes are of this very transaction.
      if (
        row?.entry_hashes == null ||
        Buffer.compare(row.entry_hashes, block?.entryHashes ?? GENESIS_BYTES) !== 0
      )
        return undefined
      return row.position - 1
    })
  }
}

/** Whether the same may succeed in a moment: the database is away, or another transaction was in the way. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'database_unavailable') return false
  const failure = failureOf(error.cause)
  return failure === 'away' || failure === 'again'
}

/** From the next entry on, a log's leaves name `origin`, that of another epoch. */
async function saveEpoch(sql: SqlConnection, log: StoredLog, origin: string): Promise<StoredLog> {
  const epochs = [...log.epochs, { origin, firstSeq: log.chain.size }]
  await sql.query('UPDATE logs SET epoch = $2, origin = $3, epochs = $4 WHERE log = $1', [
    log.number,
    epochNumber(origin) as number,
    origin,
    epochsText(epochs),
  ])
  return { ...log, epochs, chain: { ...log.chain, origin } }
}

/** Remembers the keys of what is being recorded, and forgets a few that are past their time. */
function saveKeys(sql: SqlConnection, plan: AppendPlan, nowMs: number): void {
  const keys = [...plan.newKeys]
  if (keys.length === 0) return
  void sql.query({
    name: 'save_keys',
    text: SAVE_KEYS,
    values: [
      keys.map((decision) => decision.plan.log.number),
      keys.map(({ key }) => key.route),
      keys.map(({ key }) => key.key),
      keys.map(({ key }) => key.bodyHash),
      keys.map((decision) => JSON.stringify(seqRanges(receiptsOf(decision)))),
      nowMs + IDEMPOTENCY_KEY_KEPT_MS,
    ],
  })
  void sql.query({ name: 'forget_keys', text: FORGET_KEYS, values: [nowMs, 8 * keys.length] })
}

/** In the place of `writeStatement` where nothing is written. */
const LAST_POSITION = { name: 'last', text: 'SELECT last AS base FROM journal_position' }

const SAVE_KEYS = `
INSERT INTO idempotency_keys (log, route, key, body_hash, places, expires_at)
SELECT *, $6::bigint FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (log, route, key) DO UPDATE
SET body_hash = excluded.body_hash, places = excluded.places, expires_at = excluded.expires_at`

const FORGET_KEYS = `
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))`

/** Holds each log's head against its newest row: a journal that disagrees with itself is not written to. */
async function assertHeadsMatch(postgres: Postgres): Promise<void> {
  const { rows } = await postgres.query<{ origin: string; size: number }>(HEADS_UNLIKE_ROWS, [
    HASH_BYTES,
    GENESIS_BYTES,
  ])
  const [unlike] = rows
  if (unlike === undefined) return
  throw new AppError('damaged_journal', {
    hint: `The head of ${unlike.origin} says ${unlike.size} entries, its rows say otherwise. Nothing was changed. Run "counterfoil verify" and restore a backup.`,
  })
}

const HEADS_UNLIKE_ROWS = `
SELECT logs.origin, logs.size FROM logs LEFT JOIN LATERAL (
  SELECT first_seq + count AS size, substring(entry_hashes FROM length(entry_hashes) - $1::int + 1) AS hash
  FROM blocks WHERE blocks.log = logs.log ORDER BY first_seq DESC LIMIT 1
) AS newest ON true
WHERE coalesce(newest.size, 0) <> logs.size OR coalesce(newest.hash, $2::bytea) <> logs.head_hash
LIMIT 1`
