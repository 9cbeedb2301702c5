import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Entry } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { readCsv } from './testing/read-csv.js'

const FIXTURES = new URL('../../../src/dialects/wherobots/fixtures/', import.meta.url)
const fixture = (name: string) => readFileSync(new URL(name, FIXTURES), 'utf8')
const HEADER_CELLS = fixture('export.csv').split('\r\n')[0]?.split(',')

let server: TestServer
let key: string
let receipts: Entry[]

beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
  // One by one, so that each has a time of its own.
  receipts = []
  for (const entry of JSON.parse(fixture('entries.json')))
    receipts.push(...(await recordEntries(server, key, [entry])))
})
afterAll(() => server.close())

const timeOf = (index: number) => receipts[index]?.recorded_at as string
const filled = (text: string, by = receipts) =>
  text.replace(/\{event_time:(\d)\}/g, (_, index) => by[Number(index)]?.recorded_at as string)

/** The same entries in a log of its own, as an export adds an entry about itself to its log. */
async function logToExport(slug: string): Promise<{ token: string; recorded: Entry[]; csv: string }> {
  const token = await server.makeKey({ slug })
  const recorded: Entry[] = []
  for (const entry of JSON.parse(fixture('entries.json')))
    recorded.push(...(await recordEntries(server, token, [entry])))
  return { token, recorded, csv: filled(fixture('export.csv'), recorded) }
}

/** Status, headers and body of what curl got. */
async function curl(...words: readonly string[]) {
  const { stdout } = await promisify(execFile)('curl', ['-sS', '-i', ...words])
  const end = stdout.indexOf('\r\n\r\n')
  const [statusLine, ...lines] = stdout.slice(0, end).split('\r\n')
  const headers = new Map(lines.map((line) => line.toLowerCase().split(': ', 2) as [string, string]))
  return { status: Number(statusLine?.split(' ')[1]), headers, body: stdout.slice(end + 4) }
}

describe('the export by curl', () => {
  it.each(['/audit-log/export', '/audit-logs/export'])('of everything at %s', async (path) => {
    const { token, csv } = await logToExport(path.replaceAll('/', ''))
    const answer = await curl(`${server.url}${path}`, '-H', `X-API-KEY: ${token}`)
    expect(answer.body).toBe(csv)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit-log.csv"')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('with the parameters of the guide', async () => {
    const { token, recorded } = await logToExport('guide')
    const answer = await curl(
      ...['-G', `${server.url}/audit-logs/export`, '-H', `X-API-Key: ${token}`],
      ...['-d', `startTime=${recorded[0]?.recorded_at}`],
      ...['--data-urlencode', 'endTime=2120-01-28T00:07:29-08:00'],
      ...['-d', 'searchTerm=NIGHTLY'],
    )
    expect(answer.body).toBe(filled(fixture('export-nightly.csv'), recorded))
  })

  it('with a bearer token', async () => {
    const { token, csv } = await logToExport('bearer')
    const answer = await curl(`${server.url}/audit-log/export`, '-H', `Authorization: Bearer ${token}`)
    expect(answer.body).toBe(csv)
  })

  it('of nothing is the header row', async () => {
    const empty = await server.makeKey({ slug: 'empty' })
    for (const [token, query] of [
      [empty, ''],
      [empty, '?searchTerm=x'],
      [key, '?searchTerm=nowhere'],
      [key, '?endTime=2020-01-01T00:00:00Z'],
    ]) {
      const { body } = await curl(`${server.url}/audit-log/export${query}`, '-H', `X-API-Key: ${token}`)
      expect(readCsv(body)).toEqual([HEADER_CELLS])
    }
  })

  it('is refused in the shape of the vendor', async () => {
    const answer = await curl(`${server.url}/audit-log/export?startTime=yesterday`, '-H', `X-API-Key: ${key}`)
    expect(answer.status).toBe(422)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.has('content-disposition')).toBe(false)
    const requestId = JSON.parse(answer.body).requestId
    expect(answer.body).toBe(fixture('bad-start-time.json').replace('{request_id}', requestId))
  })

  it('is not run through for HEAD', async () => {
    const { status } = await fetch(`${server.url}/audit-log/export`, {
      method: 'HEAD',
      headers: { 'x-api-key': key },
    })
    expect(status).toBe(405)
  })
})

describe('the query by curl', () => {
  it('gives the documented page', async () => {
    const answer = await curl(`${server.url}/audit-log?searchTerm=nightly`, '-H', `X-API-Key: ${key}`)
    expect(answer.status).toBe(200)
    const { current_page, current_page_backwards } = JSON.parse(answer.body)
    expect(answer.body).toBe(
      `${filled(fixture('query-nightly.json'))},"current_page":"${current_page}","current_page_backwards":"${current_page_backwards}","previous_page":null,"next_page":null}`,
    )
  })

  it('gives newest first, as many as size says, and the whole total', async () => {
    for (const size of [0, 1, 2, 3, 100]) {
      const { body } = await server.call(key, 'GET', `/audit-log?size=${size}`)
      expect(body.total).toBe(3)
      expect(body.items.map((item: { event_id: string }) => item.event_id)).toEqual(
        receipts
          .map(({ id }) => id)
          .toReversed()
          .slice(0, size),
      )
    }
  })

  it('takes both bounds of time inclusively, to the microsecond', async () => {
    const totalOf = async (query: string) =>
      (await server.call(key, 'GET', `/audit-log?size=0&${query}`)).body.total
    expect(await totalOf(`startTime=${timeOf(1)}&endTime=${timeOf(1)}`)).toBe(1)
    expect(await totalOf(`startTime=${timeOf(1)}`)).toBe(2)
    expect(await totalOf(`endTime=${timeOf(1)}`)).toBe(2)
    expect(await totalOf(`endTime=${timeOf(1)}&searchTerm=job`)).toBe(1)
    const inOffset = new Date(Date.parse(timeOf(1)) + 3_600_000 + 1).toISOString().replace('Z', '%2B01:00')
    expect(await totalOf(`startTime=${inOffset}`)).toBe(1)
  })

  it.each([
    ['the event id', '000000000003', 1],
    ['the action', 'jobrun', 2],
    ['the user id', 'usr_8', 1],
    ['the shown user name', 'ada@ex', 1],
    ['the user agent', 'PYTHON/1', 1],
    ['the address', '0.113.1', 1],
    ['the resource name', ', "TILES"', 1],
    ['the resource id', 'run_1', 1],
    ['the region', 'us-west', 1],
    ['the source client', 'airflow', 1],
    ['nothing across two fields', 'run_1aws', 0],
    ['no name behind the e-mail address', 'Ada,', 0],
    ['no description or metadata', 'not shown', 0],
    ['no actor who is acted for', 'on_behalf_of', 0],
    ['no wildcard', '%', 0],
    ['everything when empty', '', 3],
  ])('searches %s', async (_what, term, total) => {
    const { body } = await server.call(key, 'GET', `/audit-log?searchTerm=${encodeURIComponent(term)}`)
    expect([body.total, body.items.length]).toEqual([total, total])
  })
})

describe('what is refused', () => {
  it.each([
    ['/audit-log?size=101', 422, 'INVALID_INPUT_ERROR', 'size'],
    ['/audit-log?size=-1', 422, 'INVALID_INPUT_ERROR', 'size'],
    ['/audit-log?size=ten', 422, 'INVALID_INPUT_ERROR', 'size'],
    ['/audit-log?size=1&size=2', 422, 'INVALID_INPUT_ERROR', 'size'],
    ['/audit-log?startTime=2025-01-27', 422, 'INVALID_INPUT_ERROR', 'startTime'],
    ['/audit-log?startTime=2025-01-27T00:07:29', 422, 'INVALID_INPUT_ERROR', 'startTime'],
    ['/audit-log?endTime=2025-02-30T00:00:00Z', 422, 'INVALID_INPUT_ERROR', 'endTime'],
    ['/audit-log?endTime=', 422, 'INVALID_INPUT_ERROR', 'endTime'],
    [
      '/audit-log?startTime=2025-01-02T00:00:00Z&endTime=2025-01-01T00:00:00Z',
      422,
      'INVALID_INPUT_ERROR',
      'startTime',
    ],
    [`/audit-log?searchTerm=${'x'.repeat(257)}`, 422, 'INVALID_INPUT_ERROR', 'searchTerm'],
    ['/audit-log?searchTerm=a%00b', 422, 'INVALID_INPUT_ERROR', 'searchTerm'],
    ['/audit-log?search=x', 422, 'INVALID_INPUT_ERROR', 'search'],
    ['/audit-log/export?size=1', 422, 'INVALID_INPUT_ERROR', 'size'],
    ['/audit-log?cursor=x', 400, 'BAD_REQUEST_ERROR', 'cursor'],
    ['/audit-log?cursor=', 400, 'BAD_REQUEST_ERROR', 'cursor'],
  ])('%s', async (path, status, code, field) => {
    const answer = await server.call(key, 'GET', path)
    expect(answer.status).toBe(status)
    const [error, ...others] = answer.body.errors
    expect(others).toEqual([])
    expect(error).toMatchObject({ code, field, path: `query.${field}`, documentation_url: null })
    expect(error.details.length * error.message.length * error.suggestion.length).toBeGreaterThan(0)
    expect(error.suggestion).not.toContain('wherobots.com')
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'))
  })

  it.each([
    ['no key', {}, 401, 'UNAUTHORIZED_ERROR'],
    ['a wrong key', { 'x-api-key': 'cf_live_wrong' }, 401, 'UNAUTHORIZED_ERROR'],
    ['a wrong token', { authorization: 'Bearer x' }, 401, 'UNAUTHORIZED_ERROR'],
    ['basic credentials', { authorization: 'Basic eDp5' }, 401, 'UNAUTHORIZED_ERROR'],
  ])('%s', async (_what, headers, status, code) => {
    for (const path of ['/audit-log', '/audit-log/export', '/audit-logs/export']) {
      const answer = await server.call(undefined, 'GET', path, undefined, headers as Record<string, string>)
      expect([answer.status, answer.body.errors[0].code]).toEqual([status, code])
      expect(answer.body.errors[0].path).toBe(path)
    }
  })

  it('a key that may only record', async () => {
    const writer = await server.makeKey({ scopes: ['audit:write'] })
    const answer = await server.call(undefined, 'GET', '/audit-log', undefined, { 'x-api-key': writer })
    expect([answer.status, answer.body.errors[0].code]).toEqual([403, 'INSUFFICIENT_PERMISSIONS_ERROR'])
  })

  it('a cursor with another search term', async () => {
    const { body } = await server.call(key, 'GET', '/audit-log?size=1')
    const answer = await server.call(key, 'GET', `/audit-log?searchTerm=x&cursor=${body.next_page}`)
    expect([answer.status, answer.body.errors[0].code]).toEqual([400, 'BAD_REQUEST_ERROR'])
    expect(answer.body.errors[0].details).toContain('another filter')
  })
})

describe('who sees what', () => {
  it('keeps organizations and modes apart', async () => {
    const others = [await server.makeKey({ slug: 'rival' }), await server.makeKey({ mode: 'test' })]
    for (const other of others) await recordEntries(server, other, [{ action: 'secret.thing' }])
    for (const [token, actions] of [
      [key, ['GetJobRunLogs', 'RenameFile', 'CreateJobRun']],
      ...others.map((other) => [other, ['secret.thing']] as const),
    ] as const) {
      const { body } = await server.call(token, 'GET', '/audit-log')
      expect(body.items.map((item: { action_name: string }) => item.action_name)).toEqual(actions)
      expect(body.total).toBe(actions.length)
      const csv = await server.call(token, 'GET', '/audit-log/export')
      expect(
        readCsv(csv.body)
          .slice(1)
          .map((row) => row[2]),
      ).toEqual(actions)
      const found = await server.call(token, 'GET', '/audit-log/export?searchTerm=secret')
      expect(readCsv(found.body).length - 1).toBe(
        actions.filter((action) => action.startsWith('secret')).length,
      )
    }
  })

  it('refuses a cursor of another organization', async () => {
    const { body } = await server.call(key, 'GET', '/audit-log?size=1')
    const stranger = await server.makeKey({ slug: 'stranger' })
    const answer = await server.call(stranger, 'GET', `/audit-log?cursor=${body.next_page}`)
    expect(answer.status).toBe(400)
    expect(answer.body.errors[0].details).toContain('another log')
  })

  it('narrows audit:read:own to what the key itself did', async () => {
    const own = await server.makeKey({ slug: 'own', scopes: ['audit:read:own'] })
    const writer = await server.makeKey({ slug: 'own' })
    const keyId = own.split('_')[2] as string
    await recordEntries(server, writer, [
      { action: 'own.one', actor: { type: 'api_key', id: keyId } },
      { action: 'other.one', actor: { type: 'api_key', id: `${keyId}x` } },
      { action: 'other.two', actor: { type: 'user', id: keyId } },
    ])
    for (const query of ['', '?searchTerm=own.o']) {
      const { body } = await server.call(own, 'GET', `/audit-log${query}`)
      const shown = body.items.map((item: { action_name: string }) => item.action_name)
      expect(shown.filter((action: string) => action !== 'log.exported')).toEqual(['own.one'])
      expect(body.total).toBe(shown.length)
      const csv = await server.call(own, 'GET', `/audit-log/export${query}`)
      const exported = readCsv(csv.body).slice(1)
      // The export before this one is the key's own doing too.
      expect(exported.map((row) => row[2]).filter((action) => action !== 'log.exported')).toEqual(['own.one'])
    }
  })
})

describe('switches', () => {
  it('make times required, formulas harmless and suggestions the vendor’s', async () => {
    const compatibility =
      'wherobots.required_times=required,wherobots.csv_formulas=escaped,wherobots.suggestion=vendor'
    const other = await openTestServer({ compatibility })
    try {
      const token = await other.makeKey()
      await recordEntries(other, token, JSON.parse(fixture('entries.json')))
      for (const [query, field] of [
        ['', 'startTime'],
        ['?startTime=2025-01-01T00:00:00Z', 'endTime'],
      ]) {
        const { status, body } = await other.call(token, 'GET', `/audit-log/export${query}`)
        expect([status, body.errors[0].field]).toEqual([422, field])
        expect(body.errors[0].suggestion).toBe(
          'Contact us at support@wherobots.com to get help with resolving your error.',
        )
      }
      expect((await other.call(token, 'GET', '/audit-log')).status).toBe(200)
      const { body } = await other.call(
        token,
        'GET',
        '/audit-log/export?startTime=2025-01-01T00:00:00Z&endTime=2125-01-01T00:00:00Z',
      )
      expect(readCsv(body)[2]?.[7]).toBe('\'=HYPERLINK("http://x")\r\nsecond line')
    } finally {
      await other.close()
    }
  })
})

it('is described', async () => {
  const { body } = await server.call(undefined, 'GET', '/openapi.json')
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(['/audit-log', '/audit-log/export', '/audit-logs/export']),
  )
  expect(Object.keys(body.components.schemas.AuditLogEventPublic.properties)).toEqual(HEADER_CELLS)
  expect(body.components.schemas.ErrorBody.properties.errors.items.properties.code.enum).toHaveLength(16)
})
