import { DELETION_ACTIONS } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SELF_ACTIONS, type SelfAction, type VENDOR_NAMES, vendorAction } from '../access/actions.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'

const ENTRIES = '/v1/audit_log_entries'
/** Nobody but the service itself may record what was taken away from a log. */
const NAMES = (Object.keys(SELF_ACTIONS) as SelfAction[]).filter(
  (action) => !(DELETION_ACTIONS as readonly string[]).includes(action),
)
const translated = (vendor: (typeof VENDOR_NAMES)[number]) =>
  NAMES.filter((action) => vendorAction(action, vendor) !== undefined)

let server: TestServer
let recordedAlways: TestServer
const keys = new Map<TestServer, string>()

beforeAll(async () => {
  server = await openTestServer()
  recordedAlways = await openTestServer({
    compatibility: 'arcwise.own_action_names=recorded,wherobots.own_action_names=recorded',
  })
  for (const one of [server, recordedAlways]) {
    const key = await one.makeKey()
    keys.set(one, key)
    // Every one of our own actions, once as ours and once as a customer's who happens to call theirs the same.
    const own = NAMES.map((action) => ({ action, source: { name: 'counterfoil' } }))
    const theirs = NAMES.map((action) => ({ action, source: { name: 'product' } }))
    await one.call(key, 'POST', ENTRIES, [...own, ...theirs, { action: 'CreateApiKeyCredential' }])
  }
})
afterAll(() => Promise.all([server.close(), recordedAlways.close()]))

const get = (one: TestServer, path: string) => one.call(keys.get(one), 'GET', path)
interface WherobotsItem {
  readonly action_name: string
  readonly source_client: string | null
}

/** All that are selected, newest first, page by page. */
async function wherobots(one: TestServer, query = ''): Promise<readonly WherobotsItem[]> {
  const items: WherobotsItem[] = []
  for (let cursor = ''; ; ) {
    const { status, body } = await get(one, `/audit-log?size=100${query}${cursor}`)
    expect(status).toBe(200)
    items.push(...body.items)
    if (body.next_page === null) return items
    cursor = `&cursor=${encodeURIComponent(body.next_page)}`
  }
}

describe('our own entries', () => {
  it("have the vendor's names in its API where its table has them, and everybody else's entries do not", async () => {
    const items = await wherobots(server)
    const shown = (client: string | null) =>
      items.filter(({ source_client }) => source_client === client).map(({ action_name }) => action_name)
    const names = NAMES
    expect(shown('counterfoil').toReversed()).toEqual(
      names.map((action) => vendorAction(action, 'wherobots') ?? action),
    )
    expect(shown('product').toReversed()).toEqual(names)
    const events = (await get(server, '/api/event_history')).body.map(({ event }: { event: string }) => event)
    const arcwise = names.map((action) => vendorAction(action, 'arcwise') ?? action)
    expect(events.toReversed()).toEqual([...arcwise, ...names, 'CreateApiKeyCredential'])
  })

  it('are found by the name that is shown, and not by one that is not', async () => {
    const all = await wherobots(server)
    const terms = [
      ...translated('wherobots').flatMap((action) => [action, vendorAction(action, 'wherobots') as string]),
      ...[
        'createapikey',
        'USER',
        'api_key',
        'person.',
        'role',
        'e',
        'counterfoil',
        'Invite',
        'nothing at all',
      ],
    ]
    for (const term of terms) {
      const holds = (text: string | null) => text?.toLowerCase().includes(term.toLowerCase()) === true
      const expected = all.filter(
        ({ action_name, source_client }) => holds(action_name) || holds(source_client),
      )
      const found = await wherobots(server, `&searchTerm=${encodeURIComponent(term)}`)
      // Ids may hold a short term by chance.
      if (term.length > 3) expect([term, found]).toEqual([term, expected])
      else expect(found).toEqual(expect.arrayContaining([...expected]))
    }
    const found = await wherobots(server, '&searchTerm=RevokeApiKeyCredential')
    expect(found.map(({ source_client }) => source_client)).toEqual(['counterfoil', 'counterfoil'])
  })

  it('are exported under the same names', async () => {
    const key = keys.get(server)
    const csv = await server.call(key, 'GET', '/audit-log/export?searchTerm=createapikeycredential')
    const lines = (csv.body as string).trim().split('\r\n').slice(1)
    expect(lines.map((line) => line.split(',')[2])).toEqual(
      Array.from({ length: 3 }, () => 'CreateApiKeyCredential'),
    )
  })

  it('have their own names in our API, and in every one where the switch says so', async () => {
    const listed = await get(server, `${ENTRIES}?action=api_key.created`)
    expect(listed.body.data).toHaveLength(2)
    const names = [...NAMES, ...NAMES, 'CreateApiKeyCredential']
    expect((await wherobots(recordedAlways)).map(({ action_name }) => action_name).toReversed()).toEqual(
      names,
    )
    const { body } = await get(recordedAlways, '/api/event_history')
    expect(body.map(({ event }: { event: string }) => event).toReversed()).toEqual(names)
    expect(await wherobots(recordedAlways, '&searchTerm=RevokeApiKeyCredential')).toEqual([])
    expect(await wherobots(recordedAlways, '&searchTerm=api_key.revoked')).toHaveLength(2)
  })

  it('of a real change are found by either API', async () => {
    const admin = await server.makeKey({ scopes: ['access:write', 'audit:read'] })
    await server.call(admin, 'POST', '/v1/api_keys', { name: 'k', mode: 'live', scopes: ['audit:read'] })
    const newest = await get(server, '/audit-log?size=1')
    expect(newest.body.items[0].action_name).toBe('CreateApiKeyCredential')
    const events = await get(server, '/api/event_history?limit=1')
    expect(events.body[0].event).toBe('create_token')
  })
})
