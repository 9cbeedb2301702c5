import { UNGUARDED_SESSION } from '../guard.js'
import { openPostgres } from '../postgres.js'

/** What each column of each table holds, all rows one after another as they are, with the column's name. */
export async function everyValue(
  url: string,
): Promise<readonly (readonly [column: string, bytes: Buffer])[]> {
  const postgres = await openPostgres({ url, purpose: 'test', asOwner: true, session: UNGUARDED_SESSION })
  try {
    const { rows: columns } = await postgres.query<{ table: string; column: string }>(
      `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS table, quote_ident(column_name) AS column
       FROM information_schema.columns WHERE table_schema LIKE 'counterfoil%'`,
    )
    const found: (readonly [string, Buffer])[] = []
    for (const { table, column } of columns) {
      const { rows } = await postgres.query<{ value: unknown }>(`SELECT ${column} AS value FROM ${table}`)
      const bytes = rows.map(({ value }) =>
        value instanceof Uint8Array ? value : Buffer.from(String(value)),
      )
      found.push([`${table}.${column}`, Buffer.concat(bytes)])
    }
    return found
  } finally {
    await postgres.close()
  }
}
