import { openPostgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { SIGNER_TEST_ROOT, type SignerStoreHarness, signerStoreConformance } from '../conformance.js'
import { openPostgresSignerStore } from './postgres-signer-store.js'

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
      const postgres = await openPostgres(settings)
      await postgres.query(`UPDATE heads SET ${column} = $1 WHERE origin = $2`, [value, origin])
      await postgres.close()
    },
    close: () => store.close(),
  }
}
