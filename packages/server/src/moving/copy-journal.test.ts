import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { admitEntries } from '@counterfoil/core'
import { afterAll, describe, expect, it } from 'vitest'
import type { Journal, JournalBatch } from '../journal/journal.js'
import { openForWriting as openPostgresTables } from '../journal/postgres/schema.js'
import { openForWriting as openSqliteTables } from '../journal/sqlite/schema.js'
import { openSqliteJournal } from '../journal/sqlite/sqlite-journal.js'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import { copyJournal } from './copy-journal.js'
import { openPostgresSide, openSqliteSource, openSqliteTarget, type Row, type Side } from './side.js'

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-moving-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HOST = 'audit.test'
const LOG = { organization_id: '01a1fe22-84bc-7e71-9376-e8edae06324b', mode: 'live' } as const
let files = 0

function batchOf(count: number): JournalBatch {
  const drafts = Array.from({ length: count }, (_, i) => ({
    action: 'a.b',
    actor: { type: 'user', id: `u${i}` },
  }))
  const admission = admitEntries(new TextEncoder().encode(JSON.stringify(drafts)), 'json')
  if (!('entries' in admission)) throw new Error(JSON.stringify(admission))
  return { log: LOG, entries: admission.entries }
}

async function withJournal(): Promise<{ readonly path: string; readonly journal: Journal }> {
  const path = join(folder, `${++files}.db`)
  let now = 1_790_000_000_000_000
  const journal = await openSqliteJournal({
    path,
    originHost: HOST,
    diskReserveBytes: 0,
    now: () => (now += 1_000),
    idRunEntries: 128,
  })
  return { path, journal }
}

async function openEmpty(name: string): Promise<Side> {
  const path = join(folder, name)
  const database = await openSqliteTables({ path, originHost: 'never.used' })
  database.close()
  return openSqliteTarget(path)
}

/** Everything that is moved, as text. */
async function contentOf(side: Side): Promise<readonly string[]> {
  const text = (rows: readonly Row[]) =>
    rows.map((row) =>
      JSON.stringify(row, (_key, value: unknown) =>
        value !== null && typeof value === 'object' && (value as { type?: string }).type === 'Buffer'
          ? (value as unknown as { data: number[] }).data.join()
          : value instanceof Uint8Array
            ? [...value].join()
            : value,
      ),
    )
  const tables = [
    'blocks ORDER BY position',
    'logs ORDER BY log',
    'id_runs ORDER BY run',
    'id_chunks ORDER BY run, chunk',
  ]
  const parts = await Promise.all(tables.map((table) => side.all(`SELECT * FROM ${table}`)))
  return parts.flatMap(text)
}

async function copy(source: Side, target: Side): Promise<number> {
  return copyJournal({ source, target, index: 'x', onProgress: () => undefined })
}

describe('copying a journal', () => {
  it('takes over what is there, what was added, erased and trimmed since, and comes back the same', async () => {
    const { path, journal } = await withJournal()
    await journal.append([batchOf(300)])
    const url = await createTestDatabase()
    await (await openPostgresTables({ url }, 'never.used')).close()
    const postgres = await openPostgresSide(url, 'database_url')
    const first = await openSqliteSource(path)
    expect(await copy(first, postgres)).toBe(5)
    expect(await contentOf(postgres)).toEqual(await contentOf(first))
    await first.close()

    await journal.erase(LOG, [3, 290], ['/actor'])
    await journal.append([batchOf(100)])
    expect(await journal.trim(LOG, { size: 128, position: 2 }, 10)).toBe(2)
    const second = await openSqliteSource(path)
    expect(await copy(second, postgres)).toBe(2)
    const content = await contentOf(second)
    expect(await contentOf(postgres)).toEqual(content)
    expect(await copy(second, postgres)).toBe(0)
    await second.close()
    await journal.close()

    const back = await openEmpty('back.db')
    expect(await copy(postgres, back)).toBe(7)
    expect(await contentOf(back)).toEqual(content)
    await back.close()
    await postgres.close()
  })

  it('refuses a target that holds another journal, or more than the source', async () => {
    const [one, other] = [await withJournal(), await withJournal()]
    await one.journal.append([batchOf(10)])
    await other.journal.append([batchOf(10)])
    const target = await openEmpty('target.db')
    const [source, stranger] = [await openSqliteSource(one.path), await openSqliteSource(other.path)]
    await copy(source, target)
    const before = await contentOf(target)
    await expect(copy(stranger, target)).rejects.toMatchObject({ code: 'move_refused' })
    await target.all(
      `INSERT INTO blocks (position, log, first_seq, count, recorded_at) VALUES (2, 1, 10, 1, 0)`,
    )
    await expect(copy(source, target)).rejects.toMatchObject({ code: 'move_refused' })
    await target.all('DELETE FROM blocks WHERE position = 2')
    expect(await contentOf(target)).toEqual(before)
    for (const part of [target, source, stranger, one.journal, other.journal]) await part.close()
  })
})
