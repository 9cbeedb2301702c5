import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrationHash } from '../../postgres/migrations.js'
import { openPostgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { type Database, openDatabase } from '../../sqlite/driver.js'
import type { AccessStore } from '../access-store.js'
import { makePair, makePersonalToken, makeToken } from '../api-key.js'
import { openAccessStore } from '../open-access-store.js'
import { openSqliteAccessStore } from '../sqlite-access-store.js'
import { MIGRATIONS } from './migrations.js'
import { POSTGRES_MIGRATIONS } from './postgres-migrations.js'

const ACME = '01930000-0000-7000-8000-00000000000a'
const GLOBEX = '01930000-0000-7000-8000-00000000000b'
const ADA = '01930000-0000-4000-8000-0000000000da'
const MADE_AT = 1_795_000_000_000

const key = makeToken('live')
const pair = makePair()
const personal = makePersonalToken()
const session = makeToken('live', 'cf_session')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-migrations-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

type Value = string | number | Uint8Array | null

function insert(database: Database, table: string, row: Readonly<Record<string, Value>>): void {
  const names = Object.keys(row)
  database
    .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
    .run(...Object.values(row))
}

/** What an installation had at each version, in the columns that there were. Later ones hold what earlier ones do. */
function fill(database: Database, version: number): void {
  for (const [id, slug] of [
    [ACME, 'acme'],
    [GLOBEX, 'globex'],
  ] as const)
    insert(database, 'organizations', { id, slug, name: slug, created_at: MADE_AT })
  const ofAcme = { organization_id: ACME, mode: 'live', name: 'a key', created_at: MADE_AT }
  insert(database, 'api_keys', {
    ...ofAcme,
    key_id: key.keyId,
    scopes: 'audit:read audit:write',
    secret_hash: key.secretHash,
  })
  if (version >= 2) {
    const scopes = 'audit:read'
    insert(database, 'api_keys', {
      ...ofAcme,
      key_id: pair.keyId,
      scopes,
      secret_hash: pair.secretHash,
      kind: 'key_pair',
    })
    insert(database, 'api_keys', {
      ...ofAcme,
      key_id: personal.keyId,
      scopes,
      secret_hash: personal.secretHash,
      kind: 'personal_token',
      ...(version >= 4 ? { person_id: ADA } : {}),
    })
  }
  if (version >= 3)
    database.prepare("UPDATE api_keys SET rate_class = 'elevated' WHERE key_id = ?").run(key.keyId)
  if (version < 4) fillPeopleBeforeRoles(database)
  else fillPeople(database, version)
}

function fillPeopleBeforeRoles(database: Database): void {
  const ada = { email: 'Ada@Example.com', password_hash: 'hash of ada', organization_id: ACME }
  insert(database, 'people', { ...ada, created_at: MADE_AT })
  insert(database, 'people', {
    email: 'bob@example.com',
    password_hash: 'hash of bob',
    organization_id: GLOBEX,
    created_at: MADE_AT + 1,
  })
  insert(database, 'sessions', {
    session_id: session.keyId,
    email: 'Ada@Example.com',
    mode: 'live',
    secret_hash: session.secretHash,
    expires_at: Date.now() + 3_600_000,
  })
}

function fillPeople(database: Database, version: number): void {
  const bob = '01930000-0000-4000-8000-0000000000b0'
  const made = { created_at: MADE_AT }
  for (const [person_id, email, name] of [
    [ADA, 'ada@example.com', 'hash of ada'],
    [bob, 'bob@example.com', 'hash of bob'],
  ] as const)
    insert(database, 'people', { person_id, email, password_hash: name, ...made })
  insert(database, 'memberships', {
    organization_id: ACME,
    person_id: ADA,
    name: '',
    role: 'owner',
    ...made,
  })
  insert(database, 'memberships', {
    organization_id: GLOBEX,
    person_id: bob,
    name: '',
    role: 'owner',
    ...made,
  })
  insert(database, 'roles', {
    id: 'r1',
    organization_id: ACME,
    name: 'reader',
    description: '',
    permissions: 'entries.read',
    ...made,
  })
  insert(database, 'workspaces', { id: 'w1', organization_id: ACME, slug: 'emea', name: 'EMEA', ...made })
  insert(database, 'support_accesses', {
    id: 's1',
    organization_id: ACME,
    person_id: bob,
    email: 'bob@example.com',
    reason: 'a reason',
    expires_at: MADE_AT + 1,
    ...made,
  })
  insert(database, 'outbox', { organization_id: ACME, mode: 'live', entry: '{"action":"waits"}' })
  insert(database, 'master_key', { only_one: 1, fingerprint: Uint8Array.of(1, 2, 3) })
  const later = Date.now() + 3_600_000
  const ada = { session_id: session.keyId, person_id: ADA, organization_id: ACME, mode: 'live' }
  insert(database, 'sessions', {
    ...ada,
    secret_hash: session.secretHash,
    created_at: Date.now(),
    expires_at: later,
    ...(version >= 5
      ? { form: 'token', method: 'password', second_factor: 0, last_used_at: Date.now() }
      : {}),
  })
  if (version < 5) return
  insert(database, 'recovery_codes', { person_id: ADA, code_hash: Uint8Array.of(9) })
  insert(database, 'links', {
    id: 'l1',
    kind: 'invitation',
    secret_hash: Uint8Array.of(8),
    organization_id: ACME,
    email: 'new@example.com',
    role: 'member',
    shown: 1,
    created_by: ADA,
    created_at: MADE_AT,
    expires_at: later,
  })
  insert(database, 'sso', {
    organization_id: ACME,
    issuer: 'https://id.example.com',
    client_id: 'counterfoil',
    domains: 'example.com',
    default_role: 'member',
    auto_create: 1,
    required: 0,
    updated_at: MADE_AT,
  })
}

/** What must be there whichever version it came from. */
async function expectAll(store: AccessStore, version: number): Promise<void> {
  expect((await store.organizations()).map(({ slug }) => slug)).toEqual(['acme', 'globex'])
  expect(await store.findOrganization('acme')).toEqual({
    id: ACME,
    slug: 'acme',
    name: 'acme',
    createdAt: MADE_AT,
    viewTokensAgain: false,
    secondFactorRequired: false,
    ...('publicEvidence' in ((await store.findOrganization('acme')) ?? {}) ? { publicEvidence: false } : {}),
  })
  expect(await store.authenticate(key.token)).toMatchObject({
    organizationId: ACME,
    mode: 'live',
    scopes: ['audit:read', 'audit:write'],
    rateClass: version >= 3 ? 'elevated' : 'standard',
  })
  for (const [email, slug] of [
    ['ada@example.com', 'acme'],
    ['bob@example.com', 'globex'],
  ] as const) {
    const person = await store.people.find(email)
    expect(person?.passwordHash).toBe(`hash of ${email.slice(0, 3)}`)
    const memberships = await store.memberships.ofPerson(person?.personId ?? '')
    expect(memberships.map(({ organizationId, role }) => [organizationId, role])).toEqual([
      [(await store.findOrganization(slug))?.id, 'owner'],
    ])
  }
  if (version >= 2) {
    expect(await store.authenticatePair(pair.keyId, pair.secret)).toMatchObject({ kind: 'key_pair' })
    expect(await store.apiKeys.find(personal.keyId)).toMatchObject({
      kind: 'personal_token',
      organizationId: ACME,
    })
  }
  if (version >= 4) await expectAdministration(store, version)
}

async function expectAdministration(store: AccessStore, version: number): Promise<void> {
  expect(await store.authenticate(personal.token)).toMatchObject({ owner: { email: 'ada@example.com' } })
  expect(await store.roles.list(ACME)).toMatchObject([{ name: 'reader', permissions: ['entries.read'] }])
  expect(await store.workspaces.list(ACME)).toMatchObject([{ slug: 'emea', name: 'EMEA' }])
  expect(await store.supportAccesses.list(ACME)).toMatchObject([{ reason: 'a reason' }])
  expect((await store.outbox.oldest(9)).map(({ json }) => json)).toEqual(['{"action":"waits"}'])
  expect(await store.masterKey.fingerprint()).toEqual(Uint8Array.of(1, 2, 3))
  // Sessions say since version 5 how somebody proved who they are: those of before end, as documented.
  expect((await store.authenticate(session.token)) === undefined).toBe(version < 5)
  if (version < 5) return
  expect(await store.links.invitations(ACME)).toMatchObject([{ email: 'new@example.com', role: 'member' }])
  expect(await store.sso.find(ACME)).toMatchObject({ issuer: 'https://id.example.com', autoCreate: true })
}

describe('access.db of an older version', () => {
  it.each(MIGRATIONS.map((_, i) => i + 1))('%d is opened with everything that was in it', async (version) => {
    const path = join(directory, 'access.db')
    const old = await openDatabase(path)
    for (const statements of MIGRATIONS.slice(0, version)) old.exec(statements)
    old.exec(`PRAGMA user_version = ${version}`)
    fill(old, version)
    old.close()
    for (let opened = 0; opened < 2; opened++) {
      const store = await openSqliteAccessStore(path)
      await expectAll(store, version)
      await store.close()
    }
    const now = await openDatabase(path)
    const rows = <T>(sql: string) => now.prepare(sql).all() as unknown as T[]
    expect(rows('PRAGMA user_version')).toEqual([{ user_version: MIGRATIONS.length }])
    expect(rows('PRAGMA foreign_key_check')).toEqual([])
    expect(rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    // The very tables of a new installation.
    const fresh = join(directory, 'fresh.db')
    await (await openSqliteAccessStore(fresh)).close()
    const made = await openDatabase(fresh)
    const tables = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    expect(rows(tables)).toEqual(made.prepare(tables).all())
    made.close()
    now.close()
  })

  it('of a newer version is left alone', async () => {
    const path = join(directory, 'access.db')
    await (await openSqliteAccessStore(path)).close()
    const newer = await openDatabase(path)
    newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    newer.close()
    await expect(openSqliteAccessStore(path)).rejects.toMatchObject({ code: 'invalid_setting' })
  })

  it('is in PostgreSQL what a file is: the same tables and columns', async () => {
    const url = await createTestDatabase()
    await (await openAccessStore({ kind: 'postgres', url })).close()
    const path = join(directory, 'access.db')
    await (await openSqliteAccessStore(path)).close()
    const file = await openDatabase(path)
    const ofFile = file
      .prepare(
        `SELECT tables.name AS table_name, columns.name AS column_name FROM sqlite_schema AS tables
         JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'`,
      )
      .all() as { table_name: string; column_name: string }[]
    file.close()
    const postgres = await openPostgres({ url, purpose: 'test' })
    const { rows } = await postgres.query<{ table_name: string; column_name: string }>(
      `SELECT table_name, column_name FROM information_schema.columns
       WHERE table_schema = 'counterfoil' AND table_name NOT IN ('migrations', 'versions')`,
    )
    await postgres.close()
    const names = (all: readonly { table_name: string; column_name: string }[]) =>
      all.map(({ table_name, column_name }) => `${table_name}.${column_name}`).toSorted()
    expect(names(rows)).toEqual(names(ofFile))
  })

  it('in PostgreSQL was made by statements that have not changed since', () => {
    // Versions of the file from 11 on come by themselves: a line for each here, too.
    expect(POSTGRES_MIGRATIONS.map(migrationHash)).toEqual([
      '1fa58c3c02c506a6',
      '62696dbe8be811f1',
      '208a8410fd5f61bd',
      '83ab41148177cfe8',
      '5ee8656d036987f2',
      'cc6b4e57b69d91be',
    ])
  })

  it('was made by statements that have not changed since', () => {
    // A line for each version that was released: append, never change. What is in a file cannot be unmade.
    expect(
      MIGRATIONS.map((statements) => createHash('sha256').update(statements).digest('hex').slice(0, 16)),
    ).toEqual([
      '58011f40992f0df0',
      '7f87aad21098e366',
      '86a7c53058a91873',
      'b8fbf185ed62db86',
      '181fb1047e5db9dd',
      '0d7663635acd4004',
      '8614a0bb96d1a759',
      'eec9450f7e0d5598',
      '0dbd6c1f1448ae32',
      '62e7bb827cd18707',
      '04cc09ecb47f6c78',
      '16fb53a95e42cec2',
      '973b23f6256e1b15',
      'c44f78fccfbf5dc5',
    ])
  })
})
