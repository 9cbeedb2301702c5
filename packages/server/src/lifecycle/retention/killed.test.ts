import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LogName } from '@counterfoil/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandLine } from '../../access/administration/doer.js'
import { requestRetentionRun, setRetentionPolicy } from '../../access/administration/retention.js'
import { openSqliteAccessStore } from '../../access/sqlite-access-store.js'
import { openTestServer } from '../../testing/test-server.js'
import { fillOldLog } from '../testing/old-log.js'
import { PRUNE_STEPS } from './prunes.js'

const CHILD = fileURLToPath(new URL('../testing/killed-prunes.js', import.meta.url))
const ENTRIES = 2_000

let prepared: string
let log: LogName
let key: string
beforeAll(async () => {
  prepared = mkdtempSync(join(tmpdir(), 'counterfoil-killed-'))
  log = await fillOldLog({ directory: prepared, days: 40, entries: ENTRIES })
  // The ledger takes them in, and signs.
  const filled = await openTestServer({}, prepared)
  key = await filled.makeKey()
  while ((await filled.call(key, 'GET', '/v1/log')).body.size < ENTRIES) await pause()
  await filled.counterfoil.close()
  const access = await openSqliteAccessStore(join(prepared, 'access.db'))
  const by = commandLine('somebody')
  const policy = {
    log,
    category: null,
    keepDays: 20,
    keepBytes: null,
    removes: 'entries',
    archive: false,
  } as const
  await setRetentionPolicy(access, by, policy)
  await requestRetentionRun(access, by, log)
  await access.close()
}, 120_000)
afterAll(() => rmSync(prepared, { recursive: true, force: true }))

it.each(PRUNE_STEPS)(
  'pruning that kill -9 ended after the step "%s" is finished at the next start, once',
  async (step) => {
    const directory = mkdtempSync(join(tmpdir(), 'counterfoil-killed-'))
    cpSync(prepared, directory, { recursive: true })
    const child = spawn(process.execPath, [CHILD, directory, step], { stdio: 'ignore' })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')

    const server = await openTestServer({}, directory)
    const { retention } = server.counterfoil.access
    while ((await retention.pendingPrunes()).length > 0) await pause()
    expect(await retention.prunes(log)).toMatchObject([{ from: 0, to: 768 }])
    const noted = await server.call(key, 'GET', '/v1/audit_log_entries?action=log.prune')
    expect(noted.body.data).toHaveLength(1)
    const [oldest] = (await server.call(key, 'GET', '/v1/audit_log_entries?order=asc&limit=1')).body.data
    expect(oldest.seq).toBe(768)
    const found = await server.call(
      key,
      'GET',
      '/v1/audit_log_entries?query=action:session.created&order=asc&limit=1',
    )
    expect(found.body.data[0].seq).toBe(770)
    const verified = await server.call(key, 'POST', '/v1/audit_log_entries/verify', { limit: 10_000 })
    expect(verified.body).toMatchObject({ verified: true, verified_from_seq: 768, next_seq: null })
    await server.counterfoil.close()
    rmSync(directory, { recursive: true, force: true })
  },
  240_000,
)

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100))
}
