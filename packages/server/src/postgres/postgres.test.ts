import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from './failures.js'
import { type Migration, migrate } from './migrations.js'
import { openPostgres, type Postgres } from './postgres.js'
import { SERVICE_ROLE } from './session.js'
import { createTestDatabase } from './testing/test-database.js'

const MIGRATIONS: readonly Migration[] = [
  { what: 'things', sql: 'CREATE TABLE things (id bigint PRIMARY KEY, bytes bytea)' },
  { what: 'names', sql: "ALTER TABLE things ADD COLUMN name text NOT NULL DEFAULT ''" },
]

describe('a pool', () => {
  let url: string
  let postgres: Postgres
  beforeEach(async () => {
    url = await createTestDatabase()
    await migrate({ url, purpose: 'test' }, 'test', MIGRATIONS)
    postgres = await openPostgres({ url, purpose: 'test' })
  })
  afterEach(() => postgres.close())

  /** As whoever owns the server, beside the pool. */
  const asOwner = async (...statements: readonly string[]) => {
    const client = new Client(url)
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  }

  it('reads numbers, bytes, booleans and text as what they are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    await postgres.query('INSERT INTO things VALUES ($1, $2, $3)', [
      Number.MAX_SAFE_INTEGER,
      bytes,
      'é\\x"\'{}',
    ])
    const { rows } = await postgres.query<Record<string, unknown>>(
      'SELECT id, bytes, name, id > 1 AS large, NULL::bytea AS nothing, 1.5::float8 AS half, 7::int AS seven FROM things',
    )
    expect(rows).toEqual([
      {
        id: Number.MAX_SAFE_INTEGER,
        bytes: Buffer.from(bytes),
        name: 'é\\x"\'{}',
        large: true,
        nothing: null,
        half: 1.5,
        seven: 7,
      },
    ])
    await expect(postgres.query('SELECT 9007199254740993::bigint')).rejects.toThrow('9007199254740993')
  })

  it('works as a role that row-level security binds, though its user is the superuser', async () => {
    const { rows } = await postgres.query<{ role: string; bypasses: boolean }>(
      'SELECT current_user AS role, rolsuper OR rolbypassrls AS bypasses FROM pg_roles WHERE rolname = current_user',
    )
    expect(rows).toEqual([{ role: SERVICE_ROLE, bypasses: false }])
  })

  it('keeps all of a transaction or nothing', async () => {
    await postgres.transaction((sql) => sql.query('INSERT INTO things (id) VALUES (1)'))
    const failing = postgres.transaction(async (sql) => {
      await sql.query('INSERT INTO things (id) VALUES (2)')
      throw new Error('second thoughts')
    })
    await expect(failing).rejects.toThrow('second thoughts')
    const conflicting = postgres.transaction(async (sql) => {
      await sql.query('INSERT INTO things (id) VALUES (3)')
      await sql.query('INSERT INTO things (id) VALUES (1)')
    })
    await expect(conflicting).rejects.toMatchObject({ code: '23505' })
    expect((await postgres.query('SELECT id FROM things')).rows).toEqual([{ id: 1 }])
  })

  it('never takes a transaction for committed of which a statement failed unheard', async () => {
    const work = postgres.transaction(async (sql) => {
      void sql.query('INSERT INTO things (id) VALUES (1), (1)')
      void sql.query('INSERT INTO things (id) VALUES (2)')
    })
    await expect(work).rejects.toMatchObject({ code: '23505' })
    expect((await postgres.query('SELECT id FROM things')).rows).toEqual([])
  })

  it('sends statements of a transaction without waiting for answers', async () => {
    const counts = await postgres.transaction((sql) =>
      Promise.all([
        sql.query('INSERT INTO things (id) VALUES (1)'),
        sql.query('INSERT INTO things (id) VALUES (2)'),
        sql.query('SELECT FROM things'),
      ]),
    )
    expect(counts.map(({ count }) => count)).toEqual([1, 1, 2])
  })

  it('runs work again that another transaction stood in the way of', async () => {
    await postgres.query('INSERT INTO things (id, name) VALUES (1, 0)')
    const raise = () =>
      postgres.transaction(
        async (sql) => {
          const { rows } = await sql.query<{ name: string }>('SELECT name FROM things WHERE id = 1')
          await sql.query('UPDATE things SET name = $1 WHERE id = 1', [Number(rows[0]?.name) + 1])
        },
        { isolation: 'serializable', attempts: 100 },
      )
    await Promise.all(Array.from({ length: 4 }, raise))
    expect((await postgres.query('SELECT name FROM things')).rows).toEqual([{ name: '4' }])
  })

  it('says that nothing was done when a connection breaks before COMMIT, and goes on with another', async () => {
    const work = postgres.transaction(async (sql) => {
      await sql.query('INSERT INTO things (id) VALUES (1)')
      const { rows } = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await asOwner(`SELECT pg_terminate_backend(${rows[0]?.pid})`)
      await sql.query('SELECT 1')
    })
    await expect(work).rejects.toMatchObject({ code: 'database_unavailable', name: 'AppError' })
    expect((await postgres.query('SELECT id FROM things')).rows).toEqual([])
  })

  it('tells whoever listens of notifications and of a broken connection', async () => {
    const connection = await postgres.connect()
    const heard = new Promise<string>((resolve) => {
      void connection.listen('things_moved', resolve)
    })
    await connection.query('SELECT 1')
    await postgres.query("SELECT pg_notify('things_moved', 'to 7')")
    expect(await heard).toBe('to 7')
    const broken = new Promise<Error>((resolve) => connection.onBroken(resolve))
    const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await asOwner(`SELECT pg_terminate_backend(${rows[0]?.pid})`)
    expect(failureOf(await broken)).toBe('away')
    connection.release()
  })

  it('migrates once, however many processes begin at the same time', async () => {
    const fresh = await createTestDatabase()
    await Promise.all(
      Array.from({ length: 6 }, () => migrate({ url: fresh, purpose: 'test' }, 'test', MIGRATIONS)),
    )
    const other = await openPostgres({ url: fresh, purpose: 'test' })
    expect((await other.query('SELECT part, version, what FROM migrations ORDER BY version')).rows).toEqual([
      { part: 'test', version: 1, what: 'things' },
      { part: 'test', version: 2, what: 'names' },
    ])
    await other.close()
  })

  it('refuses tables of a newer version, and a migration that is not the one that was applied', async () => {
    await expect(migrate({ url, purpose: 'test' }, 'test', MIGRATIONS.slice(0, 1))).rejects.toMatchObject({
      code: 'invalid_setting',
      hint: expect.stringContaining('the test tables have version 2, this Counterfoil knows 1'),
    })
    const changed = [{ what: 'things', sql: 'CREATE TABLE things (id int)' }, ...MIGRATIONS.slice(1)]
    await expect(migrate({ url, purpose: 'test' }, 'test', changed)).rejects.toMatchObject({
      code: 'invalid_setting',
      hint: expect.stringContaining('were made by another Counterfoil'),
    })
  })
})

describe('a server that entries cannot rest in', () => {
  const refusal = async (url: string, setting?: 'ledger_url') => {
    const opening = openPostgres({ url, purpose: 'test', ...(setting === undefined ? {} : { setting }) })
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    return error as { readonly code: string; readonly hint: string; readonly param: string }
  }

  it.each([
    [
      'an unknown database',
      (url: URL) => (url.pathname = '/nowhere'),
      /^database_url: .*\/nowhere has no such database/,
    ],
    [
      'a wrong password',
      (url: URL) => (url.password = 'wrong-secret'),
      /^database_url: .* refuses the password of the user "postgres"/,
    ],
    [
      'an unknown user',
      (url: URL) => (url.username = 'nobody'),
      /^database_url: .* refuses the password of the user "nobody"/,
    ],
    [
      'TLS where there is none',
      (url: URL) => (url.search = '?sslmode=require'),
      /^database_url: .*does not support SSL/,
    ],
  ])('is refused with one sentence: %s', async (_what, change, sentence) => {
    const url = new URL(await createTestDatabase())
    change(url)
    const { hint } = await refusal(url.href)
    expect(hint).toMatch(sentence)
    expect(hint).not.toContain('wrong-secret')
    expect(hint.match(/\.(?:\s|$)/g)).toHaveLength(1)
  })

  it('is refused when nothing answers', async () => {
    expect(await refusal('postgres://a:secret@127.0.0.1:1/b', 'ledger_url')).toMatchObject({
      code: 'database_unavailable',
      param: 'ledger_url',
      hint: 'ledger_url: there is no connection to PostgreSQL at 127.0.0.1:1/b (ECONNREFUSED).',
    })
  })

  it('is refused when it takes no writes, and when commits are not durable', async () => {
    const url = await createTestDatabase()
    const name = new URL(url).pathname.slice(1)
    const client = new Client(url)
    await client.connect()
    const withSetting = async (setting: string) => {
      await client.query(`ALTER DATABASE ${name} SET ${setting}`)
      return refusal(url)
    }
    expect((await withSetting('default_transaction_read_only = on')).hint).toContain('takes no writes')
    await client.query('SET default_transaction_read_only = off')
    await client.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`)
    expect((await withSetting('synchronous_commit = off')).hint).toContain('has synchronous_commit = off')
    await client.end()
  })

  it('is refused when its user passes over row-level security and cannot take another role', async () => {
    const url = new URL(await createTestDatabase())
    const client = new Client(url.href)
    await client.connect()
    const role = `bypassing${url.pathname.slice(1)}`
    await client.query(`CREATE ROLE ${role} LOGIN BYPASSRLS PASSWORD 'p'`)
    await client.end()
    url.username = role
    url.password = 'p'
    expect(await refusal(url.href)).toMatchObject({
      code: 'invalid_setting',
      hint: expect.stringContaining('pass over row-level security'),
    })
  })
})
