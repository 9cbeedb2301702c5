import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import type { AccessStore, Organization } from './access-store.js'
import { COUNTERFOIL } from './administration/doer.js'
import { revokeKey } from './administration/keys.js'
import { openAccessStore } from './open-access-store.js'

// Two stores on one database are what two processes have of it.
let one: AccessStore
let other: AccessStore
let organization: Organization
beforeAll(async () => {
  const url = await createTestDatabase()
  // At once, as processes that are started together: one of them makes the tables.
  ;[one, other] = await Promise.all([
    openAccessStore({ kind: 'postgres', url }),
    openAccessStore({ kind: 'postgres', url }),
  ])
  organization = await one.createOrganization('acme')
})
afterAll(async () => {
  await one.close()
  await other.close()
})

const newKey = () => one.createKey({ organization, mode: 'live', scopes: ['audit:read'], name: '' })

describe('processes that share an access store in PostgreSQL', () => {
  it('refuse a key with the very next request after one of them revoked it, whatever they remember', async () => {
    for (let i = 0; i < 20; i++) {
      const { token, key } = await newKey()
      const known = await Promise.all(Array.from({ length: 50 }, () => other.authenticate(token)))
      expect(known.map((found) => found?.keyId)).toEqual(known.map(() => key.keyId))
      // Requests that come before, during and after the change: the last of these must be refused.
      const before = Array.from({ length: 10 }, () => other.authenticate(token))
      await revokeKey(one, COUNTERFOIL, organization, key.keyId)
      const after = await Promise.all(Array.from({ length: 50 }, () => other.authenticate(token)))
      expect(after).toEqual(after.map(() => undefined))
      await Promise.all(before)
    }
  })

  it('change one after the other: what one has read holds until it has written', async () => {
    const { id } = await one.createOrganization('counted')
    const addOne = (store: AccessStore) =>
      store.transaction(async ({ workspaces }) => {
        const count = (await workspaces.list(id)).length
        await workspaces.create(id, `w${count}`, 'w')
      })
    await Promise.all(Array.from({ length: 40 }, (_, i) => addOne(i % 2 === 0 ? one : other)))
    const slugs = (await other.workspaces.list(id)).map(({ slug }) => slug)
    expect(slugs.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => `w${i}`).toSorted())
  })

  it('see nothing of a transaction that was rolled back, and nothing of one before its end', async () => {
    const { id } = await one.createOrganization('rolled')
    const failing = one.transaction(async ({ workspaces }) => {
      await workspaces.create(id, 'never', 'w')
      expect(await workspaces.list(id)).toHaveLength(1)
      expect(await one.workspaces.list(id)).toEqual([])
      expect(await other.workspaces.list(id)).toEqual([])
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await other.workspaces.list(id)).toEqual([])
  })

  it('do not let what a transaction was given be used after its end', async () => {
    const kept = await one.transaction(async ({ workspaces }) => workspaces)
    await expect(kept.list('x')).rejects.toThrow('after its end')
  })

  it('make one organization of a slug, and one organization for the platform', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? one : other).createOrganization('unique')),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const platforms = await Promise.all([one.tenants.platform(), other.tenants.platform()])
    expect(platforms[0].id).toBe(platforms[1].id)
  })
})
