import type { LogName } from '@counterfoil/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openPostgres } from '../../postgres/postgres.js'
import { type EmbeddedServer, startEmbeddedServer } from '../../postgres/testing/embedded-server.js'
import { TcpProxy } from '../../testing/tcp-proxy.js'
import { anEntry } from '../conformance.js'
import type { Journal, JournalReader } from '../journal.js'
import { uuidV7 } from '../uuid.js'
import { openPostgresJournal } from './postgres-journal.js'
import { openPostgresJournalReader } from './postgres-rows.js'

const LOG: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }

// A PostgreSQL of its own: it is stopped and killed.
let server: EmbeddedServer
let proxy: TcpProxy
let journal: Journal
let reader: JournalReader
let schemas = 0
beforeAll(async () => {
  server = await startEmbeddedServer()
  await server.createDatabase('counterfoil')
  proxy = await TcpProxy.open(() => ({ host: '127.0.0.1', port: server.port }))
})
afterAll(async () => {
  await proxy?.close()
  await server?.remove()
})
beforeEach(async () => {
  const schema = `away_${++schemas}`
  const direct = server.url('counterfoil')
  const url = direct.replace(`:${server.port}/`, `:${proxy.port}/`)
  journal = await openPostgresJournal({
    ...{ url, schema, index: 'test', originHost: 'test.local' },
    now: () => Date.now() * 1_000,
    awayMsMax: 30_000,
  })
  reader = await openPostgresJournalReader({ url: direct, schema, index: 'test', purpose: 'test' })
})
afterEach(async () => {
  proxy.fault = { kind: 'none' }
  await Promise.all([reader.close(), journal.close()])
})

const record = async (id?: string) => {
  const entry = anEntry('a.a', id === undefined ? {} : { id })
  const { outcomes } = await journal.append([{ log: LOG, entries: [entry] }])
  return outcomes[0]
}
const size = async () => (await reader.head(LOG))?.size

describe('a connection that breaks', () => {
  it('while it commits, whose COMMIT arrived: what was recorded is recorded once', async () => {
    await record()
    proxy.fault = { kind: 'cut_answer', text: 'COMMIT' }
    const recording = record()
    await expect.poll(() => proxy.caught, { timeout: 30_000 }).toBeGreaterThan(0)
    proxy.fault = { kind: 'none' }
    expect(await recording).toMatchObject({ kind: 'recorded', replayed: 0, receipts: [{ seq: 1 }] })
    expect(await record()).toMatchObject({ receipts: [{ seq: 2 }] })
    expect(await size()).toBe(3)
  })

  it('while it commits, whose COMMIT arrives later than whoever asks what became of it', async () => {
    await record()
    const before = proxy.caught
    proxy.fault = { kind: 'hold_request', text: 'COMMIT' }
    const recording = record()
    await expect.poll(() => proxy.caught, { timeout: 30_000 }).toBeGreaterThan(before)
    proxy.fault = { kind: 'none' }
    await proxy.letGo()
    expect(await recording).toMatchObject({ kind: 'recorded', receipts: [{ seq: 1 }] })
    expect(await size()).toBe(2)
    expect(await reader.verify(LOG, {})).toMatchObject({ walked: 2, broken: undefined, headMatches: true })
  })

  it('after late batches were taken: they are recorded with the rest, once, and those that come until then, too', async () => {
    await record()
    const late = ['b.b', 'c.c'].map((action) => [{ log: LOG, entries: [anEntry(action)] }])
    const before = proxy.caught
    proxy.fault = { kind: 'hold_request', text: 'COMMIT' }
    const appending = journal.append([{ log: LOG, entries: [anEntry('a.a')] }], () => late.shift() ?? [])
    await expect.poll(() => proxy.caught, { timeout: 30_000 }).toBeGreaterThan(before)
    // What was held back is never passed on: nothing of the first attempt is committed.
    const direct = await openPostgres({ url: server.url('counterfoil'), purpose: 'test', asOwner: true })
    await direct.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'`,
    )
    await direct.close()
    proxy.fault = { kind: 'none' }
    const { outcomes, rows } = await appending
    expect(outcomes).toMatchObject(
      [1, 2, 3].map((seq) => ({ kind: 'recorded', replayed: 0, receipts: [{ seq }] })),
    )
    expect(rows).toMatchObject([{ firstSeq: 1, counts: [3] }])
    expect(await size()).toBe(4)
    expect(await reader.verify(LOG, {})).toMatchObject({ walked: 4, broken: undefined, headMatches: true })
  })

  it('again and again, under load: nothing is lost, nothing is there twice', async () => {
    let isOver = false
    let acknowledged = 0
    const ids: string[] = []
    const writer = async (withIds: boolean) => {
      while (!isOver) {
        const id = withIds ? uuidV7() : undefined
        const outcome = await record(id)
        expect(outcome).toMatchObject({ kind: 'recorded' })
        if (id !== undefined) ids.push(id)
        acknowledged++
      }
    }
    const writers = [writer(true), writer(false), writer(true), writer(false)]
    const grownBy = (count: number) => {
      const from = acknowledged
      return expect.poll(() => acknowledged, { timeout: 30_000 }).toBeGreaterThan(from + count)
    }
    await grownBy(20)
    await server.kill()
    await server.start()
    await grownBy(20)
    proxy.fault = { kind: 'cut' }
    proxy.fault = { kind: 'none' }
    await grownBy(20)
    await server.stop()
    await server.start()
    await grownBy(20)
    isOver = true
    await Promise.all(writers)
    expect(await size()).toBe(acknowledged)
    expect(await reader.verify(LOG, {})).toMatchObject({ walked: acknowledged, headMatches: true })
    for (const id of ids.slice(-30)) expect(await reader.findById(LOG, id)).toMatchObject({ id })
  })
})

describe('a database that is away for longer than an append waits', () => {
  it('refuses with a code and a time, and what was refused may be sent again', async () => {
    const impatient = await openPostgresJournal({
      ...{ url: server.url('counterfoil'), schema: 'impatient', index: 'test', originHost: 'test.local' },
      now: () => Date.now() * 1_000,
      awayMsMax: 100,
    })
    await server.stop()
    const batch = { log: LOG, entries: [anEntry('a.a', { id: uuidV7() })] }
    await expect(impatient.append([batch])).rejects.toMatchObject({ code: 'database_unavailable' })
    await server.start()
    expect((await impatient.append([batch])).outcomes).toMatchObject([{ kind: 'recorded', replayed: 0 }])
    await impatient.close()
  })
})
