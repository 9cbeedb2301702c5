import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { AppError } from '@counterfoil/core'

/** Settings that hold the URL of a PostgreSQL database. */
export type PostgresSetting = 'database_url' | 'ledger_url' | 'signer_url'

/** Where a database is and who asks for it. */
export interface PostgresAddress {
  readonly setting: PostgresSetting
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | undefined
  readonly ssl: ConnectionOptions | false
}

const PARAMETERS = ['host', 'user', 'sslmode', 'sslrootcert'] as const
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const
const SCHEMES = /^postgres(?:ql)?:$/

/**
 * Reads `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=/etc/ca.pem`; or
 * `postgres:///database?host=/run/postgresql&user=user` for a socket in that directory. Throws `invalid_setting`, which names the setting and never holds the password.
 */
export function readPostgresUrl(setting: PostgresSetting, text: string): PostgresAddress {
  const problem = (what: string) =>
    new AppError('invalid_setting', { param: setting, hint: `${setting} ${what}.` })
  if (!URL.canParse(text) || !SCHEMES.test(new URL(text).protocol))
    throw problem('must be a URL such as postgres://user:password@host:5432/database')
  const url = new URL(text)
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name as 'host'))
  if (unknown !== undefined)
    throw problem(`has the parameter "${unknown}", which is none of ${PARAMETERS.join(', ')}`)
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database === '' || database.includes('/')) throw problem('names no database: end it with /database')
  const user = url.username === '' ? url.searchParams.get('user') : decodeURIComponent(url.username)
  if (user === null || user === '') throw problem('names no user: begin it with postgres://user@')
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[(.+)\]$/, '$1')
  if (host === '') throw problem('names no host')
  return {
    setting,
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    database,
    user,
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    ssl: sslOptions(url.searchParams, problem),
  }
}

/** Host, port and database of an address, to be shown: never the password. */
export function describeAddress({ host, port, database }: PostgresAddress): string {
  return `${host.startsWith('/') ? host : `${host}:${port}`}/${database}`
}

/** As libpq understands `sslmode`, but that nothing is tried twice: TLS is used or it is not. */
function sslOptions(
  parameters: URLSearchParams,
  problem: (what: string) => AppError,
): ConnectionOptions | false {
  const mode = parameters.get('sslmode') ?? 'disable'
  const rootFile = parameters.get('sslrootcert')
  if (!SSL_MODES.includes(mode as 'disable'))
    throw problem(`has sslmode=${mode}, which is none of ${SSL_MODES.join(', ')}`)
  if (mode === 'disable') return false
  if (mode === 'require' && rootFile === null) return { rejectUnauthorized: false }
  let authority: { readonly ca?: string } = {}
  if (rootFile !== null) {
    try {
      authority = { ca: readFileSync(rootFile, 'utf8') }
    } catch (error) {
      throw problem(`has sslrootcert=${rootFile}, which cannot be read: ${(error as Error).message}`)
    }
  }
  if (mode === 'verify-full') return authority
  // The chain is verified, the host's name is not.
  return { ...authority, checkServerIdentity: () => undefined }
}
