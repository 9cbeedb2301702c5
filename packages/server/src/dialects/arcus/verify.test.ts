import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../sqlite/driver.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const PATH = '/v1/audit_log_entries'
const ROWS = 6
const ENTRIES_A_ROW = 5
let server: TestServer

beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

/** A log of its own, of six rows in the file, and the ids of its entries by seq. */
async function makeLog(slug: string): Promise<{ key: string; ids: readonly string[] }> {
  const key = await server.makeKey({ slug })
  const ids: string[] = []
  for (let row = 0; row < ROWS; row++) {
    const batch = Array.from({ length: ENTRIES_A_ROW }, (_, i) => ({ action: 'a.b', metadata: { row, i } }))
    const { body } = await server.call(key, 'POST', PATH, batch)
    ids.push(...body.data.map(({ id }: { id: string }) => id))
  }
  return { key, ids }
}

/** Changes the row of a log that holds `seq`, in the file itself, behind the server's back. */
async function tamper(
  slug: string,
  seq: number,
  sql: string,
  change?: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const organization = (await server.counterfoil.access.findOrganization(slug))?.id as string
  const database = await openDatabase(join(server.directory, 'journal.db'))
  database.exec('PRAGMA ignore_check_constraints = ON; PRAGMA busy_timeout = 5000')
  const { position, entry_hashes: hashes } = database
    .prepare(
      `SELECT position, entry_hashes FROM blocks JOIN logs USING (log)
       WHERE organization_id = ? AND blocks.first_seq <= ? ORDER BY first_seq DESC LIMIT 1`,
    )
    .get(organization, seq) as { position: number; entry_hashes: Uint8Array }
  const values = change === undefined ? [position] : [change(Uint8Array.from(hashes)), position]
  const { changes } = database.prepare(`${sql} WHERE position = ?`).run(...values)
  database.close()
  expect(Number(changes)).toBe(1)
}

const verify = async (key: string, body: object = {}) =>
  (await server.call(key, 'POST', `${PATH}/verify`, body)).body

const flip = (place: number) => (bytes: Uint8Array) => bytes.with(place, (bytes[place] as number) ^ 1)
const zero = (index: number) => (bytes: Uint8Array) => bytes.fill(0, 32 * index, 32 * (index + 1))

test('entry_hash_mismatch: what an entry says was changed', async () => {
  const { key, ids } = await makeLog('changed')
  await tamper('changed', 7, 'UPDATE blocks SET entry_hashes = ?', flip(32 * 2 + 9))
  expect(await verify(key)).toMatchObject({
    verified: false,
    chain_length: 7,
    broken_at: ids[7],
    broken_reason: 'entry_hash_mismatch',
    broken_seq: 7,
    verified_to_seq: 6,
    next_seq: null,
  })
  // What lies before and after it is as it was.
  expect(await verify(key, { to_seq: 6 })).toMatchObject({ verified: true, chain_length: 7 })
  expect(await verify(key, { from_seq: 10 })).toMatchObject({ verified: true, chain_length: 20 })
})

test('prev_hash_mismatch: the link to the entry before was changed', async () => {
  const { key, ids } = await makeLog('relinked')
  await tamper('relinked', 10, "UPDATE blocks SET prev_hash = CAST(x'5a' || substr(prev_hash, 2) AS BLOB)")
  expect(await verify(key)).toMatchObject({
    verified: false,
    broken_at: ids[10],
    broken_reason: 'prev_hash_mismatch',
    broken_seq: 10,
  })
})

test('missing_row: entries were removed; broken_at is the nearest that is still there', async () => {
  const { key, ids } = await makeLog('removed')
  await tamper('removed', 15, 'DELETE FROM blocks')
  const middle = { verified: false, broken_reason: 'missing_row', broken_at: ids[20], broken_seq: 15 }
  expect(await verify(key)).toMatchObject(middle)
  expect(await verify(key, { from_seq: 16 })).toMatchObject({ ...middle, broken_at: ids[20] })
  expect(await verify(key, { from_seq: 21 })).toMatchObject({ verified: true, chain_length: 9 })
  await tamper('removed', 29, 'DELETE FROM blocks')
  expect(await verify(key, { from_seq: 21 })).toMatchObject({
    broken_reason: 'missing_row',
    broken_seq: 25,
    broken_at: ids[24],
  })
})

test.each([
  ['all zeros', zero(3), 8],
  ['cut off', (bytes: Uint8Array) => bytes.slice(0, 32 * 4 + 5), 9],
  ['empty', () => new Uint8Array(0), 5],
] as const)('null_hash: a stored hash is %s', async (what, change, seq) => {
  const slug = `hash-${what.replace(' ', '-')}`
  const { key, ids } = await makeLog(slug)
  await tamper(slug, 5, 'UPDATE blocks SET entry_hashes = ?', change)
  expect(await verify(key)).toMatchObject({
    verified: false,
    broken_reason: 'null_hash',
    broken_seq: seq,
    broken_at: ids[seq],
    chain_length: seq,
  })
})

test('null_hash: a hash, or a link, that is NULL; also just before the range', async () => {
  const { key, ids } = await makeLog('nulled')
  await tamper('nulled', 5, 'UPDATE blocks SET entry_hashes = NULL')
  const broken = { verified: false, broken_reason: 'null_hash' }
  expect(await verify(key)).toMatchObject({ ...broken, broken_seq: 5, broken_at: ids[5] })
  expect(await verify(key, { from_seq: 10 })).toMatchObject({ ...broken, broken_seq: 9, broken_at: ids[9] })
  await tamper('nulled', 20, 'UPDATE blocks SET prev_hash = zeroblob(32)')
  expect(await verify(key, { from_seq: 12 })).toMatchObject({ ...broken, broken_seq: 20, broken_at: ids[20] })
})

test('a log is verified page by page, though all of it has one time', async () => {
  const key = await server.makeKey({ slug: 'paged' })
  const batch = Array.from({ length: 200 }, () => ({ action: 'a.b' }))
  const { body: recorded } = await server.call(key, 'POST', PATH, batch)
  const times = new Set(recorded.data.map(({ recorded_at }: { recorded_at: string }) => recorded_at))
  expect(times.size).toBe(1)
  let from: number | null = 0
  const walked: number[] = []
  while (from !== null) {
    const page: { verified: boolean; chain_length: number; next_seq: number | null } = await verify(key, {
      from_seq: from,
      limit: 70,
    })
    expect(page.verified).toBe(true)
    walked.push(page.chain_length)
    from = page.next_seq
  }
  expect(walked).toEqual([70, 70, 60])
  // Both bounds hold: by time, and by seq within it.
  const [time] = [...times]
  const within = { from_date: time, to_date: time, from_seq: 150, to_seq: 159 }
  expect(await verify(key, within)).toMatchObject({
    verified_from_seq: 150,
    verified_to_seq: 159,
    next_seq: null,
  })
  expect(await verify(key, { from_seq: 200 })).toMatchObject({ verified: true, chain_length: 0 })
})

test('a key that may only read its own entries may not verify', async () => {
  const own = await server.makeKey({ slug: 'own', scopes: ['audit:read:own'] })
  expect(await server.call(own, 'POST', `${PATH}/verify`, {})).toMatchObject({
    status: 403,
    body: { code: 'insufficient_scope', required: 'audit:read' },
  })
})
