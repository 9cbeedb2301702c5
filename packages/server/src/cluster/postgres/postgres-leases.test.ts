import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { migrate } from '../../postgres/migrations.js'
import { openPostgres, type Postgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import type { Lease } from '../leases.js'
import { PostgresLeases } from './postgres-leases.js'
import { CLUSTER_MIGRATIONS } from './schema.js'

const HOLDER = fileURLToPath(new URL('./testing/lease-holder.js', import.meta.url))
const NEVER = new AbortController().signal

let url: string
let postgres: Postgres
const leases: PostgresLeases[] = []
const children: ChildProcess[] = []
beforeAll(async () => {
  url = await createTestDatabase()
  await migrate({ url, purpose: 'test' }, 'cluster', CLUSTER_MIGRATIONS)
  postgres = await openPostgres({ url, purpose: 'test', connectionsMax: 8 })
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(leases.map((one) => one.close()))
  await postgres.close()
})

function leasesOf(holder: string): PostgresLeases {
  const made = new PostgresLeases({ postgres, holder, onError: () => undefined })
  leases.push(made)
  return made
}

interface Holder {
  readonly child: ChildProcess
  readonly said: string
}

/** Starts a process that takes the lease `name`; resolves when it holds it. */
async function startHolder(holder: string, name: string): Promise<Holder> {
  const child = spawn(process.execPath, [HOLDER, url, holder, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return { child, said: await nextLine(child) }
}

async function nextLine(child: ChildProcess): Promise<string> {
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return line.toString().trim()
}

const lossOf = (lease: Lease) =>
  new Promise<void>((resolve) => lease.lost.addEventListener('abort', () => resolve(), { once: true }))

// At once, as most of them wait: each has a lease of its own.
describe.concurrent('a lease', () => {
  it('is taken over within five seconds when the process that held it was killed', async ({ expect }) => {
    const { child, said } = await startHolder('one', 'killed')
    expect(said).toBe('holds 1')
    const waiting = leasesOf('two').acquire('killed', NEVER)
    // Longer than a lease lasts: it is renewed.
    expect(await Promise.race([waiting, delay(4_500, 'not yet')])).toBe('not yet')
    child.kill('SIGKILL')
    const killedMs = performance.now()
    expect((await waiting).token).toBe(2)
    expect(performance.now() - killedMs).toBeLessThan(5_000)
  })

  it('goes at once to the next when it is given back, each with a greater token', async ({ expect }) => {
    const tokens: number[] = []
    const [one, two] = [leasesOf('one'), leasesOf('two')]
    for (const holder of [one, two, one, two]) {
      const lease = await holder.acquire('given back', NEVER)
      tokens.push(lease.token)
      await lease.release()
      expect(lease.lost.aborted).toBe(true)
    }
    expect(tokens).toEqual([1, 2, 3, 4])
  })

  it('is taken back by a process that starts again where the one that held it ran', async ({ expect }) => {
    const first = await startHolder('one', 'again')
    first.child.kill('SIGKILL')
    const startedMs = performance.now()
    expect((await leasesOf('one').acquire('again', NEVER)).token).toBe(2)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })

  it('ends for a process that stood still for longer than it lasts, at once when it goes on', async ({
    expect,
  }) => {
    const { child } = await startHolder('one', 'stopped')
    child.kill('SIGSTOP')
    const lease = await leasesOf('two').acquire('stopped', NEVER)
    expect(lease.token).toBe(2)
    const line = nextLine(child)
    child.kill('SIGCONT')
    expect(await line).toBe('lost')
  })

  it('ends when it cannot be renewed, before another may take it', async ({ expect }) => {
    const lease = await leasesOf('one').acquire('unrenewed', NEVER)
    const held = await postgres.transaction(async (connection) => {
      await connection.query("SELECT 1 FROM leases WHERE name = 'unrenewed' FOR UPDATE")
      await lossOf(lease)
      const { rows } = await connection.query<{ held: boolean }>(
        "SELECT expires > clock_timestamp() AS held FROM leases WHERE name = 'unrenewed'",
      )
      return rows[0]?.held
    })
    expect(held).toBe(true)
    expect((await leasesOf('two').acquire('unrenewed', NEVER)).token).toBe(2)
  })

  it('is held by one of many who want it, whenever they look', async ({ expect }) => {
    let holders = 0
    let turns = 0
    const stop = new AbortController()
    const work = async (holder: string) => {
      const own = leasesOf(holder)
      while (!stop.signal.aborted) {
        const lease = await own.acquire('wanted', stop.signal).catch(() => undefined)
        if (lease === undefined) return
        holders++
        expect(holders).toBe(1)
        turns++
        await new Promise((resolve) => setImmediate(resolve))
        holders--
        await lease.release()
        if (turns >= 12) stop.abort()
      }
    }
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(work))
    expect(turns).toBeGreaterThanOrEqual(12)
  })

  it('is not waited for any longer than wanted', async ({ expect }) => {
    await leasesOf('one').acquire('unwanted', NEVER)
    const stop = new AbortController()
    const waiting = leasesOf('two').acquire('unwanted', stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
