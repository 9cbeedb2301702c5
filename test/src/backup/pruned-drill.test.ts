import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogName } from '@counterfoil/core'
import { commandLine } from '@counterfoil/server/dist/access/administration/doer.js'
import {
  requestRetentionRun,
  setRetentionPolicy,
} from '@counterfoil/server/dist/access/administration/retention.js'
import { fillOldLog } from '@counterfoil/server/dist/lifecycle/testing/old-log.js'
import { TEST_CREDENTIALS, TestS3 } from '@counterfoil/server/dist/object-storage/testing/s3-server.js'
import { createTestDatabase } from '@counterfoil/server/dist/postgres/testing/test-database.js'
import type { SettingName } from '@counterfoil/server/dist/settings/settings.js'
import { openTestServer, type TestServer } from '@counterfoil/server/dist/testing/test-server.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCounterfoil } from '../support/run-counterfoil.js'

// A log whose beginning is gone, brought wherever a log can be: by a backup, and by moving its ledger.

const ENTRIES = 1_200
const DAYS = 30
const KEPT_DAYS = 12

let s3: TestS3
let folder: string
let log: LogName
let key: string
/** Where the log begins, and the newest checkpoint that somebody has kept of it. */
let kept: { readonly minIndex: string; readonly size: number; readonly root: string }
const at = (name: string) => join(folder, name)
const bucket = (prefix: string) => ({
  ledger_url: s3.url(prefix),
  s3_access_key_id: TEST_CREDENTIALS.accessKeyId,
  s3_secret_access_key: TEST_CREDENTIALS.secretAccessKey,
})

beforeAll(async () => {
  s3 = await TestS3.open()
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-pruned-'))
  mkdirSync(at('first'))
  log = await fillOldLog({ directory: at('first'), days: DAYS, entries: ENTRIES })
  const server = await openTestServer({}, at('first'))
  key = await server.makeKey()
  const { access } = server.counterfoil
  const policy = { log, category: null, keepDays: KEPT_DAYS, keepBytes: null, removes: 'entries' } as const
  await setRetentionPolicy(access, commandLine('somebody'), { ...policy, archive: false })
  await requestRetentionRun(access, commandLine('somebody'), log)
  const isPruned = async () => (await access.retention.prunes(log))[0]?.endedAt !== undefined
  while (!(await isPruned())) await pause()
  await removePolicy(server)
  const { size, root } = (await server.call(key, 'GET', '/v1/log')).body
  kept = { minIndex: (await server.call(key, 'GET', '/v1/log/min-index')).body, size, root }
  expect(Number(kept.minIndex)).toBeGreaterThan(500)
  await counterfoil({}, 'backup', ...['--data', at('first'), '--out', at('backup')], ...KEYS_APART)
  await server.counterfoil.close()
}, 240_000)
afterAll(async () => {
  await s3.close()
  rmSync(folder, { recursive: true })
})

const KEYS_APART = ['--signer-out', 'signer', '--with-master-key']
const pause = () => new Promise((resolve) => setTimeout(resolve, 50))

/** Whatever is shown of it later is what was there now. */
async function removePolicy({ counterfoil: { access } }: TestServer): Promise<void> {
  await access.transaction((access) => access.retention.removePolicy(log, null))
}

async function counterfoil(settings: Partial<Record<SettingName, string>>, ...args: readonly string[]) {
  const variables = Object.entries(settings).map(([name, value]) => [
    `COUNTERFOIL_${name.toUpperCase()}`,
    value,
  ])
  const environment: Readonly<Record<string, string>> = Object.fromEntries(variables)
  const { code, output } = await runCounterfoil(folder, environment, ...args)
  expect([code, output]).toEqual([0, expect.any(String)])
}

const restore = (settings: Partial<Record<SettingName, string>>, data: string) =>
  counterfoil(settings, 'restore', '--data', at(data), '--from', at('backup'), '--signer-from', at('signer'))

/** The log begins where it began, verifies, leads to what was signed before, and goes on. */
async function expectSame(settings: Partial<Record<SettingName, string>>, data: string): Promise<void> {
  const server = await openTestServer(settings, at(data))
  try {
    const ask = async (method: string, path: string, body?: object) =>
      (await server.call(key, method, path, body)).body
    expect(await ask('GET', '/v1/log/min-index')).toBe(kept.minIndex)
    const minIndex = Number(kept.minIndex)
    const posted = await server.call(key, 'POST', '/v1/audit_log_entries?wait=checkpoint', { action: 'a.b' })
    expect(posted.status).toBe(201)
    const verified = await ask('POST', '/v1/audit_log_entries/verify', { limit: 10_000 })
    expect(verified).toMatchObject({ verified: true, verified_from_seq: minIndex, pruned_before: minIndex })
    const { size } = await ask('GET', '/v1/log')
    const proof = await ask('GET', `/v1/log/consistency?from=${kept.size}&to=${size}`)
    expect(proof).toMatchObject({ from: kept.size, to: size })
    const gone = await server.call(key, 'GET', '/v1/log/tile/entries/000')
    expect([gone.status, JSON.stringify(gone.body)]).toEqual([404, expect.stringContaining('pruned')])
    const first = await server.call(key, 'GET', `/v1/log/tile/entries/${tileName(minIndex / 256)}`)
    expect(first.status).toBe(200)
  } finally {
    await server.counterfoil.close()
  }
}

function tileName(index: number): string {
  return String(index).padStart(3, '0')
}

it('is restored into PostgreSQL and an object store', async () => {
  const stores = { database_url: await createTestDatabase(), ...bucket('restored') }
  await restore(stores, 'elsewhere')
  await expectSame(stores, 'elsewhere')
}, 240_000)

it('is restored into files, and its ledger moved into an object store from there', async () => {
  await restore({}, 'files')
  await counterfoil(
    { ...bucket('moved'), ledger_url: '' },
    ...['move', '--data', at('files'), '--ledger-to', bucket('moved').ledger_url],
  )
  await expectSame(bucket('moved'), 'files')
}, 240_000)
