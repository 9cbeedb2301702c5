import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogName } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessStore } from '../access/access-store.js'
import { openSqliteAccessStore } from '../access/sqlite-access-store.js'
import { anEntry } from '../journal/conformance.js'
import type { Journal, JournalReader } from '../journal/journal.js'
import { openSqliteJournal } from '../journal/sqlite/sqlite-journal.js'
import { openSqliteJournalReader } from '../journal/sqlite/sqlite-reader.js'
import { openDatabase } from '../sqlite/driver.js'
import { openTestServer } from '../testing/test-server.js'
import { type CheckedJournal, IntegrityChecks } from './integrity-checks.js'

const DAY_MS = 24 * 3_600_000
const START_MS = Date.parse('2026-11-21T12:00:00Z')
const AT = 3 * 60
const ENTRIES = 300

describe('checks of a journal', () => {
  let directory: string
  let journal: Journal
  let reader: JournalReader
  let access: AccessStore
  let log: LogName
  let other: LogName
  let nowMs: number
  /** Where each slice began, by organization. */
  let slices: [organizationId: string, fromSeq: number][]
  let open: IntegrityChecks[]

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'counterfoil-integrity-'))
    nowMs = START_MS
    slices = []
    open = []
    const path = join(directory, 'journal.db')
    journal = await openSqliteJournal({
      path,
      originHost: 'test.local',
      diskReserveBytes: 0,
      now: () => nowMs * 1_000,
    })
    reader = await openSqliteJournalReader(path)
    access = await openSqliteAccessStore(join(directory, 'access.db'), { now: () => nowMs })
    log = { organization_id: (await access.createOrganization('acme')).id, mode: 'live' }
    other = { organization_id: (await access.createOrganization('other')).id, mode: 'test' }
    for (const name of [log, other]) await append(name, ENTRIES)
  })
  afterEach(async () => {
    for (const checks of open) await checks.close()
    await reader.close()
    await journal.close()
    await access.close()
    rmSync(directory, { recursive: true })
  })

  const append = async (name: LogName, count: number) => {
    for (let done = 0; done < count; done += 50)
      await journal.append([{ log: name, entries: Array.from({ length: 50 }, () => anEntry('a.a')) }])
  }
  const openChecks = (afterSlice: () => void = () => undefined): IntegrityChecks => {
    const watched: CheckedJournal = {
      logs: () => reader.logs(),
      startOf: (name) => reader.startOf(name),
      verify: async (name, range) => {
        slices.push([name.organization_id, range.fromSeq ?? 0])
        const verdict = await reader.verify(name, range)
        afterSlice()
        return verdict
      },
    }
    const checks = new IntegrityChecks({
      access,
      journal: watched,
      at: AT,
      sliceEntries: 64,
      onDamage: () => undefined,
      onError: (error) => {
        throw error
      },
    })
    open.push(checks)
    return checks
  }
  /** Entries on their way to the journal, and forgets them. */
  const noted = async (): Promise<
    {
      log: LogName
      entry: Record<string, unknown> & { metadata: Record<string, unknown> }
    }[]
  > => {
    const entries = await access.outbox.oldest(100)
    await access.outbox.remove(entries.map(({ position }) => position))
    return entries.map((one) => ({ log: one.log, entry: JSON.parse(one.json) }))
  }
  const tamper = async (sql: string, ...values: (string | number | Uint8Array)[]) => {
    const database = await openDatabase(join(directory, 'journal.db'))
    database.exec('PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF')
    database.prepare(sql).run(...values)
    database.close()
  }
  const nextNight = async (checks = openChecks()) => {
    nowMs += DAY_MS
    await checks.runIfDue()
    return noted()
  }

  it('find nothing due in a new installation, and then once a day in each log', async () => {
    const checks = openChecks()
    await checks.runIfDue()
    expect(await noted()).toEqual([])
    nowMs += 14 * 3_600_000
    await checks.runIfDue()
    expect(await noted()).toEqual([])
    nowMs += 3_600_000
    await checks.runIfDue()
    const first = await noted()
    expect(first.map(({ log: name }) => name)).toEqual([log, other])
    for (const { entry } of first) {
      expect(entry).toMatchObject({
        action: 'log.verified',
        category: 'system',
        severity: 'info',
        outcome: 'success',
        metadata: { entries: ENTRIES, redacted: 0, head_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      })
    }
    await checks.runIfDue()
    expect(await noted()).toEqual([])
    expect(await checks.standing()).toMatchObject({
      damagedLogs: 0,
      overdueMs: 0,
      walkedEntries: 2 * ENTRIES,
    })
    await append(log, 50)
    expect((await nextNight(checks)).map(({ entry }) => entry.metadata.entries)).toEqual([350, 300])
  })

  it('that were due while the server was down are made up for once when it starts', async () => {
    await openChecks().runIfDue()
    nowMs += 4 * DAY_MS + 5 * 3_600_000
    await openChecks().runIfDue()
    expect(await noted()).toHaveLength(2)
    await openChecks().runIfDue()
    expect(await noted()).toEqual([])
  })

  it('are never two at once', async () => {
    const checks = openChecks()
    await checks.runIfDue()
    nowMs += DAY_MS
    await Promise.all([checks.runIfDue(), checks.runIfDue(), checks.runIfDue()])
    const began = slices.map(([organizationId, seq]) => `${organizationId} ${seq}`)
    expect(new Set(began).size).toBe(began.length)
    expect(await noted()).toHaveLength(2)
  })

  it('go on where they were when the server had to stop', async () => {
    await openChecks().runIfDue()
    nowMs += DAY_MS
    let left = 3
    const stopped: IntegrityChecks = openChecks(() => {
      if (--left === 0) void stopped.close()
    })
    await stopped.runIfDue()
    expect(await noted()).toEqual([])
    expect(slices.map(([, seq]) => seq)).toEqual([0, 64, 128])
    expect((await openChecks().standing()).overdueMs).toBeGreaterThan(0)
    await openChecks().runIfDue()
    expect(slices.slice(3).map(([, seq]) => seq)).toEqual([192, 256, 0, 64, 128, 192, 256])
    expect((await noted()).map(({ entry }) => entry.action)).toEqual(['log.verified', 'log.verified'])
  })

  it.each([
    [
      'a missing byte',
      'UPDATE blocks SET contents = substr(contents, 1, length(contents) - 1) WHERE log = 1 AND first_seq = 100',
      100,
    ],
    ['a row that is gone', 'DELETE FROM blocks WHERE log = 1 AND first_seq = 150', 150],
    [
      'an emptied hash',
      'UPDATE blocks SET entry_hashes = zeroblob(1600) WHERE log = 1 AND first_seq = 50',
      50,
    ],
    ['a head that is another', 'UPDATE logs SET head_hash = zeroblob(32) WHERE log = 1', 299],
    ['a frontier that is none', "UPDATE logs SET frontier = x'00' WHERE log = 1", 299],
    ['a size that is less', 'UPDATE logs SET size = 200 WHERE log = 1', 200],
    ['a log that is gone', 'DELETE FROM logs WHERE log = 1', 0],
  ])('tell of %s: first broken seq, in the log itself and to the operator', async (_what, sql, seq) => {
    await openChecks().runIfDue()
    expect((await nextNight()).map(({ entry }) => entry.action)).toEqual(['log.verified', 'log.verified'])
    await tamper(sql)
    const checks = openChecks()
    const entries = await nextNight(checks)
    const damaged = entries.filter(({ entry }) => entry.action === 'log.damaged')
    expect(damaged.map(({ log: name }) => name)).toEqual([
      log,
      { organization_id: (await access.tenants.platform()).id, mode: 'live' },
    ])
    for (const { entry } of damaged) {
      expect(entry).toMatchObject({
        category: 'system',
        severity: 'error',
        outcome: 'failure',
        resource: { id: `${log.organization_id}/live` },
        metadata: { broken_seq: seq, reason: entry.error_code, explanation: expect.any(String) },
      })
    }
    // The others' logs are none the worse for it.
    expect(
      entries.filter(({ entry }) => entry.action === 'log.verified').map(({ log: name }) => name),
    ).toEqual([other])
    expect((await checks.standing()).damagedLogs).toBe(1)
    expect((await nextNight()).map(({ entry }) => entry.action).toSorted()).toEqual([
      'log.damaged',
      'log.damaged',
      'log.verified',
    ])
  })

  it('tell of a log that was written anew, chain and all', async () => {
    await openChecks().runIfDue()
    await nextNight()
    const kept = await access.integrity.find(log)
    // As if the entries up to then had been others: what was kept of them is not what is walked now.
    await access.transaction((access) => access.integrity.save({ ...kept!, passedHash: 'ab'.repeat(32) }))
    await append(log, 100)
    const [first] = await nextNight()
    expect(first?.entry).toMatchObject({
      action: 'log.damaged',
      metadata: { broken_seq: ENTRIES - 1, reason: 'entry_hash_mismatch' },
    })
  })
})

describe('the check of a running server', () => {
  it('records a failure in the log that was tampered with, and goes on serving it', async () => {
    let nowMs = Date.now()
    const server = await openTestServer({ integrity_check: '03:00' }, undefined, { now: () => nowMs })
    const key = await server.makeKey({ slug: 'acme' })
    const quiet = await server.makeKey({ slug: 'quiet' })
    const path = '/v1/audit_log_entries'
    for (const one of [key, quiet]) {
      const batch = Array.from({ length: 40 }, (_, i) => ({ action: 'a.a', metadata: { i } }))
      for (let i = 0; i < 3; i++) await server.call(one, 'POST', path, batch)
    }
    const newest = async (one: string) =>
      (await server.call(one, 'GET', `${path}?limit=1`)).body.data as {
        action: string
        severity: string
        metadata: Record<string, unknown>
      }[]
    // Once the index has read the row: it could not afterwards.
    const standing = async () => (await server.call(undefined, 'GET', '/readyz')).body.index
    await expect.poll(standing, { timeout: 20_000 }).toBe('ok')
    const database = await openDatabase(join(server.directory, 'journal.db'))
    database.exec(
      'UPDATE blocks SET contents = substr(contents, 1, length(contents) - 1) WHERE log = 1 AND first_seq = 40',
    )
    database.close()
    nowMs += DAY_MS
    await server.counterfoil.integrity.runIfDue()
    await server.counterfoil.selfAudit.settled()
    expect(await newest(quiet)).toMatchObject([{ action: 'log.verified', metadata: { entries: 120 } }])
    expect(await newest(key)).toMatchObject([
      {
        action: 'log.damaged',
        severity: 'error',
        metadata: { broken_seq: 40, reason: 'entry_hash_mismatch' },
      },
    ])
    const { body: metrics } = await server.call(undefined, 'GET', '/metrics')
    expect(metrics).toMatch(/^counterfoil_damaged_logs 1$/m)
    expect(metrics).toMatch(/^counterfoil_integrity_overdue_seconds 0$/m)
    expect((await server.call(key, 'POST', path, { action: 'goes.on' })).status).toBe(201)
    const verified = await server.call(key, 'POST', `${path}/verify`, { limit: 10_000 })
    expect(verified.body).toMatchObject({
      verified: false,
      broken_reason: 'entry_hash_mismatch',
      broken_seq: 40,
    })
    await server.close()
  })
})
