import type { EntryContent } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Headed, pairHeaders, send, styledHeaders } from '../../graphql/testing/graphql-client.js'
import { readFixture } from '../../testing/fixture.js'
import { recordEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { findPythonWithRequests, NO_PYTHON, runPython, runShell } from '../../testing/vendor-request.js'
import { ENTRY_FIELDS } from './schema.js'

const python = await findPythonWithRequests()
if (python === undefined) console.warn(NO_PYTHON)

const ALL_FIELDS = `query GetAuditLogs { getAuditLogs { auditLogs { ${ENTRY_FIELDS.join(' ')} } } }`

const DOCUMENTED: Partial<EntryContent> = {
  action: 'schedule_manual_run',
  actor: { type: 'user', id: '4', email: 'john@acme.io' },
  workspace: { id: '2', name: 'data_platform' },
  source: { name: 'bolt' },
  metadata: { schedule_name_uuid: 'e3a1e416-f778-3fa5-aac9-10288466cfb5', schedule: { name: 'daily run' } },
}

/** Where other tests crowd the machine, the engine takes longer to start than anybody waits by default. */
const openPatient = (settings: Readonly<Record<string, string>> = {}) =>
  openTestServer({ read_wait_ms: '60000', ...settings })

let server: TestServer
beforeAll(async () => {
  server = await openPatient()
})
afterAll(() => server.close())

/** An organization of its own with these entries, and a key pair to read them with. */
async function organizationWith(slug: string, contents: readonly Partial<EntryContent>[]) {
  const key = await server.makeKey({ slug })
  const entries = await recordEntries(server, key, contents)
  return { key, entries, headers: await pairHeaders(server, { slug }) }
}

// biome-ignore lint/suspicious/noExplicitAny: entries as they were answered.
function logsOf({ body }: { body: any }): any[] {
  expect(body.errors).toBeUndefined()
  return body.data.getAuditLogs.auditLogs
}

describe("the vendor's documents", () => {
  let headers: Headed
  let expected: string

  beforeAll(async () => {
    const made = await organizationWith('documents', [DOCUMENTED, { action: 'report.exported' }])
    headers = made.headers
    const [first, second] = made.entries.map(({ recorded_at }) => recorded_at.replace('T', ' ').slice(0, -1))
    expected = readFixture(import.meta.url, 'documents-answer.json', {
      0: first ?? '',
      1: second ?? '',
    }).trimEnd()
  })

  it('are answered byte for byte', async () => {
    const answer = await send(server, headers, JSON.stringify({ query: ALL_FIELDS }))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.text).toBe(expected)
  })

  it.skipIf(python === undefined)('their Python script prints it', async () => {
    const script = readFixture(import.meta.url, 'documents-script.py')
      .replace('<YOUR_API_ENDPOINT>', `${server.url}/api/v1/company/graphql`)
      .replace('<YOUR_API_KEY>', headers['x-api-key'] ?? '')
      .replace('<YOUR_API_SECRET>', headers['x-api-secret'] ?? '')
    const printed = await runPython(python as string, script)
    const asJson = await runPython(
      python as string,
      `import ast,json; print(json.dumps(ast.literal_eval(${JSON.stringify(printed)})))`,
    )
    expect(JSON.parse(asJson)).toEqual(JSON.parse(expected))
  })

  it('their cURL command prints it', async () => {
    const command = readFixture(import.meta.url, 'documents-curl.sh')
      .replace('<YOUR_API_ENDPOINT>', `${server.url}/graphql`)
      .replace('<YOUR_API_KEY>', headers['x-api-key'] ?? '')
      .replace('<YOUR_API_SECRET>', headers['x-api-secret'] ?? '')
    expect(await runShell(command.replace('curl ', 'curl --silent '))).toBe(expected)
  })

  it("their client's request passes its own checks", async () => {
    for (const sent of [
      headers,
      await styledHeaders(server, 'prdm_wsp', { slug: 'documents' }),
      { ...(await styledHeaders(server, 'prdm_cmp', { slug: 'documents' })), 'x-paradime-workspace': 'ws_1' },
      { ...(await styledHeaders(server, 'prdm_wsp', { slug: 'documents' })), 'x-paradime-workspace': 'ws_1' },
    ]) {
      const more = {
        'x-python-sdk-version': '6.6.0',
        'x-python-version': '3.11.2',
        'x-paradime-runtime': 'local',
      }
      const answer = await ask(server, { ...sent, ...more }, ALL_FIELDS, {})
      expect(answer.status).toBe(200)
      expect(Object.hasOwn(answer.body, 'errors')).toBe(false)
      const logs = logsOf(answer)
      expect(logs).toHaveLength(2)
      for (const log of logs) expect(problemsOfModel(log)).toEqual([])
    }
  })
})

describe('a record', () => {
  it('with nothing but an action has every field', async () => {
    const { headers } = await organizationWith('bare', [{ action: 'only.action' }])
    const [log] = logsOf(await ask(server, headers, ALL_FIELDS))
    expect(Object.keys(log)).toEqual(ENTRY_FIELDS)
    expect(log).toMatchObject({
      id: 1,
      workspaceId: -1,
      workspaceName: '',
      actorType: 'unknown',
      actorUserId: -1,
      actorEmail: null,
      eventSourceId: -1,
      eventSource: '',
      eventType: 'only.action',
      metadataJson: null,
    })
    expect(problemsOfModel(log)).toEqual([])
  })

  it('of the system, of services and of users without an id has an integer for who', async () => {
    const actors = [
      { type: 'system' },
      { type: 'system', id: 'scheduler' },
      { type: 'service', id: '7' },
      { type: 'user', id: '7' },
      { type: 'user', id: '007' },
      { type: 'user', id: 'u_7' },
      { type: 'user', email: 'u_7' },
      { type: 'user', id: '["service","7"]' },
      { type: 'anonymous', email: 'who@example.com' },
    ] as const
    const { headers } = await organizationWith(
      'actors',
      actors.map((actor) => ({ action: 'x', actor })),
    )
    const logs = logsOf(await ask(server, headers, ALL_FIELDS)).toReversed()
    expect(logs.map(({ actorType }) => actorType)).toEqual(actors.map(({ type }) => type))
    const ids = logs.map(({ actorUserId }) => actorUserId)
    expect([ids[0], ids[3]]).toEqual([-1, 7])
    expect(new Set(ids).size).toBe(actors.length)
    for (const log of logs) expect(problemsOfModel(log)).toEqual([])
  })

  it('keeps hostile text as it is', async () => {
    const texts = [
      '"',
      '\\',
      "'; DROP TABLE integer_ids; --",
      '\u0001\u2028',
      '😀',
      '</script>',
      '{"a":1}',
      '__proto__',
    ]
    // An action has no blanks and no control characters.
    const plain = (text: string) => `x.${text.replace(/[\s\p{Cc}]/gu, '')}`
    const { headers } = await organizationWith(
      'hostile',
      texts.map((text) => ({
        action: plain(text),
        actor: { type: 'user', id: text, email: text },
        workspace: { id: text, name: text },
        source: { name: text },
        metadata: { [text]: [text, 1.5, null, { deep: text }] },
      })),
    )
    const logs = logsOf(await ask(server, headers, ALL_FIELDS)).toReversed()
    for (const [i, text] of texts.entries()) {
      expect(logs[i]).toMatchObject({
        eventType: plain(text),
        actorEmail: text,
        workspaceName: text,
        eventSource: text,
      })
      expect(JSON.parse(logs[i].metadataJson)).toEqual({ [text]: [text, 1.5, null, { deep: text }] })
    }
    expect(new Set(logs.map(({ eventId }) => eventId)).size).toBe(texts.length)
  })

  it('has the same integers in both modes, by every key, limited or not, and after a restart', async () => {
    const own = await openPatient()
    const content = {
      action: 'a.b',
      actor: { type: 'user', id: 'u' },
      source: { name: 's' },
      workspace: { id: 'w' },
    }
    const integers = async (of: TestServer, mode: 'live' | 'test', args = '') => {
      const query = `{ getAuditLogs${args} { auditLogs { workspaceId actorUserId eventSourceId eventId } } }`
      return logsOf(await ask(of, await pairHeaders(of, { mode }), query))[0]
    }
    for (const mode of ['live', 'test'] as const) {
      await own.call(await own.makeKey({ mode }), 'POST', '/v1/audit_log_entries', content)
    }
    const first = await integers(own, 'live')
    expect(await integers(own, 'test')).toEqual(first)
    expect(await integers(own, 'live', '(limit: 1)')).toEqual(first)
    const again = await own.restart()
    expect(await integers(again, 'live')).toEqual(first)
    await again.close()
  })
})

describe('what is shown', () => {
  it('is one organization and mode alone', async () => {
    const mine = await organizationWith('mine', [DOCUMENTED])
    const test = await pairHeaders(server, { slug: 'mine', mode: 'test' })
    const others = await pairHeaders(server, { slug: 'nobody' })
    expect(logsOf(await ask(server, mine.headers, ALL_FIELDS))).toHaveLength(1)
    for (const headers of [test, others])
      expect((await ask(server, headers, ALL_FIELDS)).text).toBe('{"data":{"getAuditLogs":{"auditLogs":[]}}}')
  })

  it('is only what the key did itself, with audit:read:own', async () => {
    const { headers, key } = await organizationWith('own', [DOCUMENTED])
    const own = await pairHeaders(server, { slug: 'own', scopes: ['audit:read:own'] })
    expect(logsOf(await ask(server, own, ALL_FIELDS))).toEqual([])
    await recordEntries(server, key, [
      { action: 'mine', actor: { type: 'api_key', id: own['x-api-key'] ?? '' } },
    ])
    for (const args of ['', '(limit: 10)']) {
      const query = `{ getAuditLogs${args} { auditLogs { eventType } } }`
      expect(logsOf(await ask(server, own, query))).toEqual([{ eventType: 'mine' }])
      expect(logsOf(await ask(server, headers, query))).toHaveLength(2)
    }
  })

  it.each([
    ['(limit: 0)', 'limit'],
    ['(limit: 1001)', 'limit'],
    ['(offset: 1)', 'offset'],
    ['(limit: 1, offset: -1)', 'offset'],
    ['(limit: 1, offset: 10001)', 'offset'],
    ['(startTime: "2026-01-02T00:00:00Z", endTime: "2026-01-01T00:00:00Z")', 'startTime'],
  ])('refuses %s by name', async (args, param) => {
    const headers = await pairHeaders(server)
    expect(await ask(server, headers, `{ getAuditLogs${args} { auditLogs { id } } }`)).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'invalid_request', param } }], data: null },
    })
  })

  it('is one list in a request', async () => {
    const query = '{ a: getAuditLogs { auditLogs { id } } b: getAuditLogs(limit: 1) { auditLogs { id } } }'
    expect(await ask(server, await pairHeaders(server), query)).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'too_many_lists' } }] },
    })
  })
})

it('a company token without a workspace is refused by the name of the header', async () => {
  for (const workspace of [{}, { 'x-paradime-workspace': ' ' }]) {
    expect(
      await ask(server, { ...(await styledHeaders(server, 'prdm_cmp')), ...workspace }, ALL_FIELDS),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { param: 'X-Paradime-Workspace' } }] },
    })
  }
})

it('metadataJson is an object when the switch says so', async () => {
  const own = await openPatient({ compatibility: 'paradime.metadata_json=object' })
  await recordEntries(own, await own.makeKey(), [DOCUMENTED, { action: 'x' }])
  for (const args of ['', '(limit: 5)']) {
    const query = `{ getAuditLogs${args} { auditLogs { metadataJson } } }`
    expect(logsOf(await ask(own, await pairHeaders(own), query))).toEqual([
      { metadataJson: null },
      { metadataJson: DOCUMENTED.metadata },
    ])
  }
  await own.close()
})

/** What the vendor's client would refuse: its model has integers, texts and times, and null for two fields alone. */
function problemsOfModel(log: Readonly<Record<string, unknown>>): readonly string[] {
  const integers = ['id', 'workspaceId', 'actorUserId', 'eventSourceId', 'eventId']
  const nullable = ['actorEmail', 'metadataJson']
  return ENTRY_FIELDS.filter((field) => {
    const value = log[field]
    if (integers.includes(field)) return !(Number.isInteger(value) && Math.abs(value as number) < 2 ** 31)
    if (field.endsWith('Dttm')) return !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/.test(String(value))
    return typeof value !== 'string' && !(value === null && nullable.includes(field))
  })
}
