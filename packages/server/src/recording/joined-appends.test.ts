import type { LogName } from '@counterfoil/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { anEntry } from '../journal/conformance.js'
import type { Journal, JournalBatch, JournalReader } from '../journal/journal.js'
import { openPostgresJournal } from '../journal/postgres/postgres-journal.js'
import { openPostgresJournalReader } from '../journal/postgres/postgres-rows.js'
import { emptyPlace } from '../journal/postgres/testing/open-harness.js'
import { uuidV7 } from '../journal/uuid.js'
import { openPostgres, type Postgres } from '../postgres/postgres.js'
import { JoinedAppends, type JoinedResult } from './joined-appends.js'

const [LOG, OTHER] = ['a', 'b'].map((last) => ({
  organization_id: `01930000-0000-7000-8000-00000000000${last}`,
  mode: 'live',
})) as [LogName, LogName]
const NOW = 1_795_000_000_000_000

let journal: Journal
let reader: JournalReader
/** Stands for another process, which is in the middle of recording. */
let another: Postgres
beforeEach(async () => {
  const place = await emptyPlace()
  const settings = { ...place, index: 'test' }
  journal = await openPostgresJournal({ ...settings, originHost: 'test.local', now: () => NOW })
  reader = await openPostgresJournalReader({ ...settings, purpose: 'test' })
  another = await openPostgres({ ...place, purpose: 'test', asOwner: true })
  await another.query('ALTER TABLE logs NO FORCE ROW LEVEL SECURITY')
  for (const log of [LOG, OTHER]) await journal.append([{ log, entries: [anEntry('before')] }])
})
afterEach(async () => {
  await Promise.all([reader.close(), journal.close(), another.close()])
})

/** Runs `meanwhile` while the head of LOG is locked, from when an append waits for it. */
async function whileLocked(append: () => Promise<unknown>, meanwhile: () => void): Promise<void> {
  let waiting: Promise<unknown> | undefined
  await another.transaction(async (sql) => {
    await sql.query('SELECT FROM logs WHERE organization_id = $1 FOR UPDATE', [LOG.organization_id])
    waiting = append()
    waiting.catch(() => undefined)
    await expect.poll(waitingForLocks, { timeout: 10_000 }).toBe(1)
    meanwhile()
  })
  await waiting
}

async function waitingForLocks(): Promise<number> {
  const { rows } = await another.query<{ count: number }>(
    `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  )
  return Number(rows[0]?.count)
}

const batch = (action: string, log = LOG, id?: string): JournalBatch => ({
  log,
  entries: [anEntry(action, id === undefined ? {} : { id })],
})

it('asks for late batches when it has the logs, and records them with the rest in one row', async () => {
  const came: JournalBatch[] = []
  let askedAfter: number | undefined
  const result: { value?: Awaited<ReturnType<Journal['append']>> } = {}
  await whileLocked(
    async () => {
      result.value = await journal.append([batch('first')], (mayCome) => {
        askedAfter = came.length
        expect([LOG, OTHER].map(mayCome)).toEqual([true, false])
        return came
      })
    },
    () => came.push(batch('second'), batch('third')),
  )
  expect(askedAfter).toBe(2)
  expect(result.value?.outcomes).toMatchObject(
    [1, 2, 3].map((seq) => ({ kind: 'recorded', replayed: 0, receipts: [{ seq }] })),
  )
  expect(result.value?.rows).toMatchObject([{ firstSeq: 1, counts: [3], firstPosition: 3, lastPosition: 3 }])
  expect(await reader.verify(LOG, {})).toMatchObject({ walked: 4, broken: undefined, headMatches: true })
})

it('knows ids and keys of late batches that were recorded before', async () => {
  const id = uuidV7()
  const idempotency = { route: 'r', key: 'k', bodyHash: 'aa' }
  await journal.append([batch('with.id', LOG, id), { ...batch('with.key'), idempotency }])
  const late = [
    batch('with.id', LOG, id),
    { ...batch('with.key'), idempotency },
    batch('another', LOG, id),
    { ...batch('with.key'), idempotency: { ...idempotency, bodyHash: 'bb' } },
  ]
  const { outcomes } = await journal.append([batch('first')], () => late)
  expect(outcomes).toMatchObject([
    { kind: 'recorded', replayed: 0, receipts: [{ seq: 3 }] },
    { kind: 'recorded', replayed: 1, receipts: [{ seq: 1 }] },
    { kind: 'recorded', replayed: 1, receipts: [{ seq: 2 }] },
    { kind: 'id_conflict', conflicts: [{ id, index: 0 }] },
    { kind: 'idempotency_key_mismatch' },
  ])
  expect((await reader.head(LOG))?.size).toBe(4)
})

it('appends together what comes while it waits, each with its own outcomes, and what is of another log after it', async () => {
  const appends = new JoinedAppends(journal)
  const results: Promise<JoinedResult>[] = []
  const append = (...batches: JournalBatch[]) => results.push(appends.append(batches))
  await whileLocked(
    () => {
      append(batch('first'))
      return results[0] as Promise<JoinedResult>
    },
    () => {
      append(batch('second'), batch('third'))
      append(batch('fourth'))
      // Of a log that is not locked: it waits, and so does what came behind it.
      append(batch('elsewhere', OTHER))
      append(batch('fifth'))
    },
  )
  const [first, second, third, elsewhere, last] = (await Promise.all(results)) as [
    JoinedResult,
    JoinedResult,
    JoinedResult,
    JoinedResult,
    JoinedResult,
  ]
  const seqs = ({ outcomes }: JoinedResult) =>
    outcomes.map((outcome) => outcome.kind === 'recorded' && outcome.receipts[0]?.seq)
  expect([first, second, third].map(seqs)).toEqual([[1], [2, 3], [4]])
  expect([first, second, third].map(({ isFirst }) => isFirst)).toEqual([true, false, false])
  expect(first.rows).toMatchObject([{ log: LOG, counts: [4], lastPosition: 3 }])
  expect([second.rows, third.rows]).toEqual([first.rows, first.rows])
  // These two waited for the same transaction, the next.
  expect([elsewhere, last].map(seqs)).toEqual([[1], [5]])
  expect([elsewhere, last].map(({ isFirst }) => isFirst)).toEqual([true, false])
  expect(last.rows).toEqual(elsewhere.rows)
  for (const [log, walked] of [[LOG, 6] as const, [OTHER, 2] as const])
    expect(await reader.verify(log, {})).toMatchObject({ walked, broken: undefined, headMatches: true })
})

it('refuses all that went together when the transaction fails, and goes on with what comes after', async () => {
  const appends = new JoinedAppends(journal)
  await another.query(
    'CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
  )
  await another.query('CREATE TRIGGER keep BEFORE UPDATE ON logs FOR EACH ROW EXECUTE FUNCTION keep()')
  const refused = await Promise.allSettled(['a', 'b'].map((action) => appends.append([batch(action)])))
  expect(refused).toMatchObject(
    Array.from({ length: 2 }, () => ({ status: 'rejected', reason: { code: 'damaged_journal' } })),
  )
  await another.query('DROP TRIGGER keep ON logs')
  expect((await appends.append([batch('c')])).outcomes).toMatchObject([{ receipts: [{ seq: 1 }] }])
  expect(await reader.verify(LOG, {})).toMatchObject({ walked: 2, broken: undefined, headMatches: true })
})
