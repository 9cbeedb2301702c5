import { setTimeout as delay } from 'node:timers/promises'
import { type Entry, formatMicroseconds, microsecondsOf, naivePage, type Selection } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../../../core/dist/query/testing/random-query.js'
import { aSentEntry } from '../../../../core/dist/testing/index.js'
import { ask, type Headed, pairHeaders } from '../../graphql/testing/graphql-client.js'
import { executed, isPastBounds, randomDocument } from '../../graphql/testing/random-document.js'
import { dataPaths } from '../../service/data-directory.js'
import { openDatabase } from '../../sqlite/driver.js'
import { recordRandomEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { ENTRY_FIELDS, paradimeSchema } from './schema.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const DOCUMENTS = 500
/** The same 500 for every dialect are in test/src/dialects; `ORACLE_FILTERS` asks for more. */
const FILTERS = Number(process.env.ORACLE_FILTERS ?? 100)
const ENTRIES = 200

let server: TestServer
let headers: Headed
let entries: readonly Entry[]
const random = seededRandom(SEED)

beforeAll(async () => {
  server = await openTestServer()
  entries = await recordRandomEntries(server, await server.makeKey(), random, ENTRIES)
  headers = await pairHeaders(server)
}, 120_000)
afterAll(() => server.close())

const FIELDS = ENTRY_FIELDS.join(' ')
// biome-ignore lint/suspicious/noExplicitAny: entries as they were answered.
type Logs = readonly any[]
const logsOf = async (args: string): Promise<Logs> =>
  (await ask(server, headers, `{ getAuditLogs${args} { auditLogs { ${FIELDS} } } }`)).body.data.getAuditLogs
    .auditLogs

describe(`Paradime's answers and plain ones agree (SEED=${SEED})`, () => {
  it('on every entry, field by field', async () => {
    const logs = (await logsOf('')).toReversed()
    expect(logs.map(({ id }) => id)).toEqual(entries.map(({ seq }) => seq + 1))
    for (const [i, entry] of entries.entries()) {
      expect(logs[i]).toMatchObject({
        createdDttm: entry.recorded_at.replace('T', ' ').slice(0, -1),
        workspaceName: entry.workspace?.name ?? entry.workspace?.id ?? '',
        actorType: entry.actor?.type ?? 'unknown',
        actorEmail: entry.actor?.email ?? null,
        eventSource: entry.source?.name ?? '',
        eventType: entry.action,
      })
      // No metadata and empty metadata are one.
      expect(JSON.parse(logs[i].metadataJson ?? '{}')).toEqual(entry.metadata ?? {})
    }
    // One text, one integer, and the other way round.
    for (const [number, text] of [
      ['eventId', 'eventType'],
      ['eventSourceId', 'eventSource'],
    ] as const) {
      const pairs = new Set(logs.map((log) => JSON.stringify([log[number], log[text]])))
      expect(new Set(logs.map((log) => log[number])).size).toBe(pairs.size)
      expect(new Set(logs.map((log) => log[text])).size).toBe(pairs.size)
    }
  })

  it(`on ${FILTERS} times, limits and offsets`, { timeout: 300_000 }, async () => {
    for (let i = 0; i < FILTERS; i++) {
      const { args, selection, limit, offset } = randomArguments(random, entries)
      const expected = naivePage({ ...selection, order: 'newest_first', limit: 1_000 }, entries)
        .slice(offset, limit === undefined ? undefined : offset + limit)
        .map(({ seq }) => seq + 1)
      expect(
        (await logsOf(args)).map(({ id }) => id),
        `SEED=${SEED} ${args}`,
      ).toEqual(expected)
    }
  })

  it(`on ${DOCUMENTS} documents, whatever aliases, fragments and directives are in them`, {
    timeout: 300_000,
  }, async () => {
    const schema = paradimeSchema('string')
    await recordRandomEntries(server, await server.makeKey({ slug: 'few' }), random, 14)
    const few = await pairHeaders(server, { slug: 'few' })
    const whole = await ask(server, few, `{ getAuditLogs { auditLogs { ${FIELDS} } } }`)
    const rows: Logs = whole.body.data.getAuditLogs.auditLogs
    let compared = 0
    // Some that are drawn are past the bounds.
    for (let i = 0; compared < DOCUMENTS && i < 4 * DOCUMENTS; i++) {
      // Both ways of making a list: streamed, and limited.
      const [args, auditLogs] = i % 2 === 0 ? ['', rows] : ['(limit: 5)', rows.slice(0, 5)]
      const document = randomDocument(random, schema, { getAuditLogs: args })
      const answer = await ask(server, few, document.query, document.variables)
      if (isPastBounds(answer)) continue
      const expected = executed(schema, document, { getAuditLogs: { auditLogs } })
      expect(answer.text, `SEED=${SEED} ${JSON.stringify(document)}`).toBe(expected)
      compared += 1
    }
    expect(compared).toBe(DOCUMENTS)
  })
})

describe('a list of 12,000 entries', () => {
  const COUNT = 12_000
  let large: Headed
  let writer: string

  beforeAll(async () => {
    writer = await server.makeKey({ slug: 'large' })
    large = await pairHeaders(server, { slug: 'large' })
    // The first entry alone has an actor whose integer is assigned while the list is being sent.
    const late = { action: 'first', actor: { type: 'service', id: 'late' } }
    for (let first = 0; first < COUNT; first += 1_000) {
      const batch = Array.from({ length: 1_000 }, (_, i) => (first + i === 0 ? late : aSentEntry(first + i)))
      expect((await server.call(writer, 'POST', '/v1/audit_log_entries', batch)).status).toBe(201)
    }
  }, 120_000)

  const request = () => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...large },
    body: JSON.stringify({ query: `{ getAuditLogs { auditLogs { ${FIELDS} } } }` }),
  })

  it('breaks off when reading fails midway, and never ends well formed but short', async () => {
    const response = await fetch(`${server.url}/graphql`, request())
    expect(response.status).toBe(200)
    // Nobody has read anything yet, so the last entries are still to be encoded when their integers become impossible.
    const database = await openDatabase(dataPaths(server.directory).catalogue)
    database.exec('ALTER TABLE integer_ids RENAME TO lost')
    try {
      await delay(50)
      await expect(response.text()).rejects.toThrow()
    } finally {
      database.exec('ALTER TABLE lost RENAME TO integer_ids')
      database.close()
    }
  })

  it('comes whole, newest first, and again whole after that', async () => {
    const body = (await (await fetch(`${server.url}/graphql`, request())).json()) as Answered
    const ids = body.data.getAuditLogs.auditLogs.map(({ id }: { id: number }) => id)
    expect(ids).toEqual(Array.from({ length: COUNT }, (_, i) => COUNT - i))
  })

  it('can be given up by the client, and others are answered', async () => {
    const giveUp = new AbortController()
    const response = await fetch(`${server.url}/graphql`, { ...request(), signal: giveUp.signal })
    await response.body?.getReader().read()
    giveUp.abort()
    expect((await ask(server, large, '{ getAuditLogs(limit: 1) { auditLogs { id } } }')).status).toBe(200)
  })

  it('is missed by no walk by offset', async () => {
    const seen: number[] = []
    for (let offset = 0; offset < 10_000; offset += 1_000) {
      const query = `{ getAuditLogs(limit: 1000, offset: ${offset}) { auditLogs { id } } }`
      const { body } = await ask(server, large, query)
      seen.push(...body.data.getAuditLogs.auditLogs.map(({ id }: { id: number }) => id))
    }
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, i) => COUNT - i))
  })
})

interface Answered {
  readonly data: { readonly getAuditLogs: { readonly auditLogs: readonly { readonly id: number }[] } }
}

function randomArguments(source: Random, from: readonly Entry[]) {
  const moment = () => microsecondsOf(source.pick(from).recorded_at) + source.between(-1, 1)
  const [a, b] = [moment(), moment()].sort((x, y) => x - y) as [number, number]
  const log = { organization_id: from[0]!.organization_id, mode: from[0]!.mode }
  const selection: Selection = {
    log,
    ...(source.chance(0.5) ? { from: a } : {}),
    ...(source.chance(0.5) ? { to: b } : {}),
  }
  const limit = source.chance(0.6) ? source.pick([1, 2, 10, 1_000]) : undefined
  const offset =
    limit !== undefined && source.chance(0.5) ? source.pick([0, 1, 5, from.length, from.length + 5]) : 0
  const given = [
    ...(selection.from === undefined ? [] : [`startTime: "${formatMicroseconds(selection.from)}"`]),
    ...(selection.to === undefined ? [] : [`endTime: "${formatMicroseconds(selection.to)}"`]),
    ...(limit === undefined ? [] : [`limit: ${limit}`]),
    ...(offset === 0 ? [] : [`offset: ${offset}`]),
  ]
  return { selection, limit, offset, args: given.length === 0 ? '' : `(${given.join(', ')})` }
}
