import { AppError } from '@counterfoil/core'
import type { Client } from 'pg'
import { describeAddress, type PostgresAddress } from './connection-url.js'

/** The oldest PostgreSQL that is served, as `server_version_num`. */
export const POSTGRES_VERSION_MIN = 140_000
/** Clocks that differ more would soon refuse each other's entries: a log's times never go back. */
export const CLOCK_SKEW_MS_MAX = 60_000
/** The role that sessions take when their own would pass over row-level security. Made by `prepareDatabase`. */
export const SERVICE_ROLE = 'counterfoil_service'

/** What a server says of itself and of the session. Times in milliseconds since 1970. */
export interface SessionFacts {
  readonly version: number
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
  readonly encoding: string
  readonly read_only: string
  readonly in_recovery: boolean
  readonly clock_ms: number
  /** Whether the role passes over row-level security. */
  readonly unguarded: boolean
  /** Whether the service role is there and may be taken. */
  readonly may_guard: boolean
}

const READ_FACTS = `
SELECT current_setting('server_version_num')::int AS version,
  current_setting('fsync') AS fsync,
  current_setting('full_page_writes') AS full_page_writes,
  current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('server_encoding') AS encoding,
  current_setting('default_transaction_read_only') AS read_only,
  pg_is_in_recovery() AS in_recovery,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS clock_ms,
  (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS unguarded,
  coalesce((SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = '${SERVICE_ROLE}'), false) AS may_guard`

/**
 * Settings of every session. A client that vanished with its machine must not keep rows locked; nobody waits for a lock for
 * ever; and plans of a few rows are not worth compiling.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  bytea_output: 'hex',
  client_min_messages: 'warning',
  idle_in_transaction_session_timeout: '15s',
  lock_timeout: '10s',
  statement_timeout: '0',
  jit: 'off',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
}

/** What is wrong with a server that entries should rest in: one sentence; undefined when nothing is. */
export function problemOf(facts: SessionFacts, skewMs: number): string | undefined {
  const { version, fsync, full_page_writes, synchronous_commit, encoding, read_only, in_recovery } = facts
  if (version < POSTGRES_VERSION_MIN)
    return `runs PostgreSQL ${versionText(version)}, and Counterfoil needs ${versionText(POSTGRES_VERSION_MIN)} or newer`
  if (in_recovery) return 'is a replica, which takes no writes: name the primary'
  if (read_only !== 'off')
    return 'takes no writes: set default_transaction_read_only = off for its role or database'
  if (fsync !== 'on') return 'has fsync = off, so that a power cut loses entries: set it to on'
  if (full_page_writes !== 'on')
    return 'has full_page_writes = off, so that a power cut may damage pages: set it to on'
  if (synchronous_commit === 'off')
    return 'has synchronous_commit = off, so that a crash loses acknowledged entries: set it to on'
  if (encoding !== 'UTF8') return `has the encoding ${encoding}: create the database with ENCODING 'UTF8'`
  if (Math.abs(skewMs) > CLOCK_SKEW_MS_MAX) {
    const seconds = Math.round(Math.abs(skewMs) / 1000)
    return `has a clock that is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's: set both by NTP`
  }
  return undefined
}

/** `150018` is 15.18, `90624` is 9.6. */
export function versionText(version: number): string {
  if (version < 100_000) return `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}`
  return `${Math.floor(version / 10_000)}.${version % 10_000}`
}

export interface SessionWishes {
  readonly schema: string
  /** Whether the user's own role is kept. */
  readonly asOwner: boolean
  /** Further settings. */
  readonly more: Readonly<Record<string, string>>
}

export interface PreparedSession {
  /** How far the server's clock is ahead of ours. */
  readonly clockSkewMs: number
}

/**
 * Looks at the server behind a new connection, which after a failover may be another one, and sets the session up. Throws
 * `invalid_setting` with one sentence about what has to change.
 */
export async function prepareSession(
  client: Client,
  address: PostgresAddress,
  { schema, asOwner, more }: SessionWishes,
): Promise<PreparedSession> {
  const { facts, clockSkewMs } = await checkServer(client, address)
  if (facts.unguarded && !facts.may_guard && !asOwner) {
    throw wrongServer(
      address,
      `lets the user "${address.user}" pass over row-level security, and there is no role ${SERVICE_ROLE} that it could take instead: name a user without SUPERUSER and BYPASSRLS`,
    )
  }
  const settings = { ...SESSION_SETTINGS, search_path: `"${schema}"`, ...more }
  const names = Object.keys(settings)
  const calls = names.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`)
  await client.query(`SELECT ${calls.join(', ')}`, Object.entries(settings).flat())
  if (facts.unguarded && !asOwner) await client.query(`SET ROLE ${SERVICE_ROLE}`)
  return { clockSkewMs }
}

/** Asks a server about itself. Throws `invalid_setting` when entries cannot rest in it. */
export async function checkServer(
  client: Client,
  address: PostgresAddress,
): Promise<{ readonly facts: SessionFacts; readonly clockSkewMs: number }> {
  const askedMs = Date.now()
  const { rows } = await client.query<SessionFacts>(READ_FACTS)
  const facts = rows[0] as SessionFacts
  const clockSkewMs = facts.clock_ms - (askedMs + Date.now()) / 2
  const problem = problemOf(facts, clockSkewMs)
  if (problem !== undefined) throw wrongServer(address, problem)
  return { facts, clockSkewMs }
}

/** The error for a server that cannot be used as it is. */
export function wrongServer(address: PostgresAddress, problem: string, cause?: unknown): AppError {
  return new AppError('invalid_setting', {
    param: address.setting,
    hint: `${address.setting}: the server at ${describeAddress(address)} ${problem}.`,
    cause,
  })
}
