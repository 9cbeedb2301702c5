import { createHash } from 'node:crypto'
import { AppError } from '@counterfoil/core'
import { Client } from 'pg'
import { type PostgresAddress, readPostgresUrl } from './connection-url.js'
import { clientConfig, connectError, DEFAULT_SCHEMA, type PostgresSettings } from './postgres.js'
import { checkServer, SERVICE_ROLE, type SessionFacts } from './session.js'

/** One step of a part's tables, never changed once released. Its place in the list is its version, from 1. */
export interface Migration {
  readonly what: string
  /** Statements, executed in one transaction with the search path at the part's schema. */
  readonly sql: string
}

/** What hash is remembered of a migration: tests pin it. */
export function migrationHash({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex').slice(0, 16)
}

/** Any number: what migrates takes this lock, so that of several processes one does, and the others wait. */
const MIGRATION_LOCK = 7_264_101

/**
 * Brings the tables of `part` (`journal`, `access` …) to the newest version; what was done is done once, also by several
 * processes. Makes the schema and the role without privileges where they are missing. Throws `invalid_setting` when the
 * user may not, or when the tables are of a newer Counterfoil.
 */
export async function migrate(
  settings: PostgresSettings,
  part: string,
  migrations: readonly Migration[],
): Promise<void> {
  const address = readPostgresUrl(settings.setting ?? 'database_url', settings.url)
  const client = new Client(clientConfig(address, { ...settings, purpose: `${part} migration` }))
  // Told by the statement under way as well.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { facts } = await checkServer(client, address)
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await prepareDatabase(client, settings.schema ?? DEFAULT_SCHEMA, facts)
    await migratePart(client, address, part, migrations)
    await client.query(
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schemaOf(settings)} TO ${granteeOf(facts)}`,
    )
    await client.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schemaOf(settings)} TO ${granteeOf(facts)}`)
    await client.query('COMMIT')
  } catch (error) {
    throw connectError(address, error)
  } finally {
    await client.end()
  }
}

function schemaOf({ schema = DEFAULT_SCHEMA }: PostgresSettings): string {
  return `"${schema}"`
}

/** Who works with the tables: the role that a session takes, or the user itself. */
function granteeOf({ unguarded }: SessionFacts): string {
  return unguarded ? SERVICE_ROLE : 'CURRENT_USER'
}

async function prepareDatabase(client: Client, schema: string, facts: SessionFacts): Promise<void> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`)
  if (facts.unguarded) {
    // Roles belong to the whole server: another database's migration may make it at the same moment.
    await client.query(`DO $$ BEGIN
      CREATE ROLE ${SERVICE_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`)
    if (!facts.may_guard) await client.query(`GRANT ${SERVICE_ROLE} TO CURRENT_USER`)
    await client.query(`GRANT USAGE ON SCHEMA "${schema}" TO ${SERVICE_ROLE}`)
  }
  await client.query("SELECT set_config('search_path', $1, false)", [`"${schema}"`])
  await client.query(`CREATE TABLE IF NOT EXISTS migrations (
    part text NOT NULL,
    version int NOT NULL,
    what text NOT NULL,
    hash text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (part, version)
  )`)
}

async function migratePart(
  client: Client,
  address: PostgresAddress,
  part: string,
  migrations: readonly Migration[],
): Promise<void> {
  const { rows } = await client.query<{ version: number; hash: string }>(
    'SELECT version, hash FROM migrations WHERE part = $1 ORDER BY version',
    [part],
  )
  if (rows.length > migrations.length) {
    throw new AppError('invalid_setting', {
      param: address.setting,
      hint: `${address.setting}: the ${part} tables have version ${rows.length}, this Counterfoil knows ${migrations.length}. Use the version that made them, or a newer one.`,
    })
  }
  for (const [i, migration] of migrations.entries()) {
    const done = rows[i]
    if (done !== undefined) {
      if (done.hash === migrationHash(migration)) continue
      throw new AppError('invalid_setting', {
        param: address.setting,
        hint: `${address.setting}: the ${part} tables of version ${i + 1} were made by another Counterfoil than this one. Use the version that made them.`,
      })
    }
    await client.query(migration.sql)
    await client.query('INSERT INTO migrations (part, version, what, hash) VALUES ($1, $2, $3, $4)', [
      part,
      i + 1,
      migration.what,
      migrationHash(migration),
    ])
  }
}
