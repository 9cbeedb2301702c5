import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SearchIndex } from '../index/search-index.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'

const LOG = '/v1/audit_log_entries'
let server: TestServer
/** Searches that have begun, each of which goes on when it is called. */
const searching: (() => void)[] = []
let slow = false

/** The index itself, but for when pages and counted values come. */
function withSlowAnswers(index: SearchIndex): SearchIndex {
  return new Proxy(index, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (typeof value !== 'function') return value
      if (name !== 'page' && name !== 'facets') return value.bind(target)
      return async (...args: unknown[]) => {
        if (slow) await new Promise<void>((resolve) => searching.push(resolve))
        return Reflect.apply(value, target, args)
      }
    },
  })
}

beforeAll(async () => {
  const limits = {
    organization_reads: '1',
    organization_reads_waiting: '0',
    organization_searches: '1',
    organization_exports: '1',
    organization_recording_mb: '8',
  }
  server = await openTestServer(limits, undefined, { wrapIndex: withSlowAnswers, looksNearby: false })
})
afterAll(() => server.close())

describe('an organization that has its share already', () => {
  it('has several statements in the index while nobody else searches, and one while others do', async () => {
    const key = await server.makeKey({ slug: 'lone' })
    const other = await server.makeKey({ slug: 'second' })
    for (const one of [key, other]) await server.call(one, 'POST', LOG, { action: 'a.a' })
    const index = async () => (await server.call(undefined, 'GET', '/readyz')).body.index
    await expect.poll(index, { timeout: 20_000 }).toBe('ok')
    const facets = () => server.call(key, 'GET', `${LOG}/facets?field=action&field=severity&field=outcome`)
    const begun = (count: number) =>
      expect.poll(() => searching.length, { timeout: 10_000, interval: 5 }).toBe(count)
    slow = true
    const alone = facets()
    await begun(3)
    for (const go of searching.splice(0)) go()
    expect((await alone).status).toBe(200)
    const others = server.call(other, 'GET', `${LOG}?action=a.*`)
    await begun(1)
    const among = facets()
    await begun(2)
    searching.shift()?.()
    expect((await others).status).toBe(200)
    for (let i = 0; i < 3; i++) {
      await begun(1)
      searching.shift()?.()
    }
    slow = false
    expect((await among).body.data).toMatchObject({ action: [{ value: 'a.a', count: 1 }] })
    expect(Object.keys((await among).body.data)).toEqual(['action', 'severity', 'outcome'])
  })

  it('is told to wait in the shape of each API, and nobody else is', async () => {
    const key = await server.makeKey({ slug: 'acme' })
    const other = await server.makeKey({ slug: 'other' })
    for (const one of [key, other]) await server.call(one, 'POST', LOG, { action: 'a.a' })
    const index = async () => (await server.call(undefined, 'GET', '/readyz')).body.index
    await expect.poll(index, { timeout: 20_000 }).toBe('ok')
    slow = true
    const first = server.call(key, 'GET', `${LOG}?action=a.*`)
    await expect.poll(() => searching.length, { timeout: 10_000 }).toBe(1)
    const asked = {
      ours: await server.call(key, 'GET', `${LOG}?action=b.*`),
      newest: await server.call(key, 'GET', LOG),
      counted: await server.call(key, 'GET', `${LOG}/histogram?interval=day`),
      verified: await server.call(key, 'POST', `${LOG}/verify`, {}),
      arcwise: await server.call(key, 'GET', '/api/event_history'),
      arizeRest: await server.call(key, 'GET', '/v2/audit-logs'),
      wherobots: await server.call(key, 'GET', '/audit-log'),
      graphQl: await server.call(key, 'POST', '/graphql', {
        query: '{ auditLogs(first: 1) { edges { node { id } } } }',
      }),
    }
    slow = false
    expect((await server.call(other, 'GET', `${LOG}?action=a.*`)).status).toBe(200)
    for (const go of searching.splice(0)) go()
    expect((await first).status).toBe(200)
    expect((await server.call(key, 'GET', LOG)).status).toBe(200)
    const statuses = Object.entries(asked).map(([name, { status, headers }]) => [
      name,
      status,
      headers.get('retry-after'),
    ])
    expect(statuses).toEqual(Object.keys(asked).map((name) => [name, 429, '1']))
    expect(asked.ours.body).toMatchObject({ code: 'too_many_at_once', type: expect.any(String) })
    expect(asked.arcwise.body).toEqual({ error: 'too_many_at_once', message: expect.any(String) })
    expect(JSON.parse(asked.arizeRest.body)).toMatchObject({ status: 429, title: 'Rate limit exceeded' })
    expect(asked.wherobots.body.errors).toMatchObject([{ code: 'RATE_LIMIT_ERROR' }])
    expect(asked.graphQl.body.errors).toMatchObject([{ extensions: { code: expect.any(String) } }])
  })

  it('may send so many exports at once, and further ones when one has ended', async () => {
    const key = await server.makeKey({ slug: 'exporter' })
    const other = await server.makeKey({ slug: 'another' })
    const batch = Array.from({ length: 1_000 }, () => ({
      action: 'a.a',
      resource: { type: 't', id: 'r'.repeat(250) },
    }))
    for (let i = 0; i < 20; i++) await server.call(key, 'POST', LOG, batch)
    await server.call(other, 'POST', LOG, { action: 'a.a' })
    const headers = { authorization: `Bearer ${key}` }
    const stop = new AbortController()
    const running = await fetch(`${server.url}/audit-log/export`, { headers, signal: stop.signal })
    expect(running.status).toBe(200)
    const refused = await server.call(key, 'GET', '/audit-log/export')
    expect([refused.status, refused.body.errors[0].code]).toEqual([429, 'RATE_LIMIT_ERROR'])
    expect((await server.call(other, 'GET', '/audit-log/export')).status).toBe(200)
    stop.abort()
    const again = async () => (await server.call(key, 'GET', '/audit-log/export')).status
    await expect.poll(again, { timeout: 10_000 }).toBe(200)
  })

  it('may have so many bytes waiting to be recorded; nothing of what is refused is stored', async () => {
    const key = await server.makeKey({ slug: 'recorder' })
    const other = await server.makeKey({ slug: 'calm' })
    const body = JSON.stringify(
      Array.from({ length: 20 }, () => ({
        action: 'big.one',
        metadata: Object.fromEntries(Array.from({ length: 200 }, (__, i) => [`k${i}`, 'x'.repeat(1_000)])),
      })),
    )
    const sent = Array.from({ length: 8 }, () => server.call(key, 'POST', LOG, body))
    const calm = await server.call(other, 'POST', LOG, { action: 'a.a' })
    const statuses = (await Promise.all(sent)).map(({ status }) => status)
    expect(calm.status).toBe(201)
    expect(new Set(statuses)).toEqual(new Set([201, 429]))
    const { body: page } = await server.call(key, 'GET', `${LOG}?limit=1&include_count=true`)
    expect(page.total_count).toBe(20 * statuses.filter((status) => status === 201).length)
  })
})

describe('an organization that sends most of what is recorded', () => {
  it('rests in between while others record, and is answered all the same when nobody else sends any more', async () => {
    // Of a hundredth each rest is as long as rests may be: 250 ms.
    const busy = await openTestServer({ organization_recording_share: '1' })
    const noisy = await busy.makeKey({ slug: 'noisy' })
    const quiet = await busy.makeKey({ slug: 'quiet' })
    const batch = Array.from({ length: 100 }, (_, i) => ({
      action: 'a.a',
      metadata: { i, text: 't'.repeat(800) },
    }))
    const send = (key: string, body: unknown) => busy.call(key, 'POST', LOG, body)
    await send(quiet, { action: 'q.q' })
    const beganMs = performance.now()
    const noise = Array.from({ length: 12 }, () => send(noisy, batch))
    for (let i = 0; i < 5; i++) expect((await send(quiet, { action: 'q.q' })).status).toBe(201)
    const quietMs = performance.now() - beganMs
    expect((await Promise.all(noise)).map(({ status }) => status)).toEqual(noise.map(() => 201))
    const noisyMs = performance.now() - beganMs
    expect(noisyMs).toBeGreaterThan(1_500)
    expect(quietMs).toBeLessThan(noisyMs / 2)
    await busy.close()
  })
})
