import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

/**
 * Each file of `fixtures/` is a request and the answer to it: as it goes over the wire, byte for byte, but for what
 * no run repeats (times, hashes, request ids, keys), which stands there as `{name}`. `RECORD=1` writes the answers anew;
 * look at every difference before you keep it.
 */
const FIXTURES = fileURLToPath(new URL('../../../src/dialects/arcus/fixtures/', import.meta.url))
/** Headers of an answer that a fixture shows. */
const SHOWN = ['content-type', 'allow', 'retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining']
const ENTRIES: object[] = JSON.parse(readFileSync(join(FIXTURES, 'entries.json'), 'utf8'))

let server: TestServer
const keys: Record<string, string> = {}
let entity: string

beforeAll(async () => {
  server = await openTestServer({
    rate_limits: 'on',
    read_wait_ms: '20000',
    rate_live_per_minute: '1000',
    rate_live_per_second: '0',
    rate_test_per_minute: '2',
  })
  keys.key = await server.makeKey()
  keys.own_key = await server.makeKey({ scopes: ['audit:read:own'] })
  keys.write_key = await server.makeKey({ scopes: ['audit:write'] })
  keys.other_key = await server.makeKey({ slug: 'other' })
  // Its limit is used up, for the fixture that shows the refusal.
  keys.test_key = await server.makeKey({ mode: 'test' })
  for (let i = 0; i < 2; i++) await server.call(keys.test_key, 'GET', '/v1/activity')
  entity = (await server.counterfoil.access.findOrganization('acme'))?.id as string
  for (const entry of ENTRIES) {
    const { status } = await server.call(keys.key, 'POST', '/v1/audit_log_entries', entry)
    expect(status).toBe(201)
  }
})
afterAll(() => server.close())

const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.http'))
test('there are fixtures', () => expect(files.length).toBeGreaterThan(15))

test.each(files)('%s', async (name) => {
  const text = readFileSync(join(FIXTURES, name), 'utf8')
  const [request = '', expected = ''] = text.split('\n\n> ')
  const answer = await send(request)
  if (process.env.RECORD === '1') writeFileSync(join(FIXTURES, name), `${request}\n\n> ${answer}`)
  else expect(answer).toBe(expected)
})

/** Sends what a fixture says and gives the answer as a fixture has it. */
async function send(request: string): Promise<string> {
  const [head = '', body] = request.split('\n\n')
  const [line = '', ...headerLines] = head.split('\n').filter((text) => !text.startsWith('#'))
  const [method = '', path = ''] = line.split(' ')
  const headers = headerLines.map((header) => header.split(': ', 2) as [string, string])
  const response = await fetch(server.url + filled(path), {
    method,
    headers: headers.map(([field, value]) => [field, filled(value)] as [string, string]),
    ...(body === undefined ? {} : { body }),
  })
  const shown = SHOWN.filter((field) => response.headers.has(field)).map(
    (field) => `${field}: ${response.headers.get(field)}`,
  )
  const answer = `${response.status}\n${shown.join('\n')}\n\n${await response.text()}\n`
  return blanked(answer)
}

function filled(text: string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'entity' ? entity : (keys[name] as string),
  )
}

function blanked(text: string): string {
  return (
    text
      // A checkpoint comes within a second, or has just not come yet.
      .replace(/"checkpoint":(?:null|\{"size":\d+,"root":"[^"]+"\})/, '"checkpoint":{checkpoint}')
      .replaceAll(entity, '{entity}')
      .replace(/(?<="(?:created_at|latest_at)":")[^"]+/g, '{time}')
      .replace(/(?<="(?:entry|prev)_hash":")(?!0{64})[0-9a-f]{64}/g, '{hash}')
      .replace(/(?<="request_id":")req_\w{20}/g, '{request_id}')
      .replace(/(?<="next_cursor":")[^"]+/g, '{cursor}')
      .replace(/(?<=x-ratelimit-remaining: )\d+/g, '{remaining}')
      .replace(/(?<=retry-after: |Retry after )\d+/g, '{seconds}')
  )
}
