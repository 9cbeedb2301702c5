import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { commandLine } from '../access/administration/doer.js'
import { requestErasure } from '../access/administration/erasures.js'
import { openSqliteAccessStore } from '../access/sqlite-access-store.js'
import { openTestServer } from '../testing/test-server.js'
import { ERASURE_STEPS } from './erasures.js'

const CHILD = fileURLToPath(new URL('./testing/killed-erasures.js', import.meta.url))
const ENTRIES = 600

// Side by side: what takes long is waiting for the engine to let go of old files.
it.concurrent.each(ERASURE_STEPS)(
  'an erasure that kill -9 ended after the step "%s" is carried out once, and whole',
  async (step) => {
    const directory = mkdtempSync(join(tmpdir(), 'counterfoil-killed-'))
    const { key, organizationId } = await prepare(directory)
    const child = spawn(process.execPath, [CHILD, directory, step], { stdio: 'ignore' })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')

    const server = await openTestServer({}, directory)
    const { erasures } = server.counterfoil.access
    while ((await erasures.pending()).length > 0) await new Promise((resolve) => setTimeout(resolve, 100))
    const noted = await server.call(key, 'GET', '/v1/audit_log_entries?action=log.redacted')
    expect(noted.body.data).toHaveLength(1)
    const [erasure] = await erasures.list(organizationId)
    expect(erasure).toMatchObject({ entryId: noted.body.data[0].id, entries: ENTRIES / 2 })
    expect(erasure?.certificate).toContain('"certificate":"counterfoil-erasure/v1"')
    const verified = await server.call(key, 'POST', '/v1/audit_log_entries/verify', { limit: 10_000 })
    expect(verified.body).toMatchObject({ verified: true, redacted: ENTRIES / 2, next_seq: null })
    const searched = await server.call(key, 'GET', '/v1/audit_log_entries?query=actor:planted-actor')
    expect(searched.body.data).toEqual([])
    expect(files(directory).filter((bytes) => bytes.includes('planted-actor'))).toEqual([])
    await server.counterfoil.close()
    rmSync(directory, { recursive: true, force: true })
  },
  120_000,
)

/** A log with entries, and an erasure of every other one that nobody has begun with. */
async function prepare(
  directory: string,
): Promise<{ readonly key: string; readonly organizationId: string }> {
  const filled = await openTestServer({}, directory)
  const key = await filled.makeKey()
  for (let batch = 0; batch < 3; batch++) {
    const entries = Array.from({ length: ENTRIES / 3 }, (_, i) => ({
      action: 'order.created',
      actor: { type: 'user', id: i % 2 === 0 ? 'planted-actor' : 'another' },
    }))
    await filled.call(key, 'POST', '/v1/audit_log_entries', entries)
  }
  await filled.call(key, 'GET', '/v1/audit_log_entries?query=actor:another')
  const organizationId = (await filled.counterfoil.access.findOrganization('acme'))?.id as string
  await filled.counterfoil.close()
  await requestOffline(directory, organizationId)
  return { key, organizationId }
}

async function requestOffline(directory: string, organizationId: string): Promise<void> {
  const access = await openSqliteAccessStore(join(directory, 'access.db'))
  await requestErasure(access, commandLine('somebody'), {
    log: { organization_id: organizationId, mode: 'live' },
    sections: ['/actor'],
    runs: Array.from({ length: ENTRIES / 2 }, (_, i) => [2 * i, 2 * i]),
    reason: 'kill -9 at a step of it',
    legalBasis: 'none',
  })
  await access.close()
}

function files(directory: string): Buffer[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path))
}
