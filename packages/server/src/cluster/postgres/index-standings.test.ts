import type { LogName } from '@counterfoil/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../postgres/migrations.js'
import { openPostgres, type Postgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { type Lease, LeaseLost } from '../leases.js'
import { IndexStandings } from './index-standings.js'
import { PostgresLeases } from './postgres-leases.js'
import { CLUSTER_MIGRATIONS } from './schema.js'

const LOG: LogName = { organization_id: 'acme', mode: 'live' }
const OTHER: LogName = { organization_id: 'acme', mode: 'test' }
const NEVER = new AbortController().signal

let postgres: Postgres
let standings: IndexStandings
let lease: Lease
let count = 0
beforeAll(async () => {
  const url = await createTestDatabase()
  await migrate({ url, purpose: 'test' }, 'cluster', CLUSTER_MIGRATIONS)
  postgres = await openPostgres({ url, purpose: 'test' })
})
afterAll(() => postgres.close())
beforeEach(async () => {
  const id = `${++count}`
  standings = new IndexStandings(postgres, id)
  lease = await leasesOf('one').acquire(`index:${id}`, NEVER)
  return () => lease.release()
})

const leasesOf = (holder: string) => new PostgresLeases({ postgres, holder, onError: () => undefined })

describe('the standing of an index', () => {
  it('is what was saved last', async () => {
    expect(await standings.positions()).toBeUndefined()
    expect(await standings.standing(LOG)).toBeUndefined()
    await standings.save(lease, { donePosition: 3, sendingPosition: 7 })
    expect(await standings.positions()).toEqual({ donePosition: 3, sendingPosition: 7 })
    expect(await standings.standing(LOG)).toMatchObject({ donePosition: 3, missingFrom: undefined })
  })

  it('has another revision once the index was emptied, and not before', async () => {
    await standings.save(lease, { donePosition: 3, sendingPosition: 7 })
    const before = await standings.standing(LOG)
    await standings.save(lease, { donePosition: 7, sendingPosition: 7 })
    expect((await standings.standing(LOG))?.revision).toBe(before?.revision)
    await standings.save(lease, { donePosition: 0, sendingPosition: 0 })
    expect((await standings.standing(LOG))?.revision).not.toBe(before?.revision)
  })

  it('says of which log entries may be missing, and that some were when they are not any more', async () => {
    await standings.save(lease, { donePosition: 3, sendingPosition: 7 })
    const before = await standings.standing(LOG)
    const other = await standings.standing(OTHER)
    await standings.saveMissing(lease, LOG, 12)
    expect(await standings.standing(LOG)).toMatchObject({ missingFrom: 12 })
    await standings.saveMissing(lease, LOG, undefined)
    const after = await standings.standing(LOG)
    expect(after?.missingFrom).toBeUndefined()
    expect(after?.revision).not.toBe(before?.revision)
    expect(await standings.standing(OTHER)).toEqual(other)
  })

  it('takes nothing of a process that has lost its lease', async () => {
    await standings.save(lease, { donePosition: 3, sendingPosition: 7 })
    // It starts again, and what it left behind goes on for a moment.
    const successor = await leasesOf('one').acquire(lease.name, NEVER)
    const late = { donePosition: 7, sendingPosition: 9 }
    await expect(standings.save(lease, late)).rejects.toBeInstanceOf(LeaseLost)
    await expect(standings.saveMissing(lease, LOG, 1)).rejects.toBeInstanceOf(LeaseLost)
    expect(await standings.standing(LOG)).toMatchObject({ donePosition: 3, missingFrom: undefined })
    await standings.save(successor, late)
    expect(await standings.positions()).toEqual(late)
    await successor.release()
  })
})
