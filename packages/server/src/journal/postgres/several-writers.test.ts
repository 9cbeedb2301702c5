import { type AdmittedEntry, formatMicroseconds, type LogName } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPostgres } from '../../postgres/postgres.js'
import { anEntry } from '../conformance.js'
import type { AppendOutcome, Journal, JournalReader, Receipt } from '../journal.js'
import { uuidV7 } from '../uuid.js'
import { openPostgresJournal } from './postgres-journal.js'
import { inScope, openPostgresJournalReader } from './postgres-rows.js'
import { ALL_LOGS, type JournalDatabase } from './schema.js'
import { emptyPlace } from './testing/open-harness.js'

const LOGS: readonly LogName[] = ['a', 'b', 'c'].map((last) => ({
  organization_id: `01930000-0000-7000-8000-00000000000${last}`,
  mode: 'live',
}))
const [LOG, OTHER] = LOGS as [LogName, LogName]
const NOW = 1_795_000_000_000_000

let place: JournalDatabase
/** Two engines on one database, as two processes have. */
let journals: readonly [Journal, Journal]
let reader: JournalReader
beforeEach(async () => {
  place = await emptyPlace()
  const open = () =>
    openPostgresJournal({
      ...place,
      index: 'test',
      originHost: 'test.local',
      now: () => NOW,
      idRunEntries: 700,
    })
  journals = (await Promise.all([open(), open()])) as [Journal, Journal]
  reader = await openPostgresJournalReader({ ...place, index: 'test', purpose: 'test' })
})
afterEach(async () => {
  await reader.close()
  await Promise.all(journals.map((journal) => journal.close()))
})

async function record(journal: Journal, log: LogName, entries: readonly AdmittedEntry[]) {
  const [outcome] = (await journal.append([{ log, entries }])).outcomes
  if (outcome?.kind !== 'recorded') throw new Error(`refused: ${outcome?.kind}`)
  return outcome
}

describe('two engines on one database', () => {
  it('take 8 writers of 1,000 entries each without a gap or a fork', async () => {
    const receipts: Receipt[] = []
    const writer = async (w: number) => {
      for (let i = 0; i < 25; i++) {
        const batch = Array.from({ length: 40 }, () => anEntry(`writer.${w}`, { id: uuidV7() }))
        receipts.push(...(await record(journals[w % 2] as Journal, LOG, batch)).receipts)
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, w) => writer(w)))
    expect(receipts.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 8_000 }, (_, i) => i),
    )
    expect(await reader.verify(LOG, {})).toMatchObject({
      walked: 8_000,
      broken: undefined,
      headMatches: true,
    })
    const rows = await reader.rowsAfter(0, Number.POSITIVE_INFINITY)
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, i) => i + 1))
    // Every id is known to both, whichever of them wrote the runs that hold their fingerprints.
    for (const journal of journals) {
      const some = receipts.filter((_, i) => i % 100 === 0)
      const again = some.map(({ id, seq }) => ({ id, seq, action: `writer.${seq}` }))
      const [outcome] = (
        await journal.append([{ log: LOG, entries: again.map(({ id }) => anEntry('another', { id })) }])
      ).outcomes as [AppendOutcome]
      expect(outcome).toMatchObject({ kind: 'id_conflict' })
      expect(outcome.kind === 'id_conflict' && outcome.conflicts.length).toBe(some.length)
    }
    for (const { id, seq } of receipts.filter((_, i) => i % 500 === 0))
      expect(await reader.findById(LOG, id)).toMatchObject({ id, seq })
  })

  it('record into several logs at once, in whatever order they are named', async () => {
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]
    const work = async (journal: Journal, turn: number) => {
      for (let i = 0; i < 20; i++) {
        const batches = (orders[(turn + i) % 3] as number[]).map((n) => ({
          log: LOGS[n] as LogName,
          entries: [anEntry('m.m')],
        }))
        const { outcomes } = await journal.append(batches)
        expect(outcomes.map(({ kind }) => kind)).toEqual(['recorded', 'recorded', 'recorded'])
      }
    }
    await Promise.all(journals.flatMap((journal, turn) => [work(journal, turn), work(journal, turn + 1)]))
    for (const log of LOGS)
      expect(await reader.verify(log, {})).toMatchObject({ walked: 80, broken: undefined, headMatches: true })
  })

  it('record an entry once, and a request once, that both are given at the same time', async () => {
    for (let i = 0; i < 10; i++) {
      const entry = anEntry('a.a', { id: uuidV7() })
      const sent = await Promise.all(journals.map((journal) => record(journal, LOG, [entry])))
      expect(sent.map(({ replayed }) => replayed).sort()).toEqual([0, 1])
      expect(sent[0]?.receipts).toEqual(sent[1]?.receipts)
      const idempotency = { route: 'r', key: `k${i}`, bodyHash: 'aa' }
      const keyed = await Promise.all(
        journals.map((journal) => journal.append([{ log: LOG, entries: [anEntry('b.b')], idempotency }])),
      )
      const outcomes = keyed.map(({ outcomes: [outcome] }) => outcome)
      expect(outcomes.map((outcome) => outcome?.kind === 'recorded' && outcome.replayed).sort()).toEqual([
        0, 1,
      ])
    }
    expect((await reader.head(LOG))?.size).toBe(20)
  })

  it('refuse to record when a head moved although it was locked, and leave nothing behind', async () => {
    await record(journals[0], LOG, [anEntry('a.a')])
    const owner = await openPostgres({ ...place, purpose: 'test', asOwner: true })
    await owner.query(
      `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.log = 1 THEN NULL ELSE NEW END; END $$`,
    )
    // Stands for whatever else writes to the head: the update of this one finds no row.
    await owner.query('CREATE TRIGGER keep BEFORE UPDATE ON logs FOR EACH ROW EXECUTE FUNCTION keep()')
    const refused = journals[0].append([
      { log: LOG, entries: [anEntry('b.b')] },
      { log: OTHER, entries: [anEntry('c.c')] },
    ])
    await expect(refused).rejects.toMatchObject({ code: 'damaged_journal' })
    expect((await reader.heads()).map(({ size }) => size)).toEqual([1])
    await owner.query('DROP TRIGGER keep ON logs')
    await record(journals[0], LOG, [anEntry('d.d')])
    expect(await reader.verify(LOG, {})).toMatchObject({ walked: 2, broken: undefined, headMatches: true })
    await owner.close()
  })

  it('never let recorded_at decrease when their clocks differ', async () => {
    const behind = await openPostgresJournal({
      ...place,
      index: 'test',
      originHost: 'test.local',
      now: () => NOW - 7_000_000,
    })
    await record(journals[0], LOG, [anEntry('a.a')])
    const { receipts } = await record(behind, LOG, [anEntry('b.b')])
    expect(receipts[0]?.recorded_at).toBe(formatMicroseconds(NOW))
    await behind.close()
  })
})

describe('row-level security', () => {
  const everyRow = { text: 'SELECT DISTINCT log FROM blocks UNION SELECT log FROM logs ORDER BY log' }

  it('shows the rows of the log that is named, also to a statement that forgets its filter', async () => {
    await record(journals[0], LOG, [anEntry('a.a')])
    await record(journals[0], OTHER, [anEntry('b.b')])
    const postgres = await openPostgres({ ...place, purpose: 'test' })
    expect(await inScope(postgres, ALL_LOGS, everyRow)).toEqual([{ log: 1 }, { log: 2 }])
    expect(await inScope(postgres, 2, everyRow)).toEqual([{ log: 2 }])
    expect(await inScope(postgres, `${LOG.organization_id}/live`, everyRow)).toEqual([{ log: 1 }])
    // Nothing is left of a scope when its transaction has ended, and without one nothing is seen.
    expect((await postgres.query(everyRow)).rows).toEqual([])
    expect((await postgres.query('UPDATE blocks SET contents = NULL')).count).toBe(0)
    await postgres.close()
    // With the guard off, the same statement sees everything: it is the guard that held it back.
    const owner = await openPostgres({ ...place, purpose: 'test', asOwner: true })
    expect((await owner.query(everyRow)).rows).toEqual([{ log: 1 }, { log: 2 }])
    await owner.close()
  })
})
