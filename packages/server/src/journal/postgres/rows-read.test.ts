import { setTimeout as sleep } from 'node:timers/promises'
import type { LogName } from '@counterfoil/core'
import { expect, it } from 'vitest'
import { openPostgres } from '../../postgres/postgres.js'
import { anEntry } from '../conformance.js'
import { uuidV7 } from '../uuid.js'
import { openPostgresJournal } from './postgres-journal.js'
import { openPostgresJournalReader } from './postgres-rows.js'
import { emptyPlace } from './testing/open-harness.js'

const LOG: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
const ROWS = 600
const TIMES = 10
/** Of each statement: what it is about, and what follows that in one page of rows. */
const ROWS_EACH_MAX = 20
/** A session tells of what it has read with the next statement after so long. */
const TOLD_MS = 1_100

it('reads the rows it is about, however long the log is, with row-level security and on tables that were never analyzed', async () => {
  const place = await emptyPlace()
  const settings = { ...place, index: 'test' }
  const journal = await openPostgresJournal({
    ...settings,
    originHost: 'test.local',
    now: () => Date.now() * 1_000,
  })
  const reader = await openPostgresJournalReader({ ...settings, purpose: 'test' })
  const owner = await openPostgres({ ...place, purpose: 'test', asOwner: true })
  const rowsRead = async () => {
    const { rows } = await owner.query<{ read: number }>(
      `SELECT sum(idx_tup_read)::bigint + (SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables
         WHERE schemaname = $1 AND relname = 'blocks') AS read
       FROM pg_stat_user_indexes WHERE schemaname = $1 AND relname = 'blocks'`,
      [place.schema],
    )
    return rows[0]?.read ?? Number.NaN
  }
  const id = uuidV7()
  for (let row = 0; row < ROWS; row++)
    await journal.append([{ log: LOG, entries: [anEntry('a.a', row === ROWS - 3 ? { id } : {})] }])
  await journal.close()
  const reads: Record<string, () => Promise<unknown>> = {
    blocks: () => reader.blocks(LOG, ROWS - 5, 'oldest_first', 4),
    blocksBackwards: () => reader.blocks(LOG, ROWS - 5, 'newest_first', 4),
    rowsAt: () => reader.rowsAt(LOG, [3, ROWS - 2]),
    rowsAfter: () => reader.rowsAfter(ROWS - 5, 4),
    logsAfter: () => reader.logsAfter(ROWS - 5),
    entriesThrough: () => reader.entriesThrough(ROWS - 5),
    seqThrough: () => reader.seqThrough(LOG, ROWS - 2),
    head: () => reader.head(LOG),
  }
  await reader.findById(LOG, id)
  const told = async () => {
    await sleep(TOLD_MS)
    await reader.lastPosition()
    return rowsRead()
  }
  let before = await told()
  for (const [name, read] of Object.entries(reads)) {
    for (let time = 0; time < TIMES; time++) await read()
    const after = await told()
    const each = (after - before) / TIMES
    before = after
    expect(each, name).toBeLessThanOrEqual(ROWS_EACH_MAX)
    if (name !== 'head') expect(each, name).toBeGreaterThan(0)
  }
  await Promise.all([reader.close(), owner.close()])
}, 60_000)
