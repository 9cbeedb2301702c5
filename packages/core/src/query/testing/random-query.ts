import { type Entry, SEVERITIES } from '../../entry/entry.js'
import { fieldText, listTexts, metadataScalars, searchText } from '../fields.js'
import { placeOf } from '../match.js'
import { type Filter, LIST_FIELDS, type PageQuery, STRING_FIELDS } from '../query.js'
import type { Random } from './random.js'
import { HOSTILE_TEXTS, RANDOM_LOG, randomText } from './random-entry.js'

export { type Random, seededRandom } from './random.js'
export { HOSTILE_TEXTS, OTHER_LOGS, RANDOM_LOG, randomEntries, randomEntry } from './random-entry.js'

const BLOCKS = [
  '10.0.0.0/8',
  '10.0.0.0/24',
  '10.0.0.1/32',
  '0.0.0.0/0',
  '::/0',
  '::1/128',
  '2001:db8::/32',
  '::ffff:0:0/96',
  '192.168.1.0/25',
]

/**
 * A valid filter. Its values come from the given entries most of the time, so that about half of all filters
 * find something; the rest are near misses and hostile text.
 */
export function randomFilter(random: Random, entries: readonly Entry[], depthMax = 3): Filter {
  if (depthMax === 0 || random.chance(0.5)) return randomTerm(random, entries)
  if (random.chance(0.3)) return { op: 'not', filter: randomFilter(random, entries, depthMax - 1) }
  const op = random.pick(['and', 'or'] as const)
  const filters = Array.from({ length: random.between(1, 3) }, () =>
    randomFilter(random, entries, depthMax - 1),
  )
  return { op, filters }
}

/** A page of `RANDOM_LOG`: any order, limit, times around the entries' own, and a place to go on from. */
export function randomPageQuery(random: Random, entries: readonly Entry[]): PageQuery {
  const [from, to] = randomTimes(random, entries)
  return {
    log: RANDOM_LOG,
    order: random.pick(['newest_first', 'oldest_first'] as const),
    limit: random.pick([1, 2, 10, 100, 1_000]),
    ...(random.chance(0.3) ? { from } : {}),
    ...(random.chance(0.3) ? { to } : {}),
    ...(random.chance(0.85) ? { filter: randomFilter(random, entries) } : {}),
    ...(random.chance(0.4) ? { after: placeOf(random.pick(entries)) } : {}),
  }
}

/** Two moments in order, each at an entry or a microsecond beside it. */
function randomTimes(random: Random, entries: readonly Entry[]): readonly [number, number] {
  const moment = () => placeOf(random.pick(entries)).recorded_at + random.between(-1, 1)
  const [a, b] = [moment(), moment()]
  return [Math.min(a, b), Math.max(a, b)]
}

function randomTerm(random: Random, entries: readonly Entry[]): Filter {
  const entry = random.pick(entries)
  const draw = random.pick([
    equalsTerm,
    equalsTerm,
    partTerm,
    partTerm,
    presentTerm,
    listTerm,
    metadataTerm,
    otherTerm,
  ])
  return draw(random, entry)
}

function equalsTerm(random: Random, entry: Entry): Filter {
  const field = random.pick(STRING_FIELDS)
  return { op: 'equals', field, values: randomValues(random, fieldText(entry, field)) }
}

/** A prefix or a needle, never empty and in bounds. */
function partTerm(random: Random, entry: Entry): Filter {
  const field = random.pick(STRING_FIELDS)
  if (random.chance(0.4))
    return { op: 'prefix', field, prefix: randomPrefix(random, fieldText(entry, field)) }
  const needle = randomNeedle(random, random.chance(0.5) ? fieldText(entry, field) : searchText(entry))
  return random.chance(0.5) ? { op: 'contains', field, needle } : { op: 'text', needle }
}

function presentTerm(random: Random): Filter {
  return { op: 'present', field: random.pick([...STRING_FIELDS, ...LIST_FIELDS]) }
}

function listTerm(random: Random, entry: Entry): Filter {
  const field = random.pick(LIST_FIELDS)
  return { op: 'equals', field, values: randomValues(random, random.pick(['', ...listTexts(entry, field)])) }
}

function metadataTerm(random: Random, entry: Entry): Filter {
  const scalars = metadataScalars(entry)
  const [path, text] = scalars.length > 0 ? random.pick(scalars) : ['/total', '5']
  if (random.chance(0.3)) return { op: 'metadata_present', path }
  return { op: 'metadata_equals', path, values: randomValues(random, text) }
}

function otherTerm(random: Random): Filter {
  if (random.chance(0.5)) return { op: 'cidr', block: random.pick(BLOCKS) }
  return { op: 'severity_at_least', severity: random.pick(SEVERITIES) }
}

/** One to three values, the entry's own among them most of the time. */
function randomValues(random: Random, own: string): readonly string[] {
  const others = Array.from({ length: random.between(0, 2) }, () =>
    randomText(random, ['usr_1', 'order', 'x']),
  )
  return random.chance(0.8) || others.length === 0 ? [own, ...others] : others
}

function randomPrefix(random: Random, text: string): string {
  const points = Array.from(text).slice(0, 50)
  return points.slice(0, random.between(1, Math.max(1, points.length))).join('') || 'order'
}

/** A piece of the text, whole code points and one value of it, in any case; or hostile text. */
function randomNeedle(random: Random, text: string): string {
  if (random.chance(0.15)) return random.pick(HOSTILE_TEXTS) || 'x'
  const points = Array.from(random.pick(text.split('\u0000')))
  const start = random.between(0, Math.max(0, points.length - 1))
  const piece = points.slice(start, start + random.between(1, 12)).join('')
  return (random.chance(0.3) ? piece.toUpperCase() : piece) || 'x'
}
