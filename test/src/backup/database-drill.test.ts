import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TEST_CREDENTIALS, TestS3 } from '@counterfoil/server/dist/object-storage/testing/s3-server.js'
import { createTestDatabase } from '@counterfoil/server/dist/postgres/testing/test-database.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FaultBench, until } from '../faults/fault-bench.js'
import type { Acknowledgements } from '../support/acknowledgements.js'
import { Api } from '../support/api.js'
import { runCounterfoil } from '../support/run-counterfoil.js'
import { ServerProcess } from '../support/server-process.js'
import { acknowledgedNumbers, expectPromised, receiptsOf } from './receipts.js'

// The drill of drill.test.ts where nothing is in the data directory: PostgreSQL, another database for the signer, an object store.

type Environment = Readonly<Record<string, string>>
const BEFORE = 600
const AFTER = 200

let s3: TestS3
let bench: FaultBench
let first: Environment
let second: Environment
let promised: Acknowledgements
const at = (...names: readonly string[]) => join(bench.folder, ...names)

async function storesOf(prefix: string): Promise<Environment> {
  return {
    COUNTERFOIL_DATABASE_URL: await createTestDatabase(),
    COUNTERFOIL_SIGNER_URL: await createTestDatabase(),
    COUNTERFOIL_LEDGER_URL: s3.url(prefix),
    COUNTERFOIL_S3_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    COUNTERFOIL_S3_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
    COUNTERFOIL_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  }
}

const counterfoil = (environment: Environment, ...args: readonly string[]) =>
  runCounterfoil(bench.folder, environment, ...args)

const restore = (environment: Environment, data: string, ...more: readonly string[]) =>
  counterfoil(environment, 'restore', '--data', at(data), '--from', at('backup'), ...more)

beforeAll(async () => {
  s3 = await TestS3.open()
  first = await storesOf('first')
  second = await storesOf('second')
  bench = new FaultBench(first)
  await bench.begin()
  await bench.acknowledged(BEFORE, 60_000)
  const api = new Api(bench.server.url, bench.token)
  // Then the object store has bundles of it, which the journal has as well.
  const signed = async () => (await api.read<{ size: number }>('/v1/log')).size >= 512
  await until(signed, 60_000, 'a checkpoint over 512 entries')
  api.close()
  const numbers = acknowledgedNumbers(bench.load)
  const out = ['--data', bench.dataDirectory, '--out', at('backup'), '--signer-out', at('signer')]
  const backup = await counterfoil(first, 'backup', ...out)
  expect(backup.code, backup.output).toBe(0)
  await bench.acknowledged(AFTER, 60_000)
  bench.server.signalGroup('SIGKILL')
  await bench.load.pause()
  promised = receiptsOf(bench.load, numbers)
}, 180_000)
afterAll(async () => {
  await bench.end()
  await s3.close()
})

/** Every entry that was promised is there, and signing goes on. */
async function expectRestored(data: string, environment: Environment): Promise<void> {
  const server = await ServerProcess.start(at(data), environment)
  const api = new Api(server.url, bench.token)
  try {
    await expectPromised(api, bench.load, promised, BEFORE)
    const posted = await api.post('/v1/audit_log_entries?wait=checkpoint', JSON.stringify({ action: 'a.b' }))
    expect(posted.status, posted.text).toBe(201)
  } finally {
    api.close()
    await server.stop()
  }
}

describe('a backup of PostgreSQL and an object store, taken under load', () => {
  it('is the files of a data directory, and nothing else', () => {
    expect(readdirSync(at('backup')).toSorted()).toEqual([
      ...['access.db', 'backup.json', 'catalogue.db', 'journal.db', 'ledger.db'],
    ])
    expect(readdirSync(at('signer')).toSorted()).toEqual(['backup.json', 'signer.db'])
  })

  it('restores to other databases and another bucket whatever was acknowledged before it began', async () => {
    const restored = await restore(second, 'new', '--signer-from', at('signer'))
    expect(restored.code, restored.output).toBe(0)
    expect(existsSync(at('new', 'journal.db')) || existsSync(at('new', 'restoring'))).toBe(false)
    await expectRestored('new', second)
    const again = await restore(second, 'newer', '--signer-from', at('signer'))
    expect([again.code, again.output]).toEqual([2, expect.stringContaining('nothing is ever written over')])
  }, 120_000)

  it('restores to a data directory, too', async () => {
    const { COUNTERFOIL_MASTER_KEY = '' } = first
    const restored = await restore({ COUNTERFOIL_MASTER_KEY }, 'plain', '--signer-from', at('signer'))
    expect(restored.code, restored.output).toBe(0)
    await expectRestored('plain', { COUNTERFOIL_MASTER_KEY })
  }, 120_000)
})
