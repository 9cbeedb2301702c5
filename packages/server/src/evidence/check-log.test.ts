import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Database, openDatabase } from '../sqlite/driver.js'
import { checkLog, type Finding } from './check-log.js'
import {
  KEYS,
  LOG,
  newDirectory,
  ORIGIN,
  openKeeperFixture,
  removeDirectory,
} from './testing/keeper-fixture.js'

const FLIPS = Number(process.env.FLIPS ?? 120)
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

let directory: string
beforeAll(async () => {
  directory = newDirectory()
  const fixture = await openKeeperFixture(directory)
  await fixture.record(300)
  await fixture.record(1)
  await fixture.record(420)
  await fixture.advance()
  await fixture.close()
  const database = await openDatabase(join(directory, 'ledger.db'))
  // One file without a WAL, to be copied and changed.
  database.exec(`VACUUM INTO '${join(directory, 'sound.db')}'`)
  database.close()
})
afterAll(() => removeDirectory(directory))

/** What is found in the directory as it is now. */
async function findings(): Promise<readonly Finding[]> {
  const fixture = await openKeeperFixture(directory)
  try {
    const { reader, ledger, signer } = fixture
    const head = await reader.head(LOG)
    const vkeys = [KEYS.keyOf(ORIGIN, 0).vkey]
    return await checkLog(
      { journal: reader, ledger },
      {
        origin: ORIGIN,
        epochs: [{ origin: ORIGIN, firstSeq: 0 }],
        hasEnded: false,
        head,
        signed: signer.head(ORIGIN),
        vkeys,
      },
    )
  } finally {
    await fixture.close()
  }
}

async function onLedger(change: (database: Database) => void): Promise<readonly Finding[]> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, `ledger.db${suffix}`), { force: true })
  copyFileSync(join(directory, 'sound.db'), join(directory, 'ledger.db'))
  const database = await openDatabase(join(directory, 'ledger.db'))
  change(database)
  database.close()
  return findings()
}

it('finds nothing where nothing was changed', async () => {
  expect(await onLedger(() => undefined)).toEqual([])
})

it(`finds every flipped bit in every column of the ledger (SEED=${SEED})`, async () => {
  const random = randomOf(SEED)
  const columns = [
    ['bundles', 'bytes'],
    ['bundles', 'digest'],
    ['tiles', 'hashes'],
    ['tiles', 'root'],
  ] as const
  for (let flip = 0; flip < FLIPS; flip++) {
    const [table, column] = columns[flip % columns.length] as (typeof columns)[number]
    let where = ''
    const found = await onLedger((database) => {
      const rows = database.prepare(`SELECT rowid, ${column} AS bytes FROM ${table}`).all() as {
        rowid: number
        bytes: Uint8Array
      }[]
      const { rowid, bytes } = rows[Math.floor(random() * rows.length)] as (typeof rows)[number]
      // Heads of bundles are few bytes among many: half of the flips go there.
      const reach = random() < 0.5 ? Math.min(600, bytes.length) : bytes.length
      const at = Math.floor(random() * reach)
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8))
      where = `${table}.${column} of row ${rowid}, byte ${at}`
      database.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(bytes, rowid)
    })
    expect(
      found.some(({ store }) => store === 'ledger'),
      where,
    ).toBe(true)
  }
}, 300_000)

it.each([
  'UPDATE logs SET size = size - 256',
  'UPDATE logs SET size = size + 256',
  'UPDATE logs SET size = size + 1',
  'UPDATE tiles SET level = 1 WHERE tile = 1',
  'UPDATE tiles SET tile = 9 WHERE tile = 1',
  'UPDATE bundles SET bundle = 9 WHERE bundle = 0',
  'UPDATE bundles SET log = 9 WHERE bundle = 0',
  'DELETE FROM tiles WHERE tile = 0',
  'DELETE FROM bundles WHERE bundle = 1',
  "UPDATE bundles SET bytes = x''",
  'UPDATE tiles SET hashes = zeroblob(8192)',
  'UPDATE tiles SET hashes = (SELECT hashes FROM tiles WHERE tile = 1), root = (SELECT root FROM tiles WHERE tile = 1)',
  'UPDATE bundles SET bytes = (SELECT bytes FROM bundles WHERE bundle = 1)',
])('finds what was done to rows: %s', async (statement) => {
  const found = await onLedger((database) => database.exec(statement))
  expect(found.length).toBeGreaterThan(0)
})

it('finds a journal that was rewritten as a whole, hashes and all, as verification does', async () => {
  const other = newDirectory()
  const forged = await openKeeperFixture(other)
  await forged.record(721)
  await forged.close()
  const source = await openDatabase(join(other, 'journal.db'))
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, `journal.db${suffix}`), { force: true })
  source.exec(`VACUUM INTO '${join(directory, 'journal.db')}'`)
  source.close()
  removeDirectory(other)
  const found = await onLedger(() => undefined)
  expect(found.some(({ store }) => store === 'journal')).toBe(true)
  const fixture = await openKeeperFixture(directory)
  try {
    const { broken } = await fixture.reader.verify(LOG, { toSeq: 500 })
    expect(broken).toMatchObject({ seq: 500, reason: 'entry_hash_mismatch' })
    // Its own chain goes on from what its rows say; the tile of the entry before says something else.
    expect((await fixture.reader.verify(LOG, { fromSeq: 512 })).broken).toMatchObject({
      seq: 512,
      reason: 'prev_hash_mismatch',
    })
  } finally {
    await fixture.close()
  }
})

/** A linear congruential generator, so that a seed gives the same flips again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
