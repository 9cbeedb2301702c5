import type { Postgres, SqlConnection, SqlRows, SqlStatement } from './postgres.js'

// The second guard between organizations: row-level security, which goes by a setting of the session. Who says what it is for sees
// that and nothing else, whatever its statement asks for; who says nothing sees nothing.

/** What a session says it is for: one of what a table's rows belong to, or `EVERYTHING`. */
export type GuardSetting =
  | 'counterfoil.log'
  | 'counterfoil.organization'
  | 'counterfoil.ledger_log'
  | 'counterfoil.signed_log'

/** Rows of all. */
export const EVERYTHING = '*'

/** A session that passes every guard: for whoever moves or copies whole stores. */
export const UNGUARDED_SESSION: Readonly<Record<GuardSetting, string>> = {
  'counterfoil.log': EVERYTHING,
  'counterfoil.organization': EVERYTHING,
  'counterfoil.ledger_log': EVERYTHING,
  'counterfoil.signed_log': EVERYTHING,
}

/** Statements of a migration that guard a table by the text of a column, or of any of several. */
export function guardOf(table: string, setting: GuardSetting, ...columns: readonly string[]): string {
  return `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY guarded ON ${table} USING (current_setting('${setting}', true) IN ('${EVERYTHING}', ${columns.join(', ')}));
`
}

/** Says what the statements after it are for, until the transaction ends. */
export function setGuard(
  sql: SqlConnection,
  setting: GuardSetting,
  value: string | number,
): Promise<SqlRows<unknown>> {
  return sql.query({
    name: 'set_guard',
    text: 'SELECT set_config($1, $2, true)',
    values: [setting, String(value)],
  })
}

/** Runs one statement that is for this alone, and reads: one round trip. */
export async function readGuarded<Row>(
  postgres: Postgres,
  setting: GuardSetting,
  value: string | number,
  statement: SqlStatement,
): Promise<readonly Row[]> {
  const { answer } = await postgres.transaction(
    async (sql) => {
      void setGuard(sql, setting, value)
      // Not waited for: COMMIT goes along.
      return { answer: sql.query<Row>(statement) }
    },
    { readOnly: true },
  )
  return (await answer).rows
}
