import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../sqlite/driver.js'
import type { AccessStore, Organization } from './access-store.js'
import { openSqliteAccessStore } from './sqlite-access-store.js'

let directory: string
let store: AccessStore
let organization: Organization

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-access-'))
  store = await openSqliteAccessStore(join(directory, 'access.db'))
  organization = store.createOrganization('acme')
})

afterEach(() => {
  store.close()
  rmSync(directory, { recursive: true })
})

const request = () => ({ organization, mode: 'live', scopes: ['audit:read'], name: 'n' }) as const

test('a key pair needs both halves, and is no bearer token', () => {
  const { token, secret, key } = store.createKey({ ...request(), kind: 'key_pair' })
  if (secret === undefined) throw new Error('a pair has a secret')
  expect(store.authenticatePair(token, secret)).toEqual(key)
  expect(store.authenticatePair(token, `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`)).toBe(
    undefined,
  )
  const other = store.createKey({ ...request(), kind: 'key_pair' })
  expect(store.authenticatePair(other.token, secret)).toBe(undefined)
  expect(store.authenticate(token)).toBe(undefined)
  expect(store.authenticate(secret)).toBe(undefined)
})

test('a personal token is a UUID that is found by its hash', () => {
  const { token, key } = store.createKey({ ...request(), kind: 'personal_token' })
  expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  expect(store.authenticate(token)).toEqual(key)
  expect(store.authenticate(token.toUpperCase())).toBe(undefined)
  store.revokeKey(key.keyId)
  expect(store.authenticate(token)).toBe(undefined)
})

test("tokens with a vendor's head are keys like any other", () => {
  for (const style of ['cf', 'ark', 'prdm_cmp', 'prdm_wsp'] as const) {
    const { token, key } = store.createKey({ ...request(), style })
    expect(token.startsWith(`${style}_live_`)).toBe(true)
    expect(store.authenticate(token)).toEqual(key)
    // The head is part of what is checked: another one makes another token.
    expect(store.authenticate(token.replace(style, style === 'cf' ? 'ark' : 'cf'))).toBe(undefined)
  }
})

test('no random text of any form is a key', () => {
  store.createKey({ ...request(), kind: 'personal_token' })
  const { token } = store.createKey(request())
  for (let i = 0; i < token.length; i++) {
    const edited = token.slice(0, i) + (token[i] === 'x' ? 'y' : 'x') + token.slice(i + 1)
    expect(store.authenticate(edited)).toBe(undefined)
  }
})

test('a key keeps its rate class, and keys made before there were any are standard', async () => {
  const elevated = store.createKey({ ...request(), rateClass: 'elevated' })
  expect(store.authenticate(elevated.token)).toMatchObject({ rateClass: 'elevated' })
  const { token } = store.createKey(request())
  store.close()
  const path = join(directory, 'access.db')
  const database = await openDatabase(path)
  database.exec('ALTER TABLE api_keys DROP COLUMN rate_class; PRAGMA user_version = 2')
  database.close()
  store = await openSqliteAccessStore(path)
  for (const old of [token, elevated.token])
    expect(store.authenticate(old)).toMatchObject({ rateClass: 'standard' })
})
