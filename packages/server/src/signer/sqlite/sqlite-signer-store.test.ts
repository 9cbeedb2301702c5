import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../sqlite/driver.js'
import { SIGNER_TEST_ROOT, type SignerStoreHarness, signerStoreConformance } from '../conformance.js'
import { openSqliteSignerStore } from './sqlite-signer-store.js'

signerStoreConformance('sqlite', () => openHarness(mkdtempSync(join(tmpdir(), 'counterfoil-signer-'))))

async function openHarness(
  directory: string,
  root: Uint8Array = SIGNER_TEST_ROOT,
): Promise<SignerStoreHarness> {
  const path = join(directory, 'signer.db')
  const store = await openSqliteSignerStore(path, root)
  return {
    store,
    another: () => openSqliteSignerStore(path, root),
    reopen: async (otherRoot = root) => {
      await store.close()
      return openHarness(directory, otherRoot)
    },
    tamper: async (origin, column, value) => {
      const database = await openDatabase(path)
      database.prepare(`UPDATE heads SET ${column} = ? WHERE origin = ?`).run(value, origin)
      database.close()
    },
    close: async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}
