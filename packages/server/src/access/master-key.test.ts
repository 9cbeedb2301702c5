import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AccessStore } from './access-store.js'
import { COUNTERFOIL } from './administration/doer.js'
import { clientSecretOf, setSso } from './administration/sso.js'
import { openMasterKey, rotateMasterKey, signingRootOf } from './master-key.js'
import { Secrets } from './secrets.js'
import { openSqliteAccessStore } from './sqlite-access-store.js'
import type { Sso } from './tables/sso-table.js'

let directory: string
let store: AccessStore
let place: { file: string; setting: string }
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-master-'))
  store = await openSqliteAccessStore(join(directory, 'access.db'))
  place = { file: join(directory, 'master.key'), setting: '' }
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const refusal = async (at: typeof place): Promise<string> => {
  try {
    await openMasterKey(store, at)
    return 'none'
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as { hint: string }).hint}`
  }
}
/** A personal token that can be shown again. */
async function sealed(): Promise<{ keyId: string; token: string }> {
  const organization = (await store.findOrganization('acme')) ?? (await store.createOrganization('acme'))
  const { key, token } = await store.createKey({
    organization,
    kind: 'personal_token',
    mode: 'live',
    scopes: ['audit:read'],
    name: '',
  })
  await store.apiKeys.sealToken(
    key.keyId,
    (store.secrets as Secrets).seal('personal_token', key.keyId, token),
  )
  return { keyId: key.keyId, token }
}
const unseal = async (keyId: string) =>
  (store.secrets as Secrets).open(
    'personal_token',
    keyId,
    (await store.apiKeys.sealedToken(keyId)) as Uint8Array,
  )

it('is made at the first start, for its owner alone, and is the same at the next', async () => {
  await openMasterKey(store, place)
  expect(statSync(place.file).mode & 0o777).toBe(0o600)
  const { keyId, token } = await sealed()
  await openMasterKey(store, place)
  expect(await unseal(keyId)).toBe(token)
})

it('is refused when it is another, is lost, is no key, or can be read by others', async () => {
  await openMasterKey(store, place)
  const right = readFileSync(place.file, 'utf8')
  writeFileSync(place.file, `${Buffer.from(Secrets.generate()).toString('base64')}\n`)
  expect(await refusal(place)).toMatch(/^wrong_master_key: .*master\.key is not the key/)
  writeFileSync(place.file, 'c2hvcnQ=')
  expect(await refusal(place)).toMatch(/32 bytes in base64/)
  writeFileSync(place.file, right)
  chmodSync(place.file, 0o644)
  expect(await refusal(place)).toMatch(/chmod 600/)
  rmSync(place.file)
  expect(await refusal(place)).toMatch(/is missing/)
  expect(existsSync(place.file)).toBe(false)
  const setting = Buffer.from(Secrets.generate()).toString('base64')
  expect(await refusal({ ...place, setting })).toMatch(/COUNTERFOIL_MASTER_KEY is not the key/)
  expect(await refusal({ ...place, setting: right.trim() })).toBe('none')
})

it('never stands in its own refusal', async () => {
  await openMasterKey(store, place)
  for (const setting of [Buffer.from(Secrets.generate()).toString('base64'), 'not-a-key-but-secret'])
    expect(await refusal({ ...place, setting })).not.toContain(setting)
})

it('is replaced by rotation: everything sealed opens under the new one, nothing under the old', async () => {
  await openMasterKey(store, place)
  const { keyId, token } = await sealed()
  const before = readFileSync(place.file, 'utf8')
  const old = store.secrets as Secrets
  expect(await rotateMasterKey(store, COUNTERFOIL, place, () => undefined)).toBe(1)
  expect(readFileSync(place.file, 'utf8')).not.toBe(before)
  await openMasterKey(store, place)
  expect(await unseal(keyId)).toBe(token)
  await expect(
    (async () => old.open('personal_token', keyId, (await store.apiKeys.sealedToken(keyId)) as Uint8Array))(),
  ).rejects.toThrow()
})

it('is replaced for second factors and client secrets as well, or they are given up with it', async () => {
  await openMasterKey(store, place)
  const old = store.secrets as Secrets
  const { personId } = await store.people.create('ada@example.com')
  const organization = await store.createOrganization('globex')
  await store.people.setSecondFactor(personId, old.seal('second_factor', personId, 'A SECRET'), 7)
  await store.recoveryCodes.setAll(personId, [new Uint8Array(32)])
  await setSso(store, COUNTERFOIL, organization, {
    issuer: 'https://id.example.com',
    clientId: 'c',
    clientSecret: 'another secret',
    domains: ['example.com'],
    defaultRole: 'member',
    autoCreate: false,
    required: false,
  })
  expect(await rotateMasterKey(store, COUNTERFOIL, place, () => undefined)).toBe(2)
  const person = await store.people.findById(personId)
  const after = store.secrets as Secrets
  expect(after.open('second_factor', personId, person?.secondFactor as Uint8Array)).toBe('A SECRET')
  expect(() => old.open('second_factor', personId, person?.secondFactor as Uint8Array)).toThrow()
  // A code that was taken is not taken again because of it.
  expect([person?.secondFactorStep, await store.recoveryCodes.count(personId)]).toEqual([7, 1])
  expect(clientSecretOf(store, (await store.sso.find(organization.id)) as Sso)).toBe('another secret')
  await rotateMasterKey(store, COUNTERFOIL, place, () => undefined, true)
  expect((await store.people.findById(personId))?.secondFactor).toBe(undefined)
  expect(await store.recoveryCodes.count(personId)).toBe(0)
  expect(await store.sso.find(organization.id)).toMatchObject({ issuer: 'https://id.example.com' })
  expect(clientSecretOf(store, (await store.sso.find(organization.id)) as Sso)).toBe(undefined)
})

it('is replaced without another signing root for logs, unless the old one is lost', async () => {
  const root = await signingRootOf(store, await openMasterKey(store, place))
  for (let i = 0; i < 2; i++) {
    await rotateMasterKey(store, COUNTERFOIL, place, () => undefined)
    expect(await signingRootOf(store, await openMasterKey(store, place))).toEqual(root)
  }
  await rotateMasterKey(store, COUNTERFOIL, place, () => undefined, true)
  expect(await signingRootOf(store, await openMasterKey(store, place))).not.toEqual(root)
})

it.each(['before', 'after'])('survives a crash of a rotation %s its commit', async (when) => {
  await openMasterKey(store, place)
  const { keyId, token } = await sealed()
  const before = readFileSync(place.file, 'utf8')
  if (when === 'before') {
    writeFileSync(`${place.file}.new`, `${Buffer.from(Secrets.generate()).toString('base64')}\n`, {
      mode: 0o600,
    })
  } else {
    await rotateMasterKey(store, COUNTERFOIL, place, () => undefined)
    const after = readFileSync(place.file, 'utf8')
    // As it was between the commit and the renaming.
    writeFileSync(`${place.file}.new`, after, { mode: 0o600 })
    writeFileSync(place.file, before)
  }
  await openMasterKey(store, place)
  expect(existsSync(`${place.file}.new`)).toBe(false)
  expect(await unseal(keyId)).toBe(token)
})

it('shows the new key first when it is in the setting', async () => {
  const setting = Buffer.from(Secrets.generate()).toString('base64')
  await openMasterKey(store, { ...place, setting })
  const { keyId, token } = await sealed()
  let shown = ''
  await rotateMasterKey(store, COUNTERFOIL, { ...place, setting }, async (masterKey) => {
    shown = masterKey
    // Whoever notes it down here has it, whatever happens next: nothing was changed so far.
    expect(await unseal(keyId)).toBe(token)
  })
  expect(await refusal({ ...place, setting })).toMatch(/^wrong_master_key/)
  await openMasterKey(store, { ...place, setting: shown })
  expect(await unseal(keyId)).toBe(token)
  expect(existsSync(place.file)).toBe(false)
})

it('can be given up with what it sealed', async () => {
  await openMasterKey(store, place)
  const { keyId, token } = await sealed()
  rmSync(place.file)
  store.secrets = undefined
  await rotateMasterKey(store, COUNTERFOIL, place, () => undefined, true)
  await openMasterKey(store, place)
  expect(await store.apiKeys.sealedToken(keyId)).toBe(undefined)
  expect(await store.authenticate(token)).toBeDefined()
})

it('binds what is sealed to what it is for', async () => {
  await openMasterKey(store, place)
  const secrets = store.secrets as Secrets
  const text = secrets.seal('personal_token', 'one', 'text')
  expect(secrets.open('personal_token', 'one', text)).toBe('text')
  expect(() => secrets.open('personal_token', 'two', text)).toThrow()
  expect(() => secrets.open('viewer_token', 'one', text)).toThrow()
  for (let i = 0; i < text.length; i++) {
    const changed = Uint8Array.from(text, (byte, at) => (at === i ? byte ^ 1 : byte))
    expect(() => secrets.open('personal_token', 'one', changed)).toThrow()
  }
})
