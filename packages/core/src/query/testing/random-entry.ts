import {
  ACTOR_TYPES,
  type Actor,
  type Context,
  type Entry,
  type Json,
  type JsonObject,
  type LogName,
  OPERATION_TYPES,
  OUTCOMES,
  type Resource,
  SEVERITIES,
} from '../../entry/entry.js'
import { formatMicroseconds } from '../../entry/time.js'
import type { Random } from './random.js'

/**
 * Text that has broken queries before: quotes, escapes, LIKE wildcards, control characters, letters whose case
 * changes their length or place, astral letters, combining marks, and the query language's own words. No NUL:
 * no entry holds one.
 */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  "O'Brien",
  '"quoted"',
  'back\\slash',
  '\\',
  'tail\\',
  '100%',
  'a_b',
  '%_\\',
  'tab\there',
  'line\nbreak',
  '\r\n',
  '\u0001\u001f\u007f',
  '\u2028\ufeff',
  'İstanbul',
  'ISTANBUL ı',
  'Straße',
  'STRASSE',
  'ΟΔΥΣΣΕΥΣ',
  'Σίσυφος',
  'ﬀ ligature',
  'ﬀ',
  '😀',
  '👩‍👩‍👧',
  '𐐀𐐨',
  'e\u0301 is é',
  'نص',
  '漢字',
  '{p:String}',
  "'; DROP TABLE entries; --",
  'null',
  'OR',
  '-not (a OR b)',
  'key:value',
  '*',
  'a*',
  '*a*',
  'a,b',
  '>=5',
  '=x',
  '..',
  '~0/~1',
]

const ACTIONS = [
  'order',
  'order.created',
  'order.updated',
  'order.line.added',
  'orders.exported',
  'user.login',
  'user.LOGIN',
  'api_key.rotated',
]
const CATEGORIES = ['authentication', 'operation', 'export', 'access', 'system', 'billing']
const IDS = ['usr_1', 'usr_2', 'usr_3', 'USR_1', 'ord_1', 'ord_2', 'ord_10', 'urn:x:1', '42']
const NAMES = ['Ada Lovelace', 'ada lovelace', 'Grace Hopper', 'Çelik İnan', 'Main', 'Größe']
const EMAILS = ['ada@example.com', 'Ada@Example.com', 'grace@example.org', 'ops+audit@example.com']
const RESOURCE_TYPES = ['order', 'user', 'api_key', 'order:line']
const ADDRESSES = [
  '10.0.0.1',
  '10.0.1.7',
  '10.255.255.255',
  '11.0.0.0',
  '192.168.1.1',
  '::ffff:10.0.0.1',
  '::1',
  '2001:db8::1',
  '2001:DB8:0::2',
  '0.0.0.0',
  '255.255.255.255',
  'not an address',
]
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64)',
  'mozilla/5.0 (Macintosh)',
  'curl/8.4.0',
  'counterfoil-node/0.1',
]
const REGIONS = ['eu-west-1', 'us-east-1', 'Frankfurt', 'Türkiye']
const METADATA_KEYS = ['total', 'order', 'lines', 'a/b', 'm~n', '', '0', 'key with "quotes"', 'ключ', 'a.b']
const DAY_US = 86_400_000_000
/** 2026-02-26T22:00:00Z: a few entries later the log crosses a day, a week and a month. */
const FIRST_RECORDED_AT_US = 1_772_143_200_000_000

export const RANDOM_LOG: LogName = { organization_id: '0190b7c2-7d1e-7f00-8000-00000000000a', mode: 'live' }
/** Logs that must stay apart from `RANDOM_LOG`: its own test mode, and another organization. */
export const OTHER_LOGS: readonly LogName[] = [
  { ...RANDOM_LOG, mode: 'test' },
  { organization_id: '0190b7c2-7d1e-7f00-8000-00000000000b', mode: 'live' },
]

/** Where an entry stands; `randomEntry` draws what is left out. */
export interface Place {
  readonly log: LogName
  readonly seq: number
  readonly recordedAt: number
}

/** An entry with any of its parts missing and values from small pools, so that filters find some entries. */
export function randomEntry(random: Random, place: Partial<Place> = {}): Entry {
  const { log = RANDOM_LOG, seq = random.between(0, 1_000_000) } = place
  const { recordedAt = FIRST_RECORDED_AT_US + random.between(0, 40 * DAY_US) } = place
  return {
    id: randomUuid(random),
    ...log,
    seq,
    recorded_at: formatMicroseconds(recordedAt),
    action: random.chance(0.9) ? random.pick(ACTIONS) : randomText(random, ACTIONS),
    category: random.pick(CATEGORIES),
    severity: random.pick(SEVERITIES),
    outcome: random.pick(OUTCOMES),
    ...maybe(random, 0.8, () => ({ actor: randomActor(random, 3) })),
    ...maybe(random, 0.7, () => ({ resource: randomResource(random) })),
    ...maybe(random, 0.3, () => ({ targets: listOf(random, 3, () => randomResource(random)) })),
    ...maybe(random, 0.4, () => ({ description: randomText(random, NAMES) })),
    ...maybe(random, 0.2, () => ({ error_code: randomText(random, ['denied', 'E_1', 'timeout']) })),
    ...maybe(random, 0.8, () => ({ context: randomContext(random) })),
    ...maybe(random, 0.5, () => ({ source: randomSource(random) })),
    ...maybe(random, 0.5, () => ({ workspace: randomWorkspace(random) })),
    ...maybe(random, 0.3, () => ({ operation: randomOperation(random) })),
    ...maybe(random, 0.3, () => ({ before: randomJson(random, 3), after: randomJson(random, 3) })),
    ...maybe(random, 0.7, () => ({ metadata: randomObject(random, 3) })),
  }
}

/**
 * A log's entries: seq from 0 without gaps, time never decreasing, every second one at its predecessor's time.
 * Give another log's `seed`ed random to have entries that must not show.
 */
export function randomEntries(random: Random, count: number, log: LogName = RANDOM_LOG): Entry[] {
  const entries: Entry[] = []
  let recordedAt = FIRST_RECORDED_AT_US
  for (let seq = 0; seq < count; seq++) {
    if (random.chance(0.5)) recordedAt += random.pick([1, 999, 1_000_000, 60_000_000, 3_600_000_000, DAY_US])
    entries.push(randomEntry(random, { log, seq, recordedAt }))
  }
  return entries
}

/** Usually one of the given texts, sometimes a hostile one, sometimes both in a row. */
export function randomText(random: Random, usual: readonly string[]): string {
  if (random.chance(0.7)) return random.pick(usual)
  const hostile = random.pick(HOSTILE_TEXTS)
  return random.chance(0.5) ? hostile : random.pick(usual) + hostile
}

function randomActor(random: Random, chainMax: number): Actor {
  return {
    type: random.pick(ACTOR_TYPES),
    ...maybe(random, 0.9, () => ({ id: randomText(random, IDS) })),
    ...maybe(random, 0.4, () => ({ label: randomText(random, NAMES) })),
    ...maybe(random, 0.6, () => ({ name: randomText(random, NAMES) })),
    ...maybe(random, 0.6, () => ({ email: randomText(random, EMAILS) })),
    ...maybe(random, chainMax > 0 ? 0.3 : 0, () => ({ on_behalf_of: randomActor(random, chainMax - 1) })),
  }
}

function randomResource(random: Random): Resource {
  return {
    type: randomText(random, RESOURCE_TYPES),
    ...maybe(random, 0.8, () => ({ id: randomText(random, IDS) })),
    ...maybe(random, 0.4, () => ({ label: randomText(random, NAMES) })),
  }
}

function randomContext(random: Random): Context {
  return {
    ...maybe(random, 0.8, () => ({ ip_address: random.pick(ADDRESSES) })),
    ...maybe(random, 0.7, () => ({ user_agent: randomText(random, AGENTS) })),
    ...maybe(random, 0.4, () => ({ session_id: randomText(random, IDS) })),
    ...maybe(random, 0.4, () => ({ request_id: randomText(random, IDS) })),
    ...maybe(random, 0.4, () => ({ correlation_id: randomText(random, IDS) })),
    ...maybe(random, 0.4, () => ({ region: randomText(random, REGIONS) })),
    ...maybe(random, 0.4, () => ({ location: randomText(random, REGIONS) })),
  }
}

function randomSource(random: Random) {
  const seq = random.between(0, 50)
  return { name: randomText(random, ['orders', 'billing', 'web']), ...maybe(random, 0.5, () => ({ seq })) }
}

function randomWorkspace(random: Random) {
  return { id: randomText(random, IDS), ...maybe(random, 0.5, () => ({ name: randomText(random, NAMES) })) }
}

function randomOperation(random: Random) {
  return {
    type: random.pick(OPERATION_TYPES),
    ...maybe(random, 0.7, () => ({ name: randomText(random, ['CreateOrder', 'Orders', 'createorder']) })),
    ...maybe(random, 0.3, () => ({ text: 'mutation CreateOrder { createOrder { id } }' })),
    ...maybe(random, 0.3, () => ({ variables: randomJson(random, 2) })),
  }
}

const SCALARS: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  5,
  42,
  0.1,
  1e21,
  9_007_199_254_740_991,
  'paid',
  'PAID',
  'draft',
  '5',
  'true',
]

function randomJson(random: Random, depth: number): Json {
  if (depth === 0 || random.chance(0.5))
    return random.chance(0.8) ? random.pick(SCALARS) : random.pick(HOSTILE_TEXTS)
  if (random.chance(0.3)) return listOf(random, 3, () => randomJson(random, depth - 1))
  return randomObject(random, depth)
}

function randomObject(random: Random, depth: number): JsonObject {
  return Object.fromEntries(
    listOf(random, 3, () => [random.pick(METADATA_KEYS), randomJson(random, depth - 1)] as const),
  )
}

function randomUuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('')
  const version = `7${hex.slice(13, 16)}`
  const variant = `8${hex.slice(17, 20)}`
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}-${variant}-${hex.slice(20)}`
}

function listOf<T>(random: Random, lengthMax: number, draw: () => T): T[] {
  return Array.from({ length: random.between(0, lengthMax) }, draw)
}

/** The drawn keys this often, else none: a part that an entry lacks is absent, not undefined. */
function maybe<T extends object>(random: Random, share: number, draw: () => T): T | Record<never, never> {
  return random.chance(share) ? draw() : {}
}
