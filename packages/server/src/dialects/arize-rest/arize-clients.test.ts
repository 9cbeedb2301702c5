import {
  AuthenticationError,
  AuthorizationError,
  BadRequestError,
  createClient,
  listAuditLogs,
} from '@arizeai/ax-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { toGlobalId } from '../../http/global-id.js'
import { readFixture } from '../../testing/fixture.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { findPythonWithRequests, NO_PYTHON, runPython, runShell } from '../../testing/vendor-request.js'

const PATH = '/v2/audit-logs'
const RECORD = '/v1/audit_log_entries'
/** The vendor's published example, as an organization would record it. */
const PUBLISHED = {
  action: 'ai_integration.created',
  actor: { type: 'user', id: '12345' },
  context: { ip_address: '1.2.3.4' },
  operation: {
    type: 'mutation',
    name: 'createAiIntegration',
    text: 'mutation createAiIntegration { ... }',
    variables: {},
  },
}

let server: TestServer
let key: string
/** Of the 42nd entry, which is the published one. */
let createdAt: string

beforeAll(async () => {
  // A busy machine may keep the index behind for longer than the default; what is slow is not wrong.
  server = await openTestServer({ read_wait_ms: '30000' })
  key = await server.makeKey()
  await server.call(
    key,
    'POST',
    RECORD,
    Array.from({ length: 41 }, (_, i) => ({ action: `earlier.${i}` })),
  )
  const { body } = await server.call(key, 'POST', RECORD, PUBLISHED)
  createdAt = `${body.recorded_at.slice(0, 23)}Z`
})
afterAll(() => server.close())

const publishedAnswer = (body: string) =>
  readFixture(import.meta.url, 'published-answer.json', {
    created_at: createdAt,
    next_cursor: JSON.parse(body).pagination.next_cursor,
  })
const fill = (name: string, token = key) =>
  readFixture(import.meta.url, name, { host: server.url, key: token })
async function requirePython(skip: (note?: string) => never): Promise<string> {
  const python = await findPythonWithRequests()
  if (python !== undefined) return python
  console.warn(NO_PYTHON)
  return skip(NO_PYTHON)
}

describe('the published request', () => {
  it('gives the published answer, byte for byte', async () => {
    const response = await fetch(`${server.url}${PATH}?limit=1`, {
      headers: { authorization: `Bearer ${key}` },
    })
    const body = await response.text()
    expect(body).toBe(publishedAnswer(body))
  })

  it('made with curl gives all that there is', async () => {
    const printed = await runShell(fill('published-request.sh'))
    expect(printed).toBe(
      await (await fetch(server.url + PATH, { headers: { authorization: `Bearer ${key}` } })).text(),
    )
    expect(JSON.parse(printed).logs).toHaveLength(42)
  })

  it('made with Python gives the same', async ({ skip }) => {
    const python = await requirePython(skip)
    const printed = await runPython(python, fill('published-request.py'))
    expect(printed).toBe(`${await runShell(fill('published-request.sh'))}\n`)
  })
})

describe("the vendor's Python client", () => {
  it('would page through all of it by its own times, headers and models', async ({ skip }) => {
    const python = await requirePython(skip)
    const ids = JSON.parse(await runPython(python, fill('python-client.py')))
    expect(ids).toEqual(Array.from({ length: 42 }, (_, i) => toGlobalId('AuditLog', 42 - i)))
  })
})

describe("the vendor's JavaScript client", () => {
  const clientOf = (apiKey: string) => createClient({ apiKey, baseUrl: server.url })

  beforeAll(() => {
    // It says on the console that the call is in beta.
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  })
  afterAll(() => vi.restoreAllMocks())

  it('pages through 1,000 entries, each once', async () => {
    const many = await server.makeKey({ slug: 'many' })
    const entries = Array.from({ length: 1_000 }, (_, i) => ({
      action: `thing.${i}`,
      actor: { type: 'user', id: `u_${i % 7}` },
      operation: { type: (['query', 'mutation'] as const)[i % 2] },
    }))
    expect((await server.call(many, 'POST', RECORD, entries)).status).toBe(201)
    const client = clientOf(many)
    const seen: (string | null | undefined)[] = []
    let cursor: string | undefined
    do {
      const { data, pagination } = await listAuditLogs({ client, limit: 100, ...(cursor && { cursor }) })
      expect(data).toHaveLength(100)
      for (const { createdAt: moment } of data) expect(moment.getTime()).toBeGreaterThan(Date.now() - 600_000)
      seen.push(...data.map(({ operationName }) => operationName))
      expect(pagination.hasMore).toBe(pagination.nextCursor !== undefined)
      cursor = pagination.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(entries.map(({ action }) => action).toReversed())
  })

  it('filters by time, user and operation type, 50 at a time', async () => {
    const client = clientOf(await server.makeKey({ slug: 'many' }))
    const userId = toGlobalId('User', 'u_3')
    const startTime = new Date(Date.now() - 3_600_000)
    const endTime = new Date(Date.now() + 1_000)
    const { data, pagination } = await listAuditLogs({
      client,
      startTime,
      endTime,
      userId,
      operationType: 'QUERY',
    })
    expect(data).toHaveLength(50)
    expect(pagination.hasMore).toBe(true)
    for (const log of data) expect(log).toMatchObject({ userId, operationType: 'QUERY', ip: '' })
  })

  it('throws its own errors', async () => {
    await expect(listAuditLogs({ client: clientOf('wrong') })).rejects.toBeInstanceOf(AuthenticationError)
    const own = await server.makeKey({ scopes: ['audit:read:own'] })
    await expect(listAuditLogs({ client: clientOf(own) })).rejects.toBeInstanceOf(AuthorizationError)
    const tooMany = listAuditLogs({ client: clientOf(key), limit: 101 })
    await expect(tooMany).rejects.toBeInstanceOf(BadRequestError)
    await expect(tooMany).rejects.toThrow(/"limit" cannot be "101"/)
  })
})
