import { AppError, TILE_WIDTH } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  anErasureEntry,
  type KeeperFixture,
  LOG,
  newDirectory,
  openKeeperFixture,
  removeDirectory,
  someEntries,
} from '../../evidence/testing/keeper-fixture.js'
import { openDatabase } from '../../sqlite/driver.js'
import type { Block } from '../block.js'
import { recordedAtOf, storedEntries } from '../block.js'
import type { AppendOutcome, JournalBatch, StoredEntry } from '../journal.js'
import { decodedRows } from '../reading-conformance.js'

const BATCHES = [1, 3, 64, 65, 500, 1, 1, 1, 256, 130, 77, 900, 5, 12, 300, 64]
const ALL = { size: Number.MAX_SAFE_INTEGER, position: Number.MAX_SAFE_INTEGER }

let directory: string
let fixture: KeeperFixture
let before: readonly StoredEntry[]
let sent: JournalBatch[]
let outcomes: AppendOutcome[]
/** Everything that readers said before anything was trimmed. */
let said: Awaited<ReturnType<typeof everythingSaid>>

beforeAll(async () => {
  directory = newDirectory()
  // Runs of 100 ids: ids of all but the newest rows are in one.
  fixture = await openKeeperFixture(directory, undefined, 100)
  sent = BATCHES.map((count, i) => ({
    log: LOG,
    entries: someEntries(count).map((entry) => ({ ...entry, id: crypto.randomUUID() })),
    ...(i % 2 === 0 ? { idempotency: { route: 'r', key: `k${i}`, bodyHash: 'b'.repeat(64) } } : {}),
  }))
  outcomes = []
  for (const batch of sent) outcomes.push(...(await fixture.journal.append([batch])).outcomes)
  await fixture.advance()
  said = await everythingSaid()
  before = said.entries
  await trimAll()
})
afterAll(async () => {
  await fixture.close()
  removeDirectory(directory)
})

async function trimAll(): Promise<number> {
  let rows = 0
  for (;;) {
    const size = await fixture.keeper.soundSize(LOG)
    const cut = await fixture.journal.trim(LOG, { size, position: ALL.position }, 3)
    rows += cut
    if (cut === 0) return rows
  }
}

async function everythingSaid() {
  const { reader } = fixture
  const { trimmedSize: _, ...head } = (await reader.head(LOG)) as NonNullable<
    Awaited<ReturnType<typeof reader.head>>
  >
  const seqs = Array.from({ length: head.size }, (_, seq) => seq)
  const entries = await reader.entriesAt(LOG, seqs)
  const times = entries.map(({ recordedAt }) => recordedAt)
  const from = times[700] as number
  const to = times[1_500] as number
  return {
    head,
    entries,
    backwards: await reader.entriesAt(LOG, seqs.toReversed()),
    rows: await decodedRows(reader, 0, Number.POSITIVE_INFINITY),
    laterRows: await decodedRows(reader, 7, 300),
    within: [await reader.seqsWithin(LOG, { from }), await reader.seqsWithin(LOG, { from, to })],
    counts: [await reader.entriesThrough(9), await reader.seqThrough(LOG, 9), await reader.lastPosition()],
    verdicts: [
      await reader.verify(LOG, {}),
      await reader.verify(LOG, { from, to }),
      await reader.verify(LOG, { fromSeq: 100, toSeq: 1_999 }),
      await reader.verify(LOG, { fromSeq: 257, limit: 300 }),
    ],
  }
}

async function expectRefused(work: Promise<unknown>, code: string): Promise<void> {
  await expect(work).rejects.toSatisfy((error) => error instanceof AppError && error.code === code)
}

describe('a journal whose rows were trimmed', () => {
  it('has cut most of what it held, and not its newest row', async () => {
    const head = await fixture.reader.head(LOG)
    expect(head?.trimmedSize).toBeGreaterThan((head?.size as number) - 3 * TILE_WIDTH - 100)
    const database = await openDatabase(`${directory}/journal.db`, { readOnly: true })
    const row = database.prepare('SELECT count(contents) AS whole, count(*) AS rows FROM blocks').get() as {
      whole: number
      rows: number
    }
    database.close()
    expect(row.whole).toBeGreaterThan(0)
    expect(row.whole).toBeLessThan(row.rows / 3)
  })

  it('says everything that it said before, to whoever reads it', async () => {
    expect(await everythingSaid()).toEqual(said)
  })

  it('gives blocks both ways that hold the same entries', async () => {
    const { reader } = fixture
    const size = before.length
    for (const order of ['oldest_first', 'newest_first'] as const) {
      const step = order === 'oldest_first' ? 1 : -1
      let seq = order === 'oldest_first' ? 0 : size - 1
      while (seq >= 0 && seq < size) {
        const blocks: readonly Block[] = await reader.blocks(LOG, seq, order, 5)
        for (const block of blocks) {
          const index = seq - block.firstSeq
          expect(index >= 0 && index < block.count).toBe(true)
          const entries = storedEntries(block)
          for (let at = index; at >= 0 && at < block.count; at += step, seq += step) {
            expect(entries[at]).toEqual(before[seq])
            expect(recordedAtOf(block, at)).toBe(before[seq]?.recordedAt)
          }
        }
      }
    }
  })

  it('finds every entry by its id, and none that is not there', async () => {
    for (const entry of before) expect(await fixture.reader.findById(LOG, entry.id)).toEqual(entry)
    expect(await fixture.reader.findById(LOG, crypto.randomUUID())).toBe(undefined)
    expect(await fixture.reader.findById({ ...LOG, mode: 'test' }, before[0]?.id as string)).toBe(undefined)
  })

  it('answers repeats with the first receipts, by id and by key, and stores nothing again', async () => {
    const again = await fixture.journal.append(sent)
    expect(again.rows).toEqual([])
    expect(again.outcomes).toEqual(
      outcomes.map((outcome, i) => ({ ...outcome, replayed: sent[i]?.entries.length })),
    )
    const byId = await fixture.journal.append(
      sent.map(({ log, entries }) => ({ log, entries: [...entries].reverse() })),
    )
    expect(byId.rows).toEqual([])
    // The same id with other content is refused as ever, and what comes with it is not stored.
    const [other] = someEntries(1)
    const conflict = {
      log: LOG,
      entries: [...someEntries(2), { ...other, id: sent[4]?.entries[3]?.id as string }],
    }
    const refused = await fixture.journal.append([conflict as JournalBatch])
    expect(refused.outcomes).toMatchObject([{ kind: 'id_conflict', conflicts: [{ index: 2 }] }])
    expect((await fixture.reader.head(LOG))?.size).toBe(before.length)
  })

  it('goes on after a restart, with recording, signing and trimming', async () => {
    await fixture.close()
    fixture = await openKeeperFixture(directory, undefined, 100)
    expect((await fixture.keeper.start()).evidence[0]?.frozen).toBe(undefined)
    expect(await everythingSaid()).toEqual(said)
    for (const count of [10, 700, 300]) await fixture.record(count)
    await fixture.advance()
    expect(await trimAll()).toBeGreaterThan(0)
    const entries = await fixture.reader.entriesAt(
      LOG,
      before.map(({ seq }) => seq),
    )
    expect(entries).toEqual(before)
    expect(await fixture.reader.verify(LOG, {})).toMatchObject({ broken: undefined, headMatches: true })
  })

  it('is never trimmed beyond what rests in the ledger, nor where the ledger does not give it back', async () => {
    const ledger = await openDatabase(`${directory}/ledger.db`)
    await fixture.record(1_000)
    await fixture.advance()
    const trimmed = (await fixture.reader.head(LOG))?.trimmedSize as number
    const next = Math.floor(trimmed / TILE_WIDTH) + 1
    const { bytes } = ledger.prepare('SELECT bytes FROM bundles WHERE bundle = ?').get(next) as {
      bytes: Uint8Array
    }
    const flipped = bytes.map((byte, i) => (i === 900 ? byte ^ 1 : byte))
    ledger.prepare('UPDATE bundles SET bytes = ? WHERE bundle = ?').run(flipped, next)
    await expectRefused(fixture.keeper.soundSize(LOG), 'damaged_ledger')
    ledger.prepare('UPDATE bundles SET bytes = ? WHERE bundle = ?').run(bytes, next)
    ledger.close()
    expect(await fixture.keeper.soundSize(LOG)).toBeGreaterThan(trimmed)
  })

  it('fails the one who repeats an entry that is damaged, by id or by key, and nobody beside', async () => {
    const ledger = await openDatabase(`${directory}/ledger.db`)
    const { bytes } = ledger.prepare('SELECT bytes FROM bundles WHERE bundle = 0').get() as {
      bytes: Uint8Array
    }
    const flipped = bytes.map((byte, i) => (i === 900 ? byte ^ 1 : byte))
    ledger.prepare('UPDATE bundles SET bytes = ? WHERE bundle = 0').run(flipped)
    const [byKey, byId] = sent as [JournalBatch, JournalBatch]
    const fresh = { log: LOG, entries: someEntries(2) }
    const mixed = { log: LOG, entries: [...someEntries(3), ...byId.entries] }
    const size = (await fixture.reader.head(LOG))?.size as number
    const group = await fixture.journal.append([
      byKey,
      fresh,
      byId,
      mixed,
      { log: LOG, entries: someEntries(1) },
    ])
    expect(group.outcomes).toMatchObject([
      { kind: 'damaged', code: 'damaged_ledger' },
      { kind: 'recorded' },
      { kind: 'damaged' },
      { kind: 'damaged' },
      { kind: 'recorded' },
    ])
    expect((await fixture.reader.head(LOG))?.size).toBe(size + 3)
    ledger.prepare('UPDATE bundles SET bytes = ? WHERE bundle = 0').run(bytes)
    ledger.close()
    expect((await fixture.journal.append([byKey, byId])).outcomes).toEqual(
      [outcomes[0], outcomes[1]].map((outcome) => ({
        ...outcome,
        replayed: outcome?.kind === 'recorded' ? outcome.receipts.length : 0,
      })),
    )
  })

  it('shows nothing of what was erased, also where it was read a moment before', async () => {
    const { reader, keeper, journal } = fixture
    const seqs = [0, 70, 255, 256, 300]
    const was = await reader.entriesAt(LOG, seqs)
    await journal.erase(LOG, seqs, ['/actor'])
    await keeper.erase(LOG, seqs, ['/actor'])
    const entries = await reader.entriesAt(LOG, seqs)
    entries.forEach((entry, i) => {
      expect(entry.erased).toEqual(['/actor'])
      expect(entry.sections).toEqual(was[i]?.sections.filter(({ path }) => path !== '/actor'))
      expect(entry.entryHash).toBe(was[i]?.entryHash)
    })
    await journal.append([{ log: LOG, entries: [anErasureEntry(['/actor'], seqs)] }])
    expect(await reader.verify(LOG, {})).toMatchObject({ broken: undefined, headMatches: true })
    // A repeat of an entry of which something was erased is still that entry.
    const [batch] = sent
    expect((await journal.append([batch as JournalBatch])).rows).toEqual([])
  })

  it.each([
    [
      'UPDATE blocks SET ids = NULL, entry_hashes = NULL, salts = NULL, contents = NULL, prev_hash = NULL',
      'null_hash',
    ],
    ['UPDATE blocks SET contents = NULL', 'null_hash'],
    ['DELETE FROM blocks', 'missing_row'],
  ])('does not take what others cut for its own trimming: %s', async (statement, reason) => {
    const head = await fixture.reader.head(LOG)
    const database = await openDatabase(`${directory}/journal.db`)
    const trimmed = head?.trimmedSize as number
    const where = `WHERE first_seq >= ${trimmed} AND first_seq + count < ${head?.size}`
    const saved = database.prepare(`SELECT * FROM blocks ${where}`).all() as Record<string, never>[]
    expect(saved.length).toBeGreaterThan(0)
    database.exec(`${statement} ${where}`)
    expect((await fixture.reader.verify(LOG, {})).broken).toMatchObject({ seq: trimmed, reason })
    await expectRefused(fixture.reader.entriesAt(LOG, [trimmed]), 'damaged_journal')
    database.exec(`DELETE FROM blocks ${where}`)
    for (const row of saved) {
      const columns = Object.keys(row)
      database
        .prepare(`INSERT INTO blocks (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
        .run(...Object.values(row))
    }
    database.close()
    expect((await fixture.reader.verify(LOG, {})).broken).toBe(undefined)
  })
})
