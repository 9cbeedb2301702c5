import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../sqlite/driver.js'
import type { AccessStore, Organization } from './access-store.js'
import { makeToken } from './api-key.js'
import { openSqliteAccessStore } from './sqlite-access-store.js'

let directory: string
let store: AccessStore
let organization: Organization

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-access-'))
  store = await openSqliteAccessStore(join(directory, 'access.db'))
  organization = await store.createOrganization('acme')
})

afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const request = () => ({ organization, mode: 'live', scopes: ['audit:read'], name: 'n' }) as const

test('a key pair needs both halves, and is no bearer token', async () => {
  const { token, secret, key } = await store.createKey({ ...request(), kind: 'key_pair' })
  if (secret === undefined) throw new Error('a pair has a secret')
  expect(await store.authenticatePair(token, secret)).toEqual(key)
  // Remembered now, and not as a token of any spelling.
  for (const between of [':', '\n', ' ', ''])
    expect(await store.authenticate(`${token}${between}${secret}`), JSON.stringify(between)).toBe(undefined)
  expect(
    await store.authenticatePair(token, `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`),
  ).toBe(undefined)
  const other = await store.createKey({ ...request(), kind: 'key_pair' })
  expect(await store.authenticatePair(other.token, secret)).toBe(undefined)
  expect(await store.authenticate(token)).toBe(undefined)
  expect(await store.authenticate(secret)).toBe(undefined)
})

test('a personal token is a UUID that is found by its hash', async () => {
  const { token, key } = await store.createKey({ ...request(), kind: 'personal_token' })
  expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  expect(await store.authenticate(token)).toEqual(key)
  expect(await store.authenticate(token.toUpperCase())).toBe(undefined)
  await store.revokeKey(key.keyId)
  expect(await store.authenticate(token)).toBe(undefined)
})

test("tokens with a vendor's head are keys like any other", async () => {
  for (const style of ['cf', 'ark', 'prdm_cmp', 'prdm_wsp'] as const) {
    const { token, key } = await store.createKey({ ...request(), style })
    expect(token.startsWith(`${style}_live_`)).toBe(true)
    expect(await store.authenticate(token)).toEqual(key)
    // The head is part of what is checked: another one makes another token.
    expect(await store.authenticate(token.replace(style, style === 'cf' ? 'ark' : 'cf'))).toBe(undefined)
  }
})

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:'

function randomText(length: number, alphabet = ALPHABET): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('')
}

test('none of 100,000 random texts of every form is accepted', async () => {
  await store.createKey({ ...request(), kind: 'personal_token' })
  const { token } = await store.createKey(request())
  const keyId = token.split('_')[2] as string
  const forms: readonly (() => string)[] = [
    () => randomText(1 + (randomBytes(1)[0] as number)),
    () => `cf_live_${keyId}_${randomText(49, ALPHABET.slice(0, 62))}`,
    () => `cf_session_live_${randomText(12, ALPHABET.slice(0, 62))}_${randomText(49, ALPHABET.slice(0, 62))}`,
    () => `cf_view_live_${randomText(80)}.${randomText(43)}`,
    () => randomUUID(),
  ]
  for (let i = 0; i < 100_000; i++) {
    const text = (forms[i % forms.length] as () => string)()
    if ((await store.authenticate(text)) !== undefined) throw new Error(`accepted ${text}`)
    if (i % 10 === 0 && (await store.authenticatePair(keyId, text)) !== undefined)
      throw new Error(`accepted ${text}`)
  }
})

test('a key keeps its rate class', async () => {
  const elevated = await store.createKey({ ...request(), rateClass: 'elevated' })
  expect(await store.authenticate(elevated.token)).toMatchObject({ rateClass: 'elevated' })
  expect(await store.authenticate((await store.createKey(request())).token)).toMatchObject({
    rateClass: 'standard',
  })
})

test('no edit of one character of 200 keys is accepted', async () => {
  for (let i = 0; i < 200; i++) {
    const { token } = await store.createKey(request())
    for (let at = 0; at < token.length; at++) {
      for (const character of ['0', 'z', '_', String.fromCharCode(token.charCodeAt(at) ^ 32)]) {
        if (character === token[at]) continue
        const edits = [
          token.slice(0, at) + character + token.slice(at + 1),
          token.slice(0, at) + character + token.slice(at),
          token.slice(0, at) + token.slice(at + 1),
        ]
        for (const edited of edits)
          if (edited !== token && (await store.authenticate(edited)) !== undefined)
            throw new Error(`accepted ${edited}`)
      }
    }
    expect(await store.authenticate(token)).toBeDefined()
  }
})

test('a store of before there were roles keeps its people, who are owners, and its keys', async () => {
  const path = join(directory, 'older.db')
  const older = await openDatabase(path)
  older.exec(`
    CREATE TABLE organizations (id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
      created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE api_keys (key_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations,
      mode TEXT NOT NULL, scopes TEXT NOT NULL, name TEXT NOT NULL, secret_hash BLOB NOT NULL,
      created_at INTEGER NOT NULL, kind TEXT NOT NULL DEFAULT 'api_key') STRICT, WITHOUT ROWID;
    CREATE INDEX api_keys_by_secret ON api_keys (secret_hash) WHERE kind = 'personal_token';
    CREATE TABLE people (email TEXT PRIMARY KEY, password_hash TEXT NOT NULL,
      organization_id TEXT NOT NULL REFERENCES organizations, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE sessions (session_id TEXT PRIMARY KEY, email TEXT NOT NULL REFERENCES people, mode TEXT NOT NULL,
      secret_hash BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO organizations VALUES ('o1', 'acme', 'Acme', 1);
    INSERT INTO people VALUES ('Admin@Example.com', 'hash', 'o1', 2), ('b@example.com', 'hash2', 'o1', 3);
    INSERT INTO sessions VALUES ('s', 'b@example.com', 'live', x'00', 4);
    PRAGMA user_version = 2`)
  const made = makeToken('live')
  older
    .prepare("INSERT INTO api_keys VALUES (?, 'o1', 'live', 'audit:read', 'k', ?, 5, 'api_key')")
    .run(made.keyId, made.secretHash)
  older.close()
  const upgraded = await openSqliteAccessStore(path)
  const people = await upgraded.memberships.list('o1')
  expect(people.map(({ email, role }) => [email, role])).toEqual([
    ['admin@example.com', 'owner'],
    ['b@example.com', 'owner'],
  ])
  expect(people[0]?.personId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect((await upgraded.people.find('admin@example.com'))?.passwordHash).toBe('hash')
  expect(await upgraded.authenticate(made.token)).toMatchObject({
    organizationId: 'o1',
    scopes: ['audit:read'],
    rateClass: 'standard',
  })
  await upgraded.close()
})
