import { randomUUID } from 'node:crypto'
import { ClickHouseError } from '@clickhouse/client'
import { AppError } from '@counterfoil/core'
import type { Connection } from './connection.js'
import type { Tables } from './layout.js'
import { requireRoom } from './migrations.js'

const TABLE_ALREADY_EXISTS = '57'
const CLAIM = /^installation (\S+), index (\S+)$/

/**
 * Makes the database the index of one installation, if it is nobody's yet, and gives the index's id, which it was given then.
 * Throws `invalid_setting` when it is another installation's: each would take the other's rows for damage and drop them.
 * The claim is the comment of a table, because of several that make one table at the same time ClickHouse lets one succeed.
 */
export async function claimDatabase(
  connection: Connection,
  tables: Tables,
  installation: string,
): Promise<string> {
  // The engine in the box lies in the data directory: a journal that was put in place of another takes it over.
  const owner = tables.layout.kind === 'embedded' ? 'embedded' : installation
  const known = await readClaim(connection, tables)
  if (known === undefined) await makeClaim(connection, tables, owner)
  const claim = known ?? (await readClaim(connection, tables))
  if (claim?.installation === owner) return claim.index
  throw new AppError('invalid_setting', {
    param: 'clickhouse_database',
    hint: `The ClickHouse database "${tables.database}" is the index of another Counterfoil (${claim?.installation ?? 'unknown'}); this one is ${installation}. Name another database with clickhouse_database; or, if that installation is gone for good, drop the database and start again.`,
  })
}

interface Claim {
  readonly installation: string
  readonly index: string
}

async function readClaim(connection: Connection, { database }: Tables): Promise<Claim | undefined> {
  const rows = await connection.select<[string]>({
    sql: `SELECT comment FROM system.tables WHERE database = '${database}' AND name = 'installation'`,
    parameters: {},
  })
  const comment = rows[0]?.[0]
  if (comment === undefined) return undefined
  const [, installation = '', index = ''] = CLAIM.exec(comment) ?? []
  return { installation, index }
}

async function makeClaim(connection: Connection, tables: Tables, installation: string): Promise<void> {
  if (tables.layout.kind === 'embedded') await requireRoom(connection)
  const comment = `installation ${installation}, index ${randomUUID()}`
  const sql = `CREATE TABLE ${tables.installation}${tables.everywhere} (nothing UInt8) ENGINE = MergeTree ORDER BY nothing COMMENT '${comment}'`
  try {
    await connection.command(sql)
  } catch (error) {
    if (!(error instanceof ClickHouseError && error.code === TABLE_ALREADY_EXISTS)) throw error
  }
}
