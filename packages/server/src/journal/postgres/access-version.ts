import { isInvalidPower } from '../../postgres/failures.js'
import type { SqlConnection, SqlStatement } from '../../postgres/postgres.js'

// The tables of access control lie in the database and the schema of the journal; see access/tables/postgres-migrations.ts.

const VERSION = `(SELECT version FROM versions WHERE part = 'access')`

/** The version of access control, as it is when the statement begins. */
export async function readAccessVersion(sql: SqlConnection): Promise<number> {
  const { rows } = await sql.query<{ version: number | null }>({
    name: 'access_version',
    text: `SELECT ${VERSION} AS version`,
  })
  const version = rows[0]?.version ?? undefined
  if (version === undefined) throw new Error('PostgreSQL has no version of access control')
  return version
}

/**
 * A condition that holds while the version is that of the parameter. Otherwise the statement itself takes the root of -1, and COMMIT fails
 * with it: that is sent before the answer is read.
 */
export function holdsAccessVersion(parameter: string): string {
  return `sqrt(CASE WHEN ${VERSION} = ${parameter}::int THEN 1 ELSE -1 END) = 1`
}

/** The condition alone, for a transaction that writes nothing. */
export function confirmAccessVersion(version: number): SqlStatement {
  return { name: 'confirm_access', text: `SELECT WHERE ${holdsAccessVersion('$1')}`, values: [version] }
}

/** Whether a statement failed of `holdsAccessVersion`. */
export function isAccessChanged(error: unknown): boolean {
  return isInvalidPower(error)
}
