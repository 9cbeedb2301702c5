import type { FlagKind, LogName } from '@counterfoil/core'
import { type Database, inTransaction, type Statement } from '../sqlite/driver.js'
import { openCatalogueDatabase } from './catalogue-database.js'
import { type CatalogueFlags, FLAG_COUNTS_MAX, type FlagCount, type FlaggedEntry } from './flags.js'

interface FlagRow {
  readonly kind: string
  readonly action: string
  readonly version: number
  readonly count: number
  readonly first_seen_at: number
  readonly last_seen_at: number
  readonly entry_id: string
  readonly pointer: string
  readonly message: string
}

/** Opens the counts in the catalogue's file. Several threads may have it open at once; one of them adds. */
export async function openSqliteFlags(path: string): Promise<CatalogueFlags> {
  // NORMAL: adding runs beside recording and must not wait for the disk.
  return new SqliteFlags(await openCatalogueDatabase(path, 'NORMAL'))
}

class SqliteFlags implements CatalogueFlags {
  readonly #database: Database
  readonly #update: Statement
  readonly #insert: Statement
  readonly #kinds: Statement

  constructor(database: Database) {
    this.#database = database
    const name = 'organization_id = ? AND mode = ? AND kind = ? AND action = ? AND version = ?'
    this.#update = database.prepare(
      `UPDATE catalogue_flags SET count = count + 1, last_seen_at = ?, entry_id = ?, pointer = ?, message = ? WHERE ${name}`,
    )
    this.#insert = database.prepare('INSERT INTO catalogue_flags VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)')
    this.#kinds = database.prepare(
      'SELECT count(*) AS kinds FROM catalogue_flags WHERE organization_id = ? AND mode = ?',
    )
  }

  add(log: LogName, flagged: readonly FlaggedEntry[]): void {
    inTransaction(this.#database, () => {
      for (const entry of flagged) {
        if (this.#countUp(log, entry)) continue
        if (this.#hasRoom(log)) this.#begin(log, entry)
        else {
          const rest = { ...entry, action: '', version: 0 }
          if (!this.#countUp(log, rest)) this.#begin(log, rest)
        }
      }
    })
  }

  list({ organization_id, mode }: LogName): readonly FlagCount[] {
    const rows = this.#database
      .prepare(
        'SELECT * FROM catalogue_flags WHERE organization_id = ? AND mode = ? ORDER BY last_seen_at DESC, action, kind',
      )
      .all(organization_id, mode)
    return (rows as unknown as FlagRow[]).map(toCount)
  }

  close(): void {
    this.#database.close()
  }

  #countUp({ organization_id, mode }: LogName, flagged: FlaggedEntry): boolean {
    const { kind, action, version, recordedAt, entryId, pointer, message } = flagged
    const { changes } = this.#update.run(
      recordedAt,
      entryId,
      pointer,
      message,
      organization_id,
      mode,
      kind,
      action,
      version,
    )
    return Number(changes) > 0
  }

  #begin({ organization_id, mode }: LogName, flagged: FlaggedEntry): void {
    const { kind, action, version, recordedAt, entryId, pointer, message } = flagged
    this.#insert.run(
      organization_id,
      mode,
      kind,
      action,
      version,
      recordedAt,
      recordedAt,
      entryId,
      pointer,
      message,
    )
  }

  #hasRoom({ organization_id, mode }: LogName): boolean {
    return (this.#kinds.get(organization_id, mode) as { kinds: number }).kinds < FLAG_COUNTS_MAX
  }
}

function toCount(row: FlagRow): FlagCount {
  return {
    kind: row.kind as FlagKind,
    action: row.action,
    version: row.version,
    count: row.count,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    entryId: row.entry_id,
    pointer: row.pointer,
    message: row.message,
  }
}
