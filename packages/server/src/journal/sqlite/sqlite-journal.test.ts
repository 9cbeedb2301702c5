import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogName } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertSafeSqlite, isSafeSqlite, openDatabase } from '../../sqlite/driver.js'
import { anEntry, type JournalHarness, journalConformance } from '../conformance.js'
import type { BrokenReason } from '../journal.js'
import { uuidV7 } from '../uuid.js'
import { openSqliteJournal } from './sqlite-journal.js'
import { openSqliteJournalReader } from './sqlite-reader.js'

const LOG: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }

async function openHarness(directory: string, onFrozen?: (cause: unknown) => void): Promise<JournalHarness> {
  const path = join(directory, 'journal.db')
  let now = 1_795_000_000_000_000
  const journal = await openSqliteJournal({
    path,
    originHost: 'test.local',
    diskReserveBytes: 0,
    now: () => now,
    ...(onFrozen === undefined ? {} : { onFrozen }),
  })
  const reader = await openSqliteJournalReader(path)
  const closeBoth = async () => {
    await reader.close()
    await journal.close()
  }
  return {
    journal,
    reader,
    setNow: (us) => {
      now = us
    },
    reopen: async () => {
      await closeBoth()
      return openHarness(directory)
    },
    close: closeBoth,
  }
}

const directories: string[] = []
function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'counterfoil-journal-'))
  directories.push(directory)
  return directory
}
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

journalConformance('SQLite', () => openHarness(temporaryDirectory()))

describe('tampering with the SQLite file', () => {
  let directory: string
  let harness: JournalHarness
  beforeEach(async () => {
    directory = temporaryDirectory()
    harness = await openHarness(directory)
    for (let row = 0; row < 4; row++) {
      await harness.journal.append([
        { log: LOG, entries: Array.from({ length: 5 }, (_, i) => anEntry('a.a', { metadata: { row, i } })) },
      ])
    }
  })
  afterEach(() => harness.close())

  const tamper = async (sql: string, ...values: (string | number | Uint8Array | null)[]) => {
    const database = await openDatabase(join(directory, 'journal.db'))
    database.exec('PRAGMA ignore_check_constraints = ON')
    database.prepare(sql).run(...values)
    database.close()
  }
  const flip = async (column: string, position: number, byte: number) => {
    const database = await openDatabase(join(directory, 'journal.db'))
    const row = database
      .prepare(`SELECT ${column} AS bytes FROM blocks WHERE position = ?`)
      .get(position) as { bytes: Uint8Array }
    const bytes = Uint8Array.from(row.bytes)
    bytes[byte < 0 ? bytes.length + byte : byte]! ^= 1
    database.prepare(`UPDATE blocks SET ${column} = ? WHERE position = ?`).run(bytes, position)
    database.close()
  }
  const expectBroken = async (reason: BrokenReason, seq: number) => {
    const { broken } = await harness.reader.verify(LOG, {})
    expect(broken).toMatchObject({ reason, seq })
  }

  it.each([
    ['the content of an entry', 'contents', -1, 'entry_hash_mismatch'],
    ['a salt', 'salts', 0, 'entry_hash_mismatch'],
    ['an id', 'ids', 0, 'entry_hash_mismatch'],
    ['a stored hash', 'entry_hashes', 0, 'entry_hash_mismatch'],
    ['the link to the entry before', 'prev_hash', 0, 'prev_hash_mismatch'],
  ] as const)('finds one flipped bit in %s', async (_what, column, byte, reason) => {
    await flip(column, 2, byte)
    const { broken } = await harness.reader.verify(LOG, {})
    expect(broken?.reason).toBe(reason)
    expect(broken?.seq).toBeGreaterThanOrEqual(5)
    expect(broken?.seq).toBeLessThan(10)
  })

  it('names the very entry whose hash was changed', async () => {
    await flip('entry_hashes', 3, 32 * 2 + 7)
    await expectBroken('entry_hash_mismatch', 12)
  })

  it.each(['prev_hash', 'ids', 'entry_hashes', 'salts', 'contents'])(
    'finds an emptied %s',
    async (column) => {
      await tamper(`UPDATE blocks SET ${column} = NULL WHERE position = 2`)
      await expectBroken('null_hash', 5)
    },
  )

  it('finds a row that is gone, in the middle and at the end', async () => {
    await tamper('DELETE FROM blocks WHERE position = 3')
    await expectBroken('missing_row', 10)
    await tamper('DELETE FROM blocks WHERE position = 4')
    await expectBroken('missing_row', 10)
    await tamper('DELETE FROM blocks WHERE position = 2')
    await expectBroken('missing_row', 5)
  })

  it('finds a time that was moved', async () => {
    await tamper('UPDATE blocks SET recorded_at = recorded_at + 1 WHERE position = 1')
    await expectBroken('entry_hash_mismatch', 0)
  })

  it('finds a head that was exchanged', async () => {
    await tamper('UPDATE logs SET head_hash = CAST(substr(head_hash, 2) || substr(head_hash, 1, 1) AS BLOB)')
    await expectBroken('entry_hash_mismatch', 19)
  })

  it('does not trust the first row of a range that begins in the middle', async () => {
    await flip('prev_hash', 3, 0)
    expect((await harness.reader.verify(LOG, { fromSeq: 10 })).broken).toMatchObject({
      reason: 'prev_hash_mismatch',
      seq: 10,
    })
    await tamper('DELETE FROM blocks WHERE position = 2')
    expect((await harness.reader.verify(LOG, { fromSeq: 10 })).broken).toMatchObject({
      reason: 'missing_row',
      seq: 9,
    })
  })

  it('refuses to write to a journal whose head disagrees with its rows', async () => {
    await tamper('DELETE FROM blocks WHERE position = 4')
    await expect(openHarness(directory)).rejects.toMatchObject({ code: 'damaged_journal' })
  })
})

describe('a storage error', () => {
  it('freezes the journal until it is opened anew, and reading goes on', async () => {
    const directory = temporaryDirectory()
    const frozenBy: unknown[] = []
    const harness = await openHarness(directory, (cause) => frozenBy.push(cause))
    const append = () => harness.journal.append([{ log: LOG, entries: [anEntry('a.a')] }])
    await append()
    const other = await openDatabase(join(directory, 'journal.db'))
    other.exec('ALTER TABLE blocks RENAME TO gone')
    await expect(append()).rejects.toMatchObject({ code: 'journal_frozen' })
    other.exec('ALTER TABLE gone RENAME TO blocks')
    other.close()
    await expect(append()).rejects.toMatchObject({ code: 'journal_frozen' })
    await expect(
      harness.journal.saveIndexProgress({ donePosition: 1, sendingPosition: 1 }),
    ).rejects.toMatchObject({ code: 'journal_frozen' })
    expect(frozenBy).toHaveLength(1)
    expect(await harness.reader.entriesAt(LOG, [0])).toHaveLength(1)
    const reopened = await harness.reopen()
    const { outcomes } = await reopened.journal.append([{ log: LOG, entries: [anEntry('b.b')] }])
    expect(outcomes).toMatchObject([{ kind: 'recorded', receipts: [{ seq: 1 }] }])
    await reopened.close()
  })

  it('stops before the disk reserve is used', async () => {
    const journal = await openSqliteJournal({
      path: join(temporaryDirectory(), 'journal.db'),
      originHost: 'test.local',
      diskReserveBytes: 2 ** 60,
      now: () => 1,
    })
    await expect(journal.append([{ log: LOG, entries: [anEntry('a.a')] }])).rejects.toMatchObject({
      code: 'disk_full',
    })
    await journal.close()
  })
})

describe('a journal that somebody else closes at this moment', () => {
  it('is opened as soon as they let it go', async () => {
    const directory = temporaryDirectory()
    const schema = new URL('./schema.js', import.meta.url)
    // In another process: a connection that was closed in this one may stay until its statements are collected.
    const hold = `import(${JSON.stringify(schema.href)}).then(async ({ openForWriting }) => {
      const database = await openForWriting({ path: process.argv[1], originHost: 'test.local' })
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
      process.stdout.write('held')
      setTimeout(() => database.close(), 700)
    })`
    const path = join(directory, 'journal.db')
    const holder = spawn(process.execPath, ['-e', hold, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const harness = await openHarness(directory)
    await harness.journal.append([{ log: LOG, entries: [anEntry('a.a')] }])
    expect(await harness.reader.entriesAt(LOG, [0])).toHaveLength(1)
    await harness.close()
  })
})

describe('ids beyond what memory holds', () => {
  it('are found in runs on disk, before and after a restart', async () => {
    let harness = await openHarness(temporaryDirectory())
    const known = [anEntry('known.first', { id: uuidV7() })]
    const receipts: { id: string; seq: number }[] = []
    const append = async (entries: ReturnType<typeof anEntry>[]) => {
      const { outcomes } = await harness.journal.append([{ log: LOG, entries }])
      const outcome = outcomes[0]
      if (outcome?.kind !== 'recorded') throw new Error('refused')
      return outcome
    }
    receipts.push(...(await append(known)).receipts)
    const filler = Array.from({ length: 1_000 }, () => anEntry('fill.er'))
    // Two runs of 131,072 ids and a tail.
    for (let i = 0; i < 270; i++)
      receipts.push((await append(filler)).receipts[i] as { id: string; seq: number })
    const check = async () => {
      expect((await append(known)).replayed).toBe(1)
      for (const { id, seq } of receipts)
        expect(await harness.reader.findById(LOG, id)).toMatchObject({ seq })
      expect(await harness.reader.findById(LOG, uuidV7())).toBeUndefined()
    }
    await check()
    harness = await harness.reopen()
    await check()
    await harness.close()
  })
})

describe('SQLite version', () => {
  it.each([
    ['3.51.3', true],
    ['3.51.2', false],
    ['3.52.0', true],
    ['3.50.7', false],
    ['3.45.1', false],
    ['4.0.0', true],
  ])('%s is safe: %s', (version, safe) => {
    expect(isSafeSqlite(version)).toBe(safe)
    if (safe) assertSafeSqlite(version)
    else
      expect(() => assertSafeSqlite(version)).toThrow(expect.objectContaining({ code: 'unsupported_sqlite' }))
  })
})
