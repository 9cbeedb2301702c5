import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { run, temporaryPlace } from '../cli/testing/cli-process.js'
import { TEST_BUCKET, TEST_CREDENTIALS, TestS3 } from '../object-storage/testing/s3-server.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'

const PATH = '/v1/audit_log_entries'
let s3: TestS3
let server: TestServer
let key: string
let prefixes = 0
beforeAll(async () => {
  s3 = await TestS3.open()
})
afterAll(() => s3.close())
const flagsOf = (prefix: string) => ({
  ledger_url: s3.url(prefix),
  s3_access_key_id: TEST_CREDENTIALS.accessKeyId,
  s3_secret_access_key: TEST_CREDENTIALS.secretAccessKey,
})
beforeEach(async () => {
  server = await openTestServer(flagsOf(`whole-${prefixes++}`))
  key = await server.makeKey()
})
afterEach(async () => {
  s3.fault = { kind: 'none' }
  await server.close()
})

const record = async (count: number) => {
  const entries = Array.from({ length: count }, (_, i) => ({ action: 'a.a', metadata: { i } }))
  return server.call(key, 'POST', PATH, entries)
}
const checkpointSize = async () => {
  const { body } = await server.call(key, 'GET', '/v1/log/checkpoint')
  return Number(String(body).split('\n')[1])
}
const tiles = () => s3.requests.PUT ?? 0

it('puts entries into the object store, and serves tiles and proofs of them from there', async () => {
  await record(600)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(600)
  expect(tiles()).toBeGreaterThan(4)
  const verified = await server.call(key, 'POST', `${PATH}/verify`, {})
  expect(verified).toMatchObject({ status: 200, body: { verified: true, chain_length: 600 } })
  server = await server.restart()
  expect(await checkpointSize()).toBe(600)
  const tile = await server.call(key, 'GET', '/v1/log/tile/0/001')
  expect(tile.status).toBe(200)
})

it('is read from its beginning by fsck, which names what was changed in the store', async () => {
  const answer = await server.call(
    key,
    'POST',
    `${PATH}?wait=checkpoint`,
    Array.from({ length: 600 }, () => ({ action: 'a.a' })),
  )
  expect(answer.status).toBe(201)
  await server.counterfoil.close()
  const prefix = `whole-${prefixes - 1}`
  const place = temporaryPlace({
    COUNTERFOIL_DATA: server.directory,
    COUNTERFOIL_LEDGER_URL: s3.url(prefix),
    COUNTERFOIL_S3_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    COUNTERFOIL_S3_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  })
  expect(await run(place, ['fsck'])).toMatchObject({ code: 0, stderr: '' })
  const files = readdirSync(join(s3.directory, TEST_BUCKET, prefix), { recursive: true }).map(String)
  const bundle = files.find((name) => name.endsWith('bundle/001._S3rver_object')) as string
  const file = join(s3.directory, TEST_BUCKET, prefix, bundle)
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
  writeFileSync(file, bytes)
  const { code, stdout } = await run(place, ['fsck'])
  expect(stdout).toMatch(/BROKEN {2}ledger, bundle 1: /)
  expect(code).toBe(4)
  place.remove()
  server = await openTestServer(flagsOf(prefix), server.directory)
})

it('records on while the store refuses, signs when it takes again, and starts without it', async () => {
  await record(300)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(300)
  s3.fault = { kind: 'refuse' }
  expect((await record(300)).status).toBe(201)
  expect((await record(300)).status).toBe(201)
  server = await server.restart()
  expect((await record(100)).status).toBe(201)
  const list = await server.call(key, 'GET', `${PATH}?limit=10`)
  expect([list.status, list.body.data.length]).toEqual([200, 10])
  s3.fault = { kind: 'none' }
  await expect.poll(checkpointSize, { timeout: 30_000 }).toBe(1_000)
})

it.each([
  ['a wrong secret', { s3_secret_access_key: 'guess' }, 's3_secret_access_key'],
  ['no key at all', { s3_access_key_id: '' }, 's3_access_key_id'],
  ['a bucket that is not there', { ledger_url: 's3://nobody/x' }, 'has no bucket "nobody"'],
])('is refused %s when it starts, in one sentence', async (_what, flags, said) => {
  const given = { ...flagsOf('refused'), ...flags }
  const url = given.ledger_url.replace('s3://nobody/x', s3.url('x').replace('//audit/', '//nobody/'))
  await expect(openTestServer({ ...given, ledger_url: url })).rejects.toMatchObject({
    code: 'invalid_setting',
    hint: expect.stringContaining(said),
  })
})

it('takes over from a ledger on disk as long as the journal has given nothing away', async () => {
  const prefix = `taken-${prefixes}`
  await server.close()
  server = await openTestServer()
  key = await server.makeKey()
  await record(600)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(600)
  await server.counterfoil.close()
  server = await openTestServer(flagsOf(prefix), server.directory)
  await record(300)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(900)
  const files = readdirSync(join(s3.directory, TEST_BUCKET, prefix), { recursive: true }).map(String)
  expect(files.filter((name) => /bundle\/00\d\._S3rver_object$/.test(name))).toHaveLength(3)
})

it('takes a ledger over that "counterfoil move" has brought there, and gives it back', async () => {
  const prefix = `moved-${prefixes}`
  await server.close()
  server = await openTestServer()
  key = await server.makeKey()
  await record(600)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(600)
  await server.counterfoil.close()
  const place = temporaryPlace({
    COUNTERFOIL_DATA: server.directory,
    COUNTERFOIL_S3_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    COUNTERFOIL_S3_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  })
  const moved = await run(place, ['move', '--ledger-to', s3.url(prefix)])
  expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining('COUNTERFOIL_LEDGER_URL')])
  const left = readdirSync(server.directory)
  expect([left.includes('ledger.db'), left.includes('journal.db')]).toEqual([false, true])
  server = await openTestServer(flagsOf(prefix), server.directory)
  await record(410)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(1_010)
  const home = ['move', '--ledger-to', 'journal', '--json']
  const inBucket = { ...place, environment: { ...place.environment, COUNTERFOIL_LEDGER_URL: s3.url(prefix) } }
  const copied = await run(inBucket, home)
  expect([copied.code, copied.stdout]).toEqual([0, expect.stringContaining('"state":"copied"')])
  await record(20)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(1_030)
  await server.counterfoil.close()
  const back = await run(inBucket, home)
  expect([back.code, back.stdout]).toEqual([0, expect.stringContaining('"rows":8,')])
  place.remove()
  server = await openTestServer({}, server.directory)
  await record(10)
  await expect.poll(checkpointSize, { timeout: 20_000 }).toBe(1_040)
})
