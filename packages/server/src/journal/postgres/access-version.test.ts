import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LogName } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessStore } from '../../access/access-store.js'
import { openAccessStore } from '../../access/open-access-store.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { anEntry } from '../conformance.js'
import type { Journal, JournalBatch, JournalReader } from '../journal.js'
import { uuidV7 } from '../uuid.js'
import { openPostgresJournal } from './postgres-journal.js'
import { openPostgresJournalReader } from './postgres-rows.js'

const LOG: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }

let url: string
let access: AccessStore
let journal: Journal
let reader: JournalReader
let version: number
beforeEach(async () => {
  url = await createTestDatabase()
  access = await openAccessStore({ kind: 'postgres', url })
  const settings = { url, index: 'test' }
  journal = await openPostgresJournal({
    ...settings,
    originHost: 'test.local',
    now: () => 1_795_000_000_000_000,
  })
  reader = await openPostgresJournalReader({ ...settings, purpose: 'test' })
  version = (await journal.accessVersion()) as number
})
afterEach(async () => {
  await Promise.all([access.close(), journal.close(), reader.close()])
})

let organizations = 0
/** Changes access control in whatever way. */
const change = () => access.createOrganization(`o-${++organizations}`)
/** The same within a function that cannot wait, by another process. */
function changeAtOnce(): void {
  const program = fileURLToPath(new URL('./testing/change-access.js', import.meta.url))
  execFileSync(process.execPath, [program, url, `o-${++organizations}`])
}
const batch = (accessVersion: number | undefined, more: Partial<JournalBatch> = {}): JournalBatch => ({
  log: LOG,
  entries: [anEntry('a.a')],
  ...(accessVersion === undefined ? {} : { accessVersion }),
  ...more,
})
async function kindsOf(
  batches: readonly JournalBatch[],
  late?: Parameters<Journal['append']>[1],
): Promise<string[]> {
  const { outcomes } = await journal.append(batches, late)
  return outcomes.map(({ kind }) => kind)
}
const size = async () => (await reader.head(LOG))?.size ?? 0

describe('a batch that depends on a version of access control', () => {
  it('is recorded while that is the version', async () => {
    expect(await kindsOf([batch(version)])).toEqual(['recorded'])
    await change()
    expect(await journal.accessVersion()).toBeGreaterThan(version)
    expect(await kindsOf([batch(version)])).toEqual(['access_changed'])
    expect(await size()).toBe(1)
  })

  it('is refused alone: what depends on none, or on that as it is, is recorded beside it', async () => {
    await change()
    const now = (await journal.accessVersion()) as number
    expect(await kindsOf([batch(version), batch(undefined), batch(now), batch(now + 1)])).toEqual([
      'access_changed',
      'recorded',
      'recorded',
      'access_changed',
    ])
    expect(await size()).toBe(2)
    expect(await reader.verify(LOG, {})).toMatchObject({ walked: 2, broken: undefined, headMatches: true })
  })

  it('is refused when the version changes between the lock and the rows, and so is one that came late', async () => {
    await journal.append([batch(undefined)])
    let asked = 0
    const kinds = await kindsOf([batch(version), batch(undefined)], () => {
      if (asked++ > 0) return []
      changeAtOnce()
      // Authenticated before the change, as far as anybody can tell.
      return [batch(version), batch(undefined)]
    })
    // Asked again, as the transaction was begun anew.
    expect(asked).toBe(2)
    expect(kinds).toEqual(['access_changed', 'recorded', 'access_changed', 'recorded'])
    expect(await size()).toBe(3)
    expect(await reader.verify(LOG, {})).toMatchObject({ walked: 3, broken: undefined, headMatches: true })
  })

  it('is held against the version also when it alone depends on one, and came late', async () => {
    let asked = 0
    const late = () => (asked++ > 0 ? [] : [batch(version), batch(version + 1)])
    expect(await kindsOf([batch(undefined)], late)).toEqual(['recorded', 'recorded', 'access_changed'])
    expect(await size()).toBe(2)
  })

  it('gets no earlier receipt, and learns of no conflict, when the version changes before the end', async () => {
    const id = uuidV7()
    const idempotency = { route: 'r', key: 'k', bodyHash: 'aa' }
    const first = [
      batch(version, { entries: [anEntry('a.a', { id })] }),
      batch(version, { idempotency }),
    ] as const
    const conflict = batch(version, { entries: [anEntry('b.b', { id })] })
    expect(await kindsOf(first)).toEqual(['recorded', 'recorded'])
    expect(await kindsOf([...first, conflict])).toEqual(['recorded', 'recorded', 'id_conflict'])
    let asked = 0
    const kinds = await kindsOf([...first, conflict], () => {
      if (asked++ === 0) changeAtOnce()
      return []
    })
    expect(asked).toBe(2)
    expect(kinds).toEqual(['access_changed', 'access_changed', 'access_changed'])
    expect(await size()).toBe(2)
  })
})
