import { expect, it } from 'vitest'
import { readGuarded, UNGUARDED_SESSION } from '../../postgres/guard.js'
import { openPostgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { SIGNER_TEST_ROOT, type SignerStoreHarness, signerStoreConformance } from '../conformance.js'
import { openPostgresSignerStore } from './postgres-signer-store.js'
import { SIGNER_GUARD } from './schema.js'

signerStoreConformance('postgresql', async () => openHarness(await createTestDatabase()))

async function openHarness(url: string, root: Uint8Array = SIGNER_TEST_ROOT): Promise<SignerStoreHarness> {
  const settings = { url, schema: 'counterfoil_signer', purpose: 'test' }
  const store = await openPostgresSignerStore(settings, root)
  return {
    store,
    another: () => openPostgresSignerStore(settings, root),
    reopen: async (otherRoot = root) => {
      await store.close()
      return openHarness(url, otherRoot)
    },
    tamper: async (origin, column, value) => {
      const postgres = await openPostgres({ ...settings, session: UNGUARDED_SESSION })
      await postgres.query(`UPDATE heads SET ${column} = $1 WHERE origin = $2`, [value, origin])
      await postgres.close()
    },
    close: () => store.close(),
  }
}

it('shows a statement that forgets its filter the head of the log that it is for, and without one none', async () => {
  const settings = { url: await createTestDatabase(), schema: 'counterfoil_signer', purpose: 'test' }
  const store = await openPostgresSignerStore(settings, SIGNER_TEST_ROOT)
  const heads = ['a', 'b'].map((name) => ({
    origin: `a.test/log/${name}/live/0`,
    log: { organization_id: name, mode: 'live' } as const,
    size: 0,
    headHash: '00'.repeat(32),
    root: new Uint8Array(32),
    frontier: new Uint8Array(0),
    note: 'n',
    signedAtMs: 1,
    generation: 0,
  }))
  await store.begin(...heads)
  await store.close()
  const postgres = await openPostgres(settings)
  const text = 'SELECT origin FROM heads'
  expect((await postgres.query(text)).rows).toEqual([])
  expect(await readGuarded(postgres, SIGNER_GUARD, heads[1]?.origin as string, { text })).toEqual([
    { origin: 'a.test/log/b/live/0' },
  ])
  expect((await postgres.query('DELETE FROM heads')).count).toBe(0)
  await postgres.close()
  // With the guard off, the same statement sees everything: it is the guard that held it back.
  const owner = await openPostgres({ ...settings, asOwner: true })
  expect((await owner.query(text)).rows).toHaveLength(2)
  await owner.close()
})
