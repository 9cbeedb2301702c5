import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../sqlite/driver.js'
import { openTestServer } from '../testing/test-server.js'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))

let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-fsck-'))
  const server = await openTestServer({}, directory)
  const body = Array.from({ length: 600 }, (_, i) => ({
    action: 'a.b',
    actor: { type: 'user', id: `u${i}` },
  }))
  const answer = await server.call(
    await server.makeKey(),
    'POST',
    '/v1/audit_log_entries?wait=checkpoint',
    body,
  )
  expect(answer.status).toBe(201)
  await server.counterfoil.close()
})
afterAll(() => rmSync(directory, { recursive: true }))

function fsck(...options: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, [MAIN, 'fsck', '--data', directory, ...options], {
    encoding: 'utf8',
  })
  return { status, stdout }
}

it('reads everything and finds it intact, in words and in JSON', () => {
  const { status, stdout } = fsck('--json')
  expect(JSON.parse(stdout)).toMatchObject({ object: 'log_check', size: 600, intact: true, findings: [] })
  expect(status).toBe(0)
  expect(fsck().stdout).toContain('intact  600 entries')
})

it('names what was changed in the ledger, and where', async () => {
  const database = await openDatabase(join(directory, 'ledger.db'))
  database.exec(
    "UPDATE bundles SET bytes = CAST(substr(bytes, 1, 2000) || x'00ff00' || substr(bytes, 2004) AS BLOB) WHERE bundle = 1",
  )
  database.close()
  const { status, stdout } = fsck()
  expect(stdout).toMatch(/BROKEN {2}ledger, bundle 1: /)
  expect(status).toBe(4)
})
