import { AppError, epochNumber, fromHex, type LogName } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'
import { newestProblems } from '../check-head.js'
import type { LogStart } from '../journal.js'
import { type LogRow, toStoredLog } from '../log-row.js'
import type { ChainState } from '../sealer.js'
import { epochsText, nameKey, type StoredLog, WHOLE } from '../stored-log.js'
import { BlockTable } from './block-table.js'

export class LogTable {
  readonly #readAll: Statement
  readonly #read: Statement
  readonly #readNumbered: Statement
  readonly #insert: Statement
  readonly #update: Statement
  readonly #setTrimmed: Statement
  readonly #readTrimmed: Statement
  readonly #setEpochs: Statement
  readonly #setStart: Statement

  constructor(database: Database) {
    this.#readAll = database.prepare('SELECT * FROM logs ORDER BY log')
    this.#read = database.prepare(
      'SELECT * FROM logs WHERE organization_id = ? AND mode = ? ORDER BY epoch DESC LIMIT 1',
    )
    this.#readNumbered = database.prepare('SELECT * FROM logs WHERE log = ?')
    this.#insert = database.prepare(
      `INSERT INTO logs (organization_id, mode, epoch, origin, size, head_hash, frontier, recorded_at, last_position)
       VALUES (?, ?, 0, ?, 0, ?, x'', 0, 0) RETURNING log`,
    )
    this.#setEpochs = database.prepare('UPDATE logs SET epoch = ?, origin = ?, epochs = ? WHERE log = ?')
    this.#setTrimmed = database.prepare('UPDATE logs SET trimmed_size = ? WHERE log = ?')
    this.#readTrimmed = database.prepare('SELECT trimmed_size FROM logs WHERE log = ?')
    this.#setStart = database.prepare(
      'UPDATE logs SET min_index = ?, min_hash = ?, min_frontier = ? WHERE log = ?',
    )
    this.#update = database.prepare(
      'UPDATE logs SET size = ?, head_hash = ?, frontier = ?, recorded_at = ?, last_position = ? WHERE log = ? AND size = ?',
    )
  }

  all(): StoredLog[] {
    return (this.#readAll.all() as unknown as LogRow[]).map(toStoredLog)
  }

  find({ organization_id, mode }: LogName): StoredLog | undefined {
    const row = this.#read.get(organization_id, mode) as LogRow | undefined
    return row === undefined ? undefined : toStoredLog(row)
  }

  numbered(log: number): StoredLog | undefined {
    const row = this.#readNumbered.get(log) as LogRow | undefined
    return row === undefined ? undefined : toStoredLog(row)
  }

  /** Adds an empty log. */
  insert(name: LogName, chain: ChainState): StoredLog {
    const { log } = this.#insert.get(name.organization_id, name.mode, chain.origin, chain.headHash) as {
      log: number
    }
    const epochs = [{ origin: chain.origin, firstSeq: 0 }]
    return { number: log, name, chain, epochs, lastPosition: 0, trimmedSize: 0, start: WHOLE }
  }

  /** From the next entry on, a log's leaves name `origin`, that of another epoch. */
  beginEpoch(log: StoredLog, origin: string): StoredLog {
    const epochs = [...log.epochs, { origin, firstSeq: log.chain.size }]
    this.#setEpochs.run(epochNumber(origin) as number, origin, epochsText(epochs), log.number)
    return { ...log, epochs, chain: { ...log.chain, origin } }
  }

  /** Notes that rows of entries below `size` may be trimmed; before they are, or with them. */
  setTrimmed(log: StoredLog, size: number): StoredLog {
    this.#setTrimmed.run(size, log.number)
    return { ...log, trimmedSize: size }
  }

  /** Notes where a log begins from now on. */
  setStart(log: StoredLog, start: LogStart): StoredLog {
    this.#setStart.run(start.size, fromHex(start.headHash) as Uint8Array, start.frontier, log.number)
    return { ...log, start }
  }

  /** How far a log may be trimmed at this moment. */
  trimmedSize(log: number): number {
    return (this.#readTrimmed.get(log) as { trimmed_size: number } | undefined)?.trimmed_size ?? 0
  }

  /** Moves a log's head. The size in the row is the lock: it must be the one that was appended to. */
  advance(log: StoredLog, chain: ChainState, lastPosition: number): StoredLog {
    const { changes } = this.#update.run(
      ...[
        chain.size,
        chain.headHash,
        chain.frontier,
        chain.recordedAt,
        lastPosition,
        log.number,
        log.chain.size,
      ],
    )
    if (Number(changes) !== 1) {
      throw new AppError('damaged_journal', {
        hint: `The head of ${chain.origin} moved: something else writes to it.`,
      })
    }
    return { ...log, chain, lastPosition }
  }
}

/** Reads all logs and holds each head against its newest row: a journal that disagrees with itself is not written to. */
export function readCheckedLogs(database: Database): Map<string, StoredLog> {
  const blocks = new BlockTable(database)
  const logs = new Map<string, StoredLog>()
  for (const log of new LogTable(database).all()) {
    const { size, origin } = log.chain
    const newest = size === 0 ? undefined : blocks.containing(log.number, size - 1)
    const beyond = blocks.from(log.number, size, 1).length
    const [problem] = newest === undefined ? [] : newestProblems(newest, log)
    if (beyond > 0 || (size > 0 && newest === undefined) || problem !== undefined) {
      throw new AppError('damaged_journal', {
        hint: `The head of ${origin} says ${size} entries, its rows say otherwise. ${problem ?? ''} Nothing was changed. Run "counterfoil verify" and restore a backup.`,
      })
    }
    logs.set(nameKey(log.name), log)
  }
  return logs
}
