import { ACTOR_TYPES, OUTCOMES, SEVERITIES } from '@counterfoil/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const PATH = '/v1/audit_log_entries'
let server: TestServer
let key: string

beforeAll(async () => {
  server = await openTestServer({ read_wait_ms: '20000', compatibility: 'arcus.enums=audit' })
  key = await server.makeKey()
  const entries = SEVERITIES.flatMap((severity) =>
    OUTCOMES.flatMap((outcome) =>
      ACTOR_TYPES.map((type) => ({ action: 'a.b', severity, outcome, actor: { type, id: 'x' } })),
    ),
  )
  await server.call(key, 'POST', PATH, entries)
})
afterAll(() => server.close())

interface Shown {
  readonly severity: string
  readonly outcome: string
  readonly actor: { readonly type: string }
}
const list = async (query: string): Promise<Shown[]> =>
  (await server.call(key, 'GET', `${PATH}?limit=200&${query}`)).body.data
const values = (entries: Shown[], read: (entry: Shown) => string) =>
  [...new Set(entries.map(read))].toSorted()

test('every value of the audit API is the vendor’s, and each of them finds exactly what is shown with it', async () => {
  const all = await list('')
  expect(all).toHaveLength(SEVERITIES.length * OUTCOMES.length * ACTOR_TYPES.length)
  const severities = values(all, ({ severity }) => severity)
  const outcomes = values(all, ({ outcome }) => outcome)
  const types = values(all, ({ actor }) => actor.type)
  expect(severities).toEqual(['critical', 'info', 'security', 'warning'])
  expect(outcomes).toEqual(['failure', 'success'])
  expect(types).toEqual(['api_key', 'system', 'user', 'webhook'])
  for (const severity of severities)
    expect(await list(`severity=${severity}`)).toEqual(all.filter((entry) => entry.severity === severity))
  for (const outcome of outcomes)
    expect(await list(`outcome=${outcome}`)).toEqual(all.filter((entry) => entry.outcome === outcome))
  for (const type of types)
    expect(await list(`actor_type=${type}`)).toEqual(all.filter(({ actor }) => actor.type === type))
})

test('our finer values still select, exactly, and single entries are folded too', async () => {
  const notices = await list('severity=notice&outcome=denied&actor_type=service')
  expect(notices).toMatchObject([{ severity: 'info', outcome: 'failure', actor: { type: 'system' } }])
  const [notice] = notices as (Shown & { id: string })[]
  const one = await server.call(key, 'GET', `${PATH}/${notice?.id}`)
  expect(one.body).toMatchObject({ severity: 'info', outcome: 'failure', actor: { type: 'system' } })
})

test('the activity API has its own values, whatever the switch says', async () => {
  const { body } = await server.call(key, 'GET', '/v1/activity?limit=100')
  const rest = await server.call(key, 'GET', `/v1/activity?limit=100&cursor=${body.next_cursor}`)
  const all: Shown[] = [...body.data, ...rest.body.data]
  expect(values(all, ({ severity }) => severity)).toEqual(['critical', 'info', 'notice', 'warning'])
  expect(values(all, ({ outcome }) => outcome)).toEqual(['denied', 'failure', 'success'])
  expect(values(all, ({ actor }) => actor.type)).toEqual(['api_key', 'system', 'user'])
})

test('counting is ours: it shows what was recorded', async () => {
  const { body } = await server.call(key, 'GET', `${PATH}/facets?field=severity`)
  const counted = body.data.severity.map(({ value }: { value: string }) => value)
  expect(counted.toSorted()).toEqual(SEVERITIES.toSorted())
})
