import { spawnSync } from 'node:child_process'
import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandLine } from '../../access/administration/doer.js'
import { setRetentionPolicy } from '../../access/administration/retention.js'
import type { RetentionPolicy } from '../../access/tables/retention-tables.js'
import { person, tokenOf } from '../../dialects/access/testing/people.js'
import { parseS3Url } from '../../object-storage/s3-address.js'
import { S3Client } from '../../object-storage/s3-client.js'
import { TEST_CREDENTIALS, TestS3 } from '../../object-storage/testing/s3-server.js'
import { openPostgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import type { SettingName } from '../../settings/settings.js'
import { type Answer, openTestServer, type TestServer } from '../../testing/test-server.js'
import { fillOldLog } from '../testing/old-log.js'

// What pruning gives back, measured where the bytes lie. Files of SQLite are measured in retention.test.ts.

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url))
const ENTRIES = 1_024
const DAYS = 20
const KEPT_DAYS = 9
/** Random, so that it takes its space wherever it is. */
const BYTES = 1_500

let s3: TestS3
beforeAll(async () => {
  s3 = await TestS3.open()
})
afterAll(() => s3.close())

type Body = Answer['body']
interface Opened {
  readonly server: TestServer
  readonly ask: (method: string, path: string, body?: object) => Promise<Body>
}

/** A server over entries of some days, all of which are signed and rest. */
async function open(settings: Partial<Record<SettingName, string>>): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'counterfoil-freed-'))
  const { database_url: url } = settings
  await fillOldLog({
    ...{ directory, days: DAYS, entries: ENTRIES, bytes: BYTES },
    ...(url === undefined ? {} : { databaseUrl: url }),
  })
  const server = await openTestServer(settings, directory)
  await person(server, 'owner@example.com', { acme: 'owner' })
  const owner = await tokenOf(server, 'owner@example.com')
  const ask: Opened['ask'] = async (method, path, body) => (await server.call(owner, method, path, body)).body
  // Nothing is told of a log before its first checkpoint.
  while (!((await ask('GET', '/v1/log')).size >= ENTRIES)) await pause()
  return { server, ask }
}
const pause = () => new Promise((resolve) => setTimeout(resolve, 100))

/** Prunes what is older than is kept, and gives the share that this is of all entries. */
async function prune({ ask }: Opened): Promise<number> {
  await ask('PUT', '/v1/retention/policies', { keep_days: KEPT_DAYS, removes: 'entries' })
  await ask('POST', '/v1/retention/runs', {})
  for (;;) {
    const [carriedOut] = (await ask('GET', '/v1/retention')).prunes
    if (carriedOut?.status === 'carried_out') return carriedOut.to / ENTRIES
    await pause()
  }
}

it('gives space of PostgreSQL back, of the journal and of the ledger; the preview without a server is the same', async () => {
  const url = await createTestDatabase()
  const opened = await open({ database_url: url })
  const { server, ask } = opened
  await ask('PUT', '/v1/retention/policies', {
    category: 'authentication',
    keep_bytes: 1,
    removes: 'content',
  })
  let shown = await ask('GET', '/v1/retention/preview')
  // Until the index has all that was recorded, it is refused.
  while (shown.expiries === undefined) {
    await pause()
    shown = await ask('GET', '/v1/retention/preview')
  }
  expect(shown.expiries[0].entries).toBeGreaterThan(40)
  const args = ['retention', 'preview', '--org', 'acme', '--mode', 'live', '--json']
  const environment = { ...process.env, ...server.environment }
  const offline = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env: environment })
  expect([offline.stderr, JSON.parse(offline.stdout)]).toEqual(['', shown])
  // Nobody has said where archives rest: it is told at once, and to whom asks for a run of a policy that is there.
  const policy = { category: 'authentication', keep_bytes: 1, removes: 'content' }
  const refused = { error: 'archive_place_missing' }
  expect(await ask('PUT', '/v1/retention/policies', { ...policy, archive: true })).toMatchObject(refused)
  const { access } = server.counterfoil
  const [set] = (await access.retention.allPolicies()) as [RetentionPolicy]
  await setRetentionPolicy(access, commandLine('somebody'), { ...set, archive: true })
  await ask('POST', '/v1/retention/runs', {})
  const outcomeOf = async () => (await ask('GET', '/v1/retention')).runs[0].outcome
  await expect.poll(outcomeOf, { timeout: 60_000 }).toContain('nowhere to put archives')
  await ask('DELETE', '/v1/retention/policies/authentication')
  const database = await openPostgres({ url, purpose: 'measure' })
  const sizes = async () => {
    const of = (table: string) => `pg_total_relation_size('${table}') AS ${table}`
    const { rows } = await database.query<Record<string, number>>(
      `SELECT ${['blocks', 'ledger_bundles', 'ledger_tiles'].map(of).join(', ')}`,
    )
    return rows[0] as Record<string, number>
  }
  const before = await sizes()
  const share = await prune(opened)
  const after = await sizes()
  expect(share).toBeGreaterThan(0.4)
  for (const table of ['blocks', 'ledger_bundles']) {
    const freed = (before[table] as number) - (after[table] as number)
    expect([table, freed > 0.8 * share * (before[table] as number)]).toEqual([table, true])
  }
  await database.close()
  await server.close()
}, 120_000)

it('gives space of an object store back, and of the journal beside it', async () => {
  const settings = {
    ledger_url: s3.url('freed'),
    s3_access_key_id: TEST_CREDENTIALS.accessKeyId,
    s3_secret_access_key: TEST_CREDENTIALS.secretAccessKey,
  }
  const opened = await open(settings)
  const client = new S3Client(parseS3Url(settings.ledger_url, 'ledger_url'), TEST_CREDENTIALS, 'ledger_url')
  const bytes = async () => (await client.list('')).reduce((sum, object) => sum + object.bytes, 0)
  // What was recorded last is in the write-ahead log.
  const sizeOf = (name: string) => statSync(join(opened.server.directory, name)).size
  const journal = () => sizeOf('journal.db') + sizeOf('journal.db-wal')
  const [before, journalBefore] = [await bytes(), journal()]
  const share = await prune(opened)
  expect(share).toBeGreaterThan(0.4)
  expect(before - (await bytes())).toBeGreaterThan(0.9 * share * before)
  expect(journalBefore - journal()).toBeGreaterThan(0.8 * share * journalBefore)
  await opened.server.close()
}, 120_000)
