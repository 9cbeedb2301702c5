import { openPostgres, type PostgresSettings } from './postgres.js'

/** Larger tables are not written anew: that would hold up their writers for more than a second. */
const REWRITTEN_BYTES_MAX = 128 * 2 ** 20

/**
 * Leaves nothing of what was deleted or replaced in rows of these tables: their dead rows are removed, and a table of up to
 * 128 MiB is written anew. In pages of a larger one, bytes of removed rows stay until other rows take their place; in the
 * write-ahead log, until its files are used again; in replicas and backups, as long as those are kept. Resolves false when a
 * transaction that may still see dead rows kept them from being removed: to be tried again.
 */
export async function scrubTables(
  settings: Pick<PostgresSettings, 'url' | 'setting' | 'schema'>,
  tables: readonly string[],
): Promise<boolean> {
  const owner = await openPostgres({
    ...settings,
    purpose: 'scrub',
    connectionsMax: 1,
    asOwner: true,
    answerTimeoutMs: 3_600_000,
  })
  try {
    const { rows } = await owner.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid')
    for (const table of tables) {
      const { rows: sizes } = await owner.query<{ bytes: number }>(
        'SELECT pg_total_relation_size($1::regclass) AS bytes',
        [table],
      )
      const whole = (sizes[0]?.bytes ?? 0) <= REWRITTEN_BYTES_MAX
      await owner.query(`VACUUM ${whole ? '(FULL) ' : ''}"${table}"`)
    }
    // Dead rows that somebody may still see are kept by VACUUM, and go along when a table is written anew.
    const { rows: held } = await owner.query<{ free: boolean }>(NOBODY_SEES_WHAT_WAS_BEFORE, [
      rows[0]?.xid as string,
    ])
    return held[0]?.free === true
  } finally {
    await owner.close()
  }
}

const NOBODY_SEES_WHAT_WAS_BEFORE = `
SELECT NOT EXISTS (
  SELECT backend_xmin AS xmin FROM pg_stat_activity
    WHERE (datname = current_database() OR backend_type = 'walsender') AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND age(backend_xmin) > age($1::xid8::xid)
  UNION ALL SELECT xmin FROM pg_replication_slots WHERE xmin IS NOT NULL AND age(xmin) > age($1::xid8::xid)
  UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE age(transaction) > age($1::xid8::xid)
) AS free`
