import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SearchIndex } from '../index/search-index.js'
import { openDatabase } from '../sqlite/driver.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { startThread, type Thread } from '../threads/thread-call.js'
import type { ExportMethods } from './export-thread.js'
import { Exports } from './exports.js'

// An export of 20 MB, far more than what sockets hold, through the real server; the reader is a raw HTTP client.
const ENTRIES = 5_000
const AGENT = 'x'.repeat(4_000)
const ENCODER = { module: new URL('../dialects/wherobots/csv.js', import.meta.url).href, options: {} }
const EXPORT = '/audit-log/export'

let server: TestServer
let key: string
let organizationId: string

beforeAll(async () => {
  // The index has 20 MB to take in before it can answer for all of them.
  server = await openTestServer({ read_wait_ms: '60000' })
  key = await server.makeKey()
  organizationId = (await server.counterfoil.access.findOrganization('acme'))?.id as string
  await recordLarge(server, key)
})
afterAll(() => server.close())

async function recordLarge(to: TestServer, token: string): Promise<void> {
  for (let i = 0; i < ENTRIES; i += 1_000) {
    const entries = Array.from({ length: 1_000 }, (_, j) => ({
      action: 'large.one',
      resource: { type: 'number', id: String(i + j) },
      context: { user_agent: AGENT },
    }))
    const { status, body } = await to.call(token, 'POST', '/v1/audit_log_entries', entries)
    expect(status, JSON.stringify(body).slice(0, 300)).toBe(201)
  }
}

/** An export that is read only when the test says so. */
async function open(from: TestServer, token: string, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(from.url + path, { headers: { 'x-api-key': token } }, resolve)
    asked.on('error', reject)
    asked.end()
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function runningExports(): Promise<number> {
  const { body } = await server.call(undefined, 'GET', '/metrics')
  return Number(/^counterfoil_running_exports (\d+)$/m.exec(body)?.[1])
}

const numbersOf = (csv: string) =>
  csv
    .split('\r\n')
    .slice(1, -1)
    // Every export adds an entry about itself.
    .filter((line) => !line.includes(',log.exported,'))
    .map((line) => Number(line.split(',')[8]))
const newestFirst = Array.from({ length: ENTRIES }, (_, i) => ENTRIES - 1 - i)

describe('an export over HTTP', () => {
  it.each(['', '?searchTerm=large'])(
    'with %j holds what was there when it began, and nothing later',
    async (filter) => {
      const token = await server.makeKey({ slug: `grows${filter.length}` })
      await recordLarge(server, token)
      const answer = await open(server, token, EXPORT + filter)
      await server.call(token, 'POST', '/v1/audit_log_entries', { action: 'large.late' })
      const csv = await textOf(answer)
      expect([answer.statusCode, answer.complete], csv.slice(0, 500)).toEqual([200, true])
      expect(csv).not.toContain('large.late')
      expect(numbersOf(csv)).toEqual(newestFirst)
    },
  )

  it('waits for a slow reader and is whole in the end', async () => {
    const answer = await open(server, key, EXPORT)
    await delay(300)
    expect(await runningExports()).toBe(1)
    expect(numbersOf(await textOf(answer))).toEqual(newestFirst)
    expect(await runningExports()).toBe(0)
  })

  it('sends to a slow reader what it sends to a fast one: nothing is written over on its way', async () => {
    const slow = await open(server, key, EXPORT)
    await delay(300)
    const slowly: Buffer[] = []
    for await (const chunk of slow) {
      slowly.push(chunk as Buffer)
      if (slowly.length % 50 === 0) await delay(5)
    }
    const [slowLines, fastLines] = [
      Buffer.concat(slowly).toString(),
      await textOf(await open(server, key, EXPORT)),
    ].map((csv) => csv.split('\r\n').filter((line) => !line.includes(',log.exported,')))
    // Not `toEqual`, which would print 20 MB.
    expect(slowLines?.length).toBe(fastLines?.length)
    expect(slowLines?.findIndex((line, i) => line !== fastLines?.[i])).toBe(-1)
  })

  it.each(['', '?searchTerm=large'])('with %j frees everything when its reader goes away', async (filter) => {
    const answers = await Promise.all([1, 2, 3].map(() => open(server, key, EXPORT + filter)))
    expect(await runningExports()).toBe(3)
    for (const answer of answers) {
      answer.on('error', () => undefined)
      answer.destroy()
    }
    const goneMs = performance.now()
    while ((await runningExports()) > 0) await delay(10)
    // The chunk under way is finished: some milliseconds, and more where tests crowd the machine.
    expect(performance.now() - goneMs).toBeLessThan(5_000)
  })

  it('is let go of when its reader goes away before the first byte', async () => {
    const headers = { 'x-api-key': key }
    for (let i = 0; i < 20; i++) {
      const asked = request(server.url + EXPORT, { headers })
      asked.on('error', () => undefined)
      asked.end()
      await delay(i % 5)
      asked.destroy()
    }
    const goneMs = performance.now()
    // Those that were not asked for yet begin a little later.
    await delay(100)
    while ((await runningExports()) > 0) {
      await delay(10)
      expect(performance.now() - goneMs).toBeLessThan(5_000)
    }
  })

  it('answers pages meanwhile', async () => {
    const answer = await open(server, key, EXPORT)
    const reading = textOf(answer)
    const page = await server.call(key, 'GET', '/audit-log?size=1')
    expect(page.body.total).toBeGreaterThanOrEqual(ENTRIES)
    expect(numbersOf(await reading).length).toBe(ENTRIES)
  })
})

describe('an export that cannot be whole', () => {
  it('is refused before its first byte while the index that it needs is away', async () => {
    const lonely = await openTestServer({ clickhouse_url: 'http://127.0.0.1:1', read_wait_ms: '50' })
    try {
      const token = await lonely.makeKey()
      await lonely.call(token, 'POST', '/v1/audit_log_entries', { action: 'one.thing' })
      const refused = await lonely.call(token, 'GET', `${EXPORT}?searchTerm=one`)
      expect([refused.status, refused.body.errors[0].code]).toEqual([503, 'TIMEOUT_ERROR'])
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(refused.headers.get('content-disposition')).toBeNull()
      // Without a search term the journal alone answers.
      for (const query of ['', '?startTime=2020-01-01T00:00:00Z'])
        expect((await lonely.call(token, 'GET', EXPORT + query)).body).toContain('one.thing')
    } finally {
      await lonely.close()
    }
  })

  it('breaks off where the journal is damaged, and does not end', async () => {
    const token = await server.makeKey({ slug: 'damaged' })
    await recordLarge(server, token)
    const log = (await server.counterfoil.access.findOrganization('damaged'))?.id as string
    const database = await openDatabase(join(server.directory, 'journal.db'))
    database.exec('PRAGMA busy_timeout = 10000')
    database
      .prepare(
        `UPDATE blocks SET contents = x'01ff' WHERE first_seq = 0
           AND log = (SELECT log FROM logs WHERE organization_id = ?)`,
      )
      .run(log)
    database.close()
    const answer = await open(server, token, EXPORT)
    expect(answer.statusCode).toBe(200)
    await expect(textOf(answer)).rejects.toThrow('aborted')
    expect(answer.complete).toBe(false)
  })

  it('breaks off when the server stops, which does not wait for its reader', async () => {
    const stopping = await openTestServer()
    const token = await stopping.makeKey()
    await recordLarge(stopping, token)
    const answer = await open(stopping, token, EXPORT)
    const broken = expect(textOf(answer)).rejects.toThrow('aborted')
    const startMs = performance.now()
    await stopping.close()
    expect(performance.now() - startMs).toBeLessThan(10_000)
    await broken
  })
})

describe('the export thread', () => {
  let thread: Thread<ExportMethods>
  let calls = 0
  /** The thread itself; only its calls are counted on the way. A walk asks no index. */
  const counted = (): Exports => {
    calls = 0
    const {
      ready,
      encodeRange,
      encodeAt,
      archivePart,
      logs,
      startOf,
      verify,
      beginProof,
      nextProof,
      closeProof,
      measureContents,
      beginningOf,
      close,
    } = thread.methods
    const counting: typeof thread.methods = {
      ready,
      encodeAt,
      archivePart,
      logs,
      startOf,
      verify,
      beginProof,
      nextProof,
      closeProof,
      measureContents,
      beginningOf,
      close,
      encodeRange: (...args) => {
        calls += 1
        return encodeRange(...args)
      },
    }
    return new Exports(counting, {} as SearchIndex)
  }
  const log = () => ({ organization_id: organizationId, mode: 'live' as const })
  const all = { first: 0, last: ENTRIES - 1 }

  beforeAll(() => {
    thread = startThread<ExportMethods>({
      file: new URL('./export-thread.js', import.meta.url),
      name: 'export under test',
      settings: { journal: { kind: 'sqlite', path: join(server.directory, 'journal.db') } },
      onExit: () => undefined,
    })
  })
  afterAll(async () => {
    await thread.methods.close()
    await thread.terminate()
  })

  it('is asked for one chunk ahead of its reader, each of bounded size', async () => {
    const chunks = counted().walk(log(), all, 'newest_first', ENCODER)
    for (let taken = 1; taken <= 5; taken++) {
      const { value } = await chunks.next()
      // A chunk ends with the row that fills it: 256 KiB and one row of 64 entries.
      expect((value as Uint8Array).length).toBeLessThan(256 * 1024 + 64 * (AGENT.length + 300))
      await delay(50)
      expect(calls).toBe(taken + 1)
    }
    await chunks.return(undefined)
  })

  it('gives a range in either order', async () => {
    const decoder = new TextDecoder()
    const read = async (order: 'newest_first' | 'oldest_first', range: typeof all) => {
      let text = '\r\n'
      for await (const chunk of counted().walk(log(), range, order, ENCODER)) text += decoder.decode(chunk)
      return numbersOf(text)
    }
    const part = { first: 63, last: 1_900 }
    const numbers = Array.from({ length: part.last - part.first + 1 }, (_, i) => part.first + i)
    expect(await read('oldest_first', part)).toEqual(numbers)
    expect(await read('newest_first', part)).toEqual(numbers.toReversed())
    expect(await read('oldest_first', { first: 7, last: 7 })).toEqual([7])
  })
})
