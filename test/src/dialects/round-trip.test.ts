import { canonicalJson, type Entry, type Json } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordEntries } from '../../../packages/server/dist/testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../../packages/server/dist/testing/test-server.js'
import { hostileEntries, WHOLE_ENTRY } from './hostile-entries.js'
import { HOSTILE_STRINGS } from './hostile-strings.js'
import {
  activityEvent,
  arcusEntry,
  arcwiseEvent,
  arizeConnection,
  arizeLog,
  arizeNode,
  isInArizeList,
  NATIVE_FIELDS,
  nativeNode,
  paradimeLog,
  type Shown,
  wherobotsEvent,
  wherobotsRow,
} from './shown.js'
import {
  type Client,
  clientOf,
  readParadime,
  readWherobotsExport,
  type Whole,
  walkArcus,
  walkArcwise,
  walkArizeGraphQl,
  walkArizeRest,
  walkNative,
  walkWherobots,
} from './walks.js'

/** A dialect's list of everything, with all of its fields, and what it must show. */
interface RoundTrip {
  readonly name: string
  readonly read: (client: Client) => Promise<Whole>
  readonly toShown: (entry: Entry) => Shown
  readonly has?: (entry: Entry) => boolean
}

const ARIZE_FIELDS = ['id', 'user', 'ip', 'success', 'loggedAt']
/** What each connection has beside them. */
const ARIZE_NODE_FIELDS = {
  unauthenticatedAuditLogs: ['mutationName'],
  authenticatedAuditLogs: ['operationName', 'operationText', 'variables'],
  exporterAuditLogs: ['model'],
}
const PARADIME_FIELDS =
  'id createdDttm updatedDttm workspaceName actorType actorEmail eventSource eventType metadataJson'

const ROUND_TRIPS: readonly RoundTrip[] = [
  { name: 'arcus', read: (client) => walkArcus(client, []), toShown: arcusEntry },
  {
    name: 'arcus activity',
    read: (client) => walkArcus(client, [], '/v1/activity'),
    toShown: activityEvent,
  },
  { name: 'arcwise', read: (client) => walkArcwise(client, []), toShown: arcwiseEvent },
  {
    name: 'arize-rest',
    read: (client) => walkArizeRest(client, []),
    toShown: arizeLog,
    has: isInArizeList,
  },
  ...Object.entries(ARIZE_NODE_FIELDS).map(([connection, fields]): RoundTrip => {
    const names = [...ARIZE_FIELDS, ...fields]
    const document = names.map(
      (name) => ({ user: 'user { id email }', model: 'model { name }' })[name] ?? name,
    )
    return {
      name: `arize-graphql, ${connection}`,
      read: (client) => walkArizeGraphQl(client, connection, {}, document.join(' '), 60),
      toShown: (entry) => {
        const node = arizeNode(entry)
        return Object.fromEntries(names.map((name) => [name, node[name]]))
      },
      has: (entry) => arizeConnection(entry) === connection,
    }
  }),
  { name: 'wherobots, pages', read: (client) => walkWherobots(client, []), toShown: wherobotsEvent },
  { name: 'wherobots, export', read: (client) => readWherobotsExport(client, []), toShown: wherobotsRow },
  { name: 'paradime', read: (client) => readParadime(client, {}, PARADIME_FIELDS), toShown: paradimeLog },
  {
    name: 'native-graphql',
    read: (client) => walkNative(client, {}, NATIVE_FIELDS, 70),
    toShown: nativeNode,
  },
]

const PLACEMENTS_MIN = 30_000
const PER_REQUEST = 200
const SHAPES = [
  WHOLE_ENTRY,
  { action: 'a.b' },
  { action: 'cleanup.ran', actor: { type: 'system' } },
  { action: 'cleanup.ran', actor: { type: 'system', id: 'cron', label: 'Nightly' } },
  { action: 'nothing.there', resource: { type: 'thing' }, targets: [], context: {}, metadata: {} },
  { action: 'user.login', category: 'authentication' },
  { action: 'report.exported', category: 'export' },
  { action: 'state.null', before: null, after: null },
]

interface Recorded {
  readonly client: Client
  readonly entries: readonly Entry[]
}

let server: TestServer
let shapes: Recorded
/** The same hostile strings three times: in every field; and as sign-ins and as exports, which have lists of their own. */
let hostile: readonly Recorded[]

beforeAll(async () => {
  server = await openTestServer()
  const record = async (slug: string, contents: readonly object[]): Promise<Recorded> => {
    const key = await server.makeKey({ slug })
    const entries = await recordEntries(server, key, contents, PER_REQUEST)
    return { client: await clientOf(server, key, slug), entries }
  }
  shapes = await record('shapes', SHAPES)
  const contents = hostileEntries(HOSTILE_STRINGS)
  hostile = [
    await record('hostile', contents),
    await record(
      'sign-ins',
      contents.map((content) => ({ ...content, category: 'authentication' })),
    ),
    await record(
      'exports',
      contents.map((content) => ({ ...content, category: 'export' })),
    ),
  ]
}, 120_000)
afterAll(() => server.close())

/** Asserts that the dialect shows each entry as it was recorded; gives what it showed. */
async function expectWhole({ name, read, toShown, has }: RoundTrip, { client, entries }: Recorded) {
  const { shown: all } = await read(client)
  // An export adds an entry about itself to the log, which later reads show.
  const shown = all.filter((one) => !JSON.stringify(one).includes('log.exported'))
  const expected = (has === undefined ? entries : entries.filter(has)).toReversed()
  expect(shown.length, name).toBe(expected.length)
  for (const [i, entry] of expected.entries())
    expect(canonicalJson(shown[i] as Json), `${name}, seq ${entry.seq}`).toBe(
      canonicalJson(toShown(entry) as Json),
    )
  return shown
}

describe('what was recorded comes back', () => {
  it.each(ROUND_TRIPS)('through $name: everything set, next to nothing set, a system', async (roundTrip) => {
    const shown = await expectWhole(roundTrip, shapes)
    expect(shown.length).toBeGreaterThan(0)
  })

  it(`through all, ${HOSTILE_STRINGS.length} hostile strings in every field, to the letter`, {
    timeout: 300_000,
  }, async () => {
    expect(HOSTILE_STRINGS.length).toBeGreaterThan(580)
    const strings = new Set(HOSTILE_STRINGS)
    const placements: [name: string, count: number][] = []
    for (const roundTrip of ROUND_TRIPS) {
      const { has = () => true } = roundTrip
      const recorded = hostile.find(({ entries }) => entries.every(has)) as Recorded
      const shown = await expectWhole(roundTrip, recorded)
      placements.push([roundTrip.name, countPlacements(shown, strings)])
    }
    console.info(`placements: ${placements.map((pair) => pair.join(' ')).join(', ')}`)
    expect(placements.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(PLACEMENTS_MIN)
  })
})

/** Texts in the answer that are hostile strings; those within base64 or JSON texts are not counted. */
function countPlacements(value: unknown, strings: ReadonlySet<string>): number {
  if (typeof value === 'string') return value !== '' && strings.has(value) ? 1 : 0
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, member) => sum + countPlacements(member, strings), 0)
}
