import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandLine } from '../access/administration/doer.js'
import { requestEpoch } from '../access/administration/epochs.js'
import { openSqliteAccessStore } from '../access/sqlite-access-store.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { EPOCH_STEPS } from './epoch-changes.js'

const CHILD = fileURLToPath(new URL('./testing/killed-epochs.js', import.meta.url))

let directory: string
let organizationId: string
let key: string
let operatorsKey: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-killed-epochs-'))
  const server = await openTestServer({}, directory)
  key = await server.makeKey()
  organizationId = (await server.counterfoil.access.findOrganization('acme'))?.id as string
  await server.counterfoil.access.tenants.platform()
  operatorsKey = await server.makeKey({ slug: '_platform' })
  await server.call(key, 'POST', '/v1/audit_log_entries?wait=checkpoint', { action: 'order.created' })
  await server.counterfoil.close()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function requestOffline(origin: string): Promise<void> {
  const access = await openSqliteAccessStore(join(directory, 'access.db'))
  await requestEpoch(access, commandLine('somebody'), {
    log: { organization_id: organizationId, mode: 'live' },
    ...{ origin, reason: 'kill -9 at a step of it', keyCompromised: true },
  })
  await access.close()
}

/** Entries about epochs that a log has, the oldest first, once the newest leads to `origin`. */
async function epochsIn(server: TestServer, logKey: string, origin: string) {
  const path = '/v1/audit_log_entries?action=log.epoch&order=asc'
  const newOrigins = async (): Promise<readonly string[]> =>
    (await server.call(logKey, 'GET', path)).body.data.map(
      ({ metadata }: { metadata: { new_origin: string } }) => metadata.new_origin,
    )
  await expect.poll(async () => (await newOrigins()).at(-1)).toBe(origin)
  return (await server.call(logKey, 'GET', path)).body.data
}

// One log through all of them: each epoch begins where the one before was cut off.
it.each(EPOCH_STEPS.map((step, i) => [step, i] as const))(
  'a log that kill -9 met after the step "%s" of beginning anew has begun once, and both logs tell of it once',
  async (step, epochsBefore) => {
    const originOf = (epoch: number) => `counterfoil.local/log/${organizationId}/live/${epoch}`
    await requestOffline(originOf(epochsBefore))
    const child = spawn(process.execPath, [CHILD, directory, step], { stdio: 'ignore' })
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL')

    const server = await openTestServer({}, directory)
    try {
      const { epochRequests } = server.counterfoil.access
      await expect.poll(() => epochRequests.pending()).toEqual([])
      const expected = EPOCH_STEPS.slice(0, epochsBefore + 1).map((_, i) => originOf(i + 1))
      for (const logKey of [operatorsKey, key]) {
        const found = await epochsIn(server, logKey, expected.at(-1) as string)
        expect(found.map((entry: typeof found) => entry.metadata.new_origin)).toEqual(expected)
        // Nothing was wrong with the log but its key.
        for (const { metadata, actor } of found)
          expect([metadata.frozen, actor.id]).toEqual([null, 'command_line'])
      }
      const [request] = await epochRequests.all()
      expect(request).toMatchObject({ newOrigin: expected.at(-1) })
      expect(request?.refusal).toBe(undefined)
      const checkpoint = async () => (await server.call(key, 'GET', '/v1/log/checkpoint')).body
      await expect.poll(checkpoint).toContain(`${expected.at(-1)}\n`)
      const verified = await server.call(key, 'POST', '/v1/audit_log_entries/verify', { limit: 100 })
      expect(verified.body).toMatchObject({ verified: true, next_seq: null })
    } finally {
      await server.counterfoil.close()
    }
  },
)
