import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mode } from '@counterfoil/core'
import { type Logger, pino } from 'pino'
import type { RateClass, Scope } from '../access/api-key.js'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import { type Counterfoil, openCounterfoil, type Variations } from '../service/counterfoil.js'
import { resolveSettings, type SettingName } from '../settings/settings.js'

/** A whole server in this process, on real engines and a directory of its own. */
export interface TestServer {
  readonly url: string
  readonly directory: string
  /** Where commands find the stores of this server. */
  readonly environment: Readonly<Record<string, string>>
  readonly counterfoil: Counterfoil
  /** A new organization's key. */
  makeKey(options?: {
    slug?: string
    mode?: Mode
    scopes?: readonly Scope[]
    rateClass?: RateClass
  }): Promise<string>
  /** A request with a key; the answer's JSON, headers and status. */
  call(
    key: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
  /** Stops and starts on the same directory. */
  restart(): Promise<TestServer>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any
}

const READ_AND_WRITE: readonly Scope[] = ['audit:write', 'audit:read']

/** Names the engine of servers whose test names none: `postgres` gives each a database of its own; files otherwise. */
export const DATABASE_VARIABLE = 'TEST_DATABASE'

export async function openTestServer(
  given: Partial<Record<SettingName, string>> = {},
  directory: string = mkdtempSync(join(tmpdir(), 'counterfoil-server-')),
  more: Variations & { readonly logger?: Logger } = {},
): Promise<TestServer> {
  const onPostgres = process.env[DATABASE_VARIABLE] === 'postgres' && given.database_url === undefined
  const flags = onPostgres ? { ...given, database_url: await createTestDatabase() } : given
  const settings = resolveSettings(
    { data: directory, port: '0', disk_reserve_mb: '0', rate_limits: 'off', ...flags },
    {},
    {},
  ).values
  const logger = more.logger ?? pino({ level: 'silent' })
  const counterfoil = await openCounterfoil(settings, logger, more)
  const url = await counterfoil.http.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    directory,
    environment: {
      COUNTERFOIL_DATA: directory,
      ...(flags.database_url === undefined ? {} : { COUNTERFOIL_DATABASE_URL: flags.database_url }),
    },
    counterfoil,
    makeKey: async ({
      slug = 'acme',
      mode = 'live',
      scopes = READ_AND_WRITE,
      rateClass = 'standard',
    } = {}) => {
      const { access } = counterfoil
      const organization = (await access.findOrganization(slug)) ?? (await access.createOrganization(slug))
      return (await access.createKey({ organization, mode, scopes, name: '', rateClass })).token
    },
    call: (key, method, path, body, headers) => call(url + path, key, method, body, headers),
    restart: async () => {
      await counterfoil.close()
      return openTestServer(flags, directory, more)
    },
    close: async () => {
      await counterfoil.close()
      rmSync(directory, { recursive: true })
    },
  }
}

async function call(
  url: string,
  key: string | undefined,
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    body: json && text !== '' ? JSON.parse(text) : text,
  }
}
