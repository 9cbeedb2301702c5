import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccessStore, Organization } from '../../access/access-store.js'
import { setPolicies } from '../../access/administration/catalogue.js'
import { COUNTERFOIL } from '../../access/administration/doer.js'
import { revokeKey } from '../../access/administration/keys.js'
import { resumeOrganization, suspendOrganization } from '../../access/administration/organizations.js'
import { openAccessStore } from '../../access/open-access-store.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

// A server on PostgreSQL records for callers as it remembers them. What another process changes holds all the same.

const PATH = '/v1/audit_log_entries'
let server: TestServer
/** Another process's. */
let other: AccessStore
let organization: Organization
let reader: string
/** A key that the server remembers. */
let key: { readonly id: string; readonly token: string }
beforeAll(async () => {
  const url = await createTestDatabase()
  server = await openTestServer({ database_url: url })
  reader = await server.makeKey()
  other = await openAccessStore({ kind: 'postgres', url })
  organization = (await other.findOrganization('acme')) as Organization
})
afterAll(async () => {
  await other.close()
  await server.close()
})
beforeEach(async () => {
  key = await rememberedKey()
})

async function rememberedKey(): Promise<typeof key> {
  const made = await other.createKey({ organization, mode: 'live', scopes: ['audit:write'], name: '' })
  expect(server.counterfoil.access.recall(made.token)).toBeUndefined()
  await untilRemembered(made.token)
  return { id: made.key.keyId, token: made.token }
}

/** What was noted about a change goes out a little later, which changes the store once more. */
async function untilRemembered(token: string): Promise<void> {
  const { access } = server.counterfoil
  await expect
    .poll(async () => {
      expect((await post({ action: 'to.be.remembered' }, {}, token)).status).toBe(201)
      return access.recall(token)
    })
    .toBeDefined()
}

const post = (body: unknown, headers: Record<string, string> = {}, token = key.token) =>
  server.call(token, 'POST', PATH, body, headers)
const revoke = () => revokeKey(other, COUNTERFOIL, organization, key.id)
async function recorded(action: string): Promise<number> {
  const { body } = await server.call(reader, 'GET', `${PATH}/histogram?action=${action}`)
  return body.data.reduce((sum: number, { total }: { total: number }) => sum + total, 0)
}

describe('a caller that is remembered', () => {
  it('is refused with the very next request after another process revoked its key, and nothing is recorded', async () => {
    await revoke()
    const { status, body, headers } = await post({ action: 'a.revoked' })
    expect([status, body.code]).toEqual([401, 'invalid_api_key'])
    // Neither is it told anything of the log.
    expect(headers.get('counterfoil-checkpoint')).toBeNull()
    expect(await recorded('a.revoked')).toBe(0)
  })

  it.each([
    ['a body that is refused', { actio: 'x' }, {}],
    ['another content type', 'x', { 'content-type': 'text/plain' }],
    ['an Idempotency-Key that is none', { action: 'a.a' }, { 'idempotency-key': '' }],
    ['a parameter that is none', { action: 'a.a' }, {}, '?wait=for-ever'],
  ])('is told of %s only while its key holds', async (_, body, headers, query = '') => {
    const ask = () => server.call(key.token, 'POST', PATH + query, body, headers)
    const known = await ask()
    expect([400, 415]).toContain(known.status)
    await revoke()
    const { status, headers: sent } = await ask()
    expect(status).toBe(401)
    expect(sent.get('counterfoil-checkpoint')).toBeNull()
  })

  it('gets no receipt of an earlier request once its key is revoked', async () => {
    const again = () => post({ action: 'once' }, { 'idempotency-key': `of ${key.id}` })
    expect((await again()).status).toBe(201)
    expect((await again()).headers.get('idempotent-replayed')).toBe('true')
    await revoke()
    expect((await again()).status).toBe(401)
  })

  it('is recorded for as before, whatever else was changed', async () => {
    const seqs: number[] = []
    for (let i = 0; i < 5; i++) {
      await untilRemembered(key.token)
      await other.createOrganization(`beside-${i}`)
      // Alone in its group, a body is given away; a small one is copied.
      const entries = Array.from({ length: i % 2 === 0 ? 1 : 400 }, () => ({ action: 'as.before' }))
      const { status, body } = await post(entries)
      expect(status).toBe(201)
      seqs.push(...body.data.map(({ seq }: { seq: number }) => seq))
    }
    expect(new Set(seqs).size).toBe(803)
  })

  it('is refused by every request that begins after the revocation, and those before are recorded or refused whole', async () => {
    let answered = 0
    for (let round = 0; round < 10; round++) {
      key = await rememberedKey()
      const before = Array.from({ length: 40 }, () => post([{ action: 'by.many' }, { action: 'by.many' }]))
      const revoking = revoke()
      const during = Array.from({ length: 20 }, () => post([{ action: 'by.many' }, { action: 'by.many' }]))
      await revoking
      const after = await Promise.all(Array.from({ length: 20 }, () => post({ action: 'by.nobody' })))
      expect(after.map(({ status }) => status)).toEqual(after.map(() => 401))
      const statuses = (await Promise.all([...before, ...during])).map(({ status }) => status)
      expect(statuses.every((status) => status === 201 || status === 401)).toBe(true)
      answered += statuses.filter((status) => status === 201).length
    }
    expect(await recorded('by.nobody')).toBe(0)
    expect(await recorded('by.many')).toBe(2 * answered)
  })

  it('is refused while its organization is suspended, and let in again', async () => {
    await suspendOrganization(other, COUNTERFOIL, organization.id, 'unpaid bills')
    const refused = await post({ action: 'while.suspended' })
    expect([refused.status, refused.body.code]).toEqual([403, 'organization_suspended'])
    await resumeOrganization(other, COUNTERFOIL, organization.id)
    expect((await post({ action: 'in.again' })).status).toBe(201)
    expect(await recorded('while.suspended')).toBe(0)
  })

  it('has its entries held against the catalogue as it is', async () => {
    const setUnknown = (unknown_action: 'accept' | 'refuse') =>
      setPolicies(other, COUNTERFOIL, organization, 'live', { unknown_action })
    await setUnknown('refuse')
    expect((await post({ action: 'not.in.the.catalogue' })).status).toBe(400)
    await setUnknown('accept')
    expect((await post({ action: 'not.in.the.catalogue' })).status).toBe(201)
  })
})
