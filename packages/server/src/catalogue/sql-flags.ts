import type { FlagKind, LogName } from '@counterfoil/core'
import type { SqlDatabase } from '../sql/sql-database.js'
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

/** Counts in the table `catalogue_flags`, which is there, of any engine. */
export class SqlFlags implements CatalogueFlags {
  readonly #database: SqlDatabase

  /** The database is ours from now on. */
  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async add(log: LogName, flagged: readonly FlaggedEntry[]): Promise<void> {
    const { organization_id, mode } = log
    await this.#database.transaction(async (transaction) => {
      const sql = transaction.of(organization_id)
      const there = await sql.all<FlagName>(
        'SELECT kind, action, version FROM catalogue_flags WHERE organization_id = ? AND mode = ?',
        organization_id,
        mode,
      )
      const counted = countUp(new Set(there.map(keyOf)), flagged)
      await sql.runEach(
        ADD,
        counted.map(({ first, newest, count }) => [
          ...[organization_id, mode, newest.kind, newest.action, newest.version, count],
          ...[first.recordedAt, newest.recordedAt, newest.entryId, newest.pointer, newest.message],
        ]),
      )
    })
  }

  async list({ organization_id, mode }: LogName): Promise<readonly FlagCount[]> {
    const rows = await this.#database
      .of(organization_id)
      .all<FlagRow>(
        'SELECT * FROM catalogue_flags WHERE organization_id = ? AND mode = ? ORDER BY last_seen_at DESC, action, kind',
        organization_id,
        mode,
      )
    return rows.map(toCount)
  }

  async close(): Promise<void> {
    await this.#database.close()
  }
}

const ADD = `INSERT INTO catalogue_flags (organization_id, mode, kind, action, version, count, first_seen_at, last_seen_at, entry_id,
    pointer, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (organization_id, mode, kind, action, version) DO UPDATE SET count = catalogue_flags.count + excluded.count,
    last_seen_at = excluded.last_seen_at, entry_id = excluded.entry_id, pointer = excluded.pointer, message = excluded.message`

type FlagName = Pick<FlagRow, 'kind' | 'action' | 'version'>

/** Entries that are counted together. */
interface Counted {
  readonly first: FlaggedEntry
  readonly newest: FlaggedEntry
  readonly count: number
}

/** Counts entries, those for which there is no more room as the rest. `there` are the counts that the log has, and gets. */
function countUp(there: Set<string>, flagged: readonly FlaggedEntry[]): readonly Counted[] {
  const counted = new Map<string, Counted>()
  for (const entry of flagged) {
    const hasPlace = there.has(keyOf(entry)) || there.size < FLAG_COUNTS_MAX
    const newest = hasPlace ? entry : { ...entry, action: '', version: 0 }
    const key = keyOf(newest)
    there.add(key)
    const before = counted.get(key)
    counted.set(key, { first: before?.first ?? newest, newest, count: (before?.count ?? 0) + 1 })
  }
  return [...counted.values()]
}

function keyOf({ kind, action, version }: FlagName): string {
  return `${kind} ${version} ${action}`
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
