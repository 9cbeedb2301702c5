import { SECTION_PATHS } from '@counterfoil/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  anErasureEntry,
  type KeeperFixture,
  LOG,
  newDirectory,
  openKeeperFixture,
  removeDirectory,
  someEntries,
} from '../../evidence/testing/keeper-fixture.js'
import { openPostgres } from '../../postgres/postgres.js'
import type { AppendOutcome, JournalBatch } from '../journal.js'
import { decodedRows } from '../reading-conformance.js'
import type { JournalDatabase } from './schema.js'
import { emptyPlace } from './testing/open-harness.js'

// What the suite of trimming on SQLite holds at length, with rows in PostgreSQL.
const BATCHES = [1, 3, 64, 65, 300, 1, 1, 256, 130, 77, 500, 5, 12]

let directory: string
let place: JournalDatabase
let fixture: KeeperFixture
let sent: JournalBatch[]
let outcomes: AppendOutcome[]
let said: Awaited<ReturnType<typeof everythingSaid>>
beforeAll(async () => {
  directory = newDirectory()
  place = await emptyPlace()
  fixture = await openKeeperFixture(directory, undefined, 100, place)
  sent = BATCHES.map((count, i) => ({
    log: LOG,
    entries: someEntries(count).map((entry) => ({ ...entry, id: crypto.randomUUID() })),
    ...(i % 2 === 0 ? { idempotency: { route: 'r', key: `k${i}`, bodyHash: 'b'.repeat(64) } } : {}),
  }))
  outcomes = []
  for (const batch of sent) outcomes.push(...(await fixture.journal.append([batch])).outcomes)
  await fixture.advance()
  said = await everythingSaid()
  await trimAll()
})
afterAll(async () => {
  await fixture.close()
  removeDirectory(directory)
})

async function trimAll(): Promise<void> {
  const size = await fixture.keeper.soundSize(LOG)
  while ((await fixture.journal.trim(LOG, { size, position: Number.MAX_SAFE_INTEGER }, 3)) > 0);
}

async function everythingSaid() {
  const { reader } = fixture
  const size = (await reader.head(LOG))?.size as number
  const entries = await reader.entriesAt(
    LOG,
    Array.from({ length: size }, (_, seq) => seq),
  )
  return {
    entries,
    rows: await decodedRows(reader, 0, Number.POSITIVE_INFINITY),
    verdict: await reader.verify(LOG, {}),
    part: await reader.verify(LOG, { fromSeq: 100, toSeq: 1_299 }),
    counts: [await reader.entriesThrough(9), await reader.seqThrough(LOG, 9), await reader.lastPosition()],
  }
}

it('cuts most rows, and says everything that it said before', async () => {
  const owner = await openPostgres({ ...place, purpose: 'test', asOwner: true })
  const { rows } = await owner.query<{ whole: number; all: number }>(
    'SELECT count(contents) AS whole, count(*) AS "all" FROM blocks',
  )
  await owner.close()
  expect(rows[0]?.whole).toBeGreaterThan(0)
  expect(rows[0]?.whole).toBeLessThan((rows[0]?.all as number) / 2)
  expect(await everythingSaid()).toEqual(said)
  for (const entry of said.entries.filter((_, i) => i % 40 === 0))
    expect(await fixture.reader.findById(LOG, entry.id)).toEqual(entry)
})

it('answers repeats with the first receipts, also when it is opened anew', async () => {
  await fixture.close()
  fixture = await openKeeperFixture(directory, undefined, 100, place)
  const byId = await fixture.journal.append(sent.map(({ log, entries }) => ({ log, entries })))
  const again = await fixture.journal.append(sent)
  for (const { rows, outcomes: repeated } of [byId, again]) {
    expect(rows).toEqual([])
    expect(repeated).toEqual(
      outcomes.map((outcome, i) => ({ ...outcome, replayed: sent[i]?.entries.length })),
    )
  }
})

it('leaves nothing of what was erased in the files of its tables', async () => {
  const seqs = [said.entries.length - 2]
  const owner = await openPostgres({ ...place, purpose: 'test', asOwner: true })
  const { rows } = await owner.query<{ salts: Buffer; position: number }>(
    'SELECT salts, position FROM blocks WHERE salts IS NOT NULL ORDER BY position DESC LIMIT 1',
  )
  const salts = rows[0]?.salts.subarray(-32) as Buffer
  const holding = async () => {
    await owner.query('CHECKPOINT')
    const { rows: found } = await owner.query<{ bytes: Buffer }>(
      "SELECT pg_read_binary_file(pg_relation_filepath('blocks')) AS bytes",
    )
    return found[0]?.bytes.includes(salts)
  }
  expect(await holding()).toBe(true)
  await fixture.journal.erase(LOG, seqs, SECTION_PATHS)
  await fixture.journal.append([{ log: LOG, entries: [anErasureEntry(SECTION_PATHS, seqs)] }])
  // The old row is still there for whoever began to read before.
  expect(await holding()).toBe(true)
  expect(await fixture.journal.scrub()).toBe(true)
  expect(await holding()).toBe(false)
  await owner.close()
})
