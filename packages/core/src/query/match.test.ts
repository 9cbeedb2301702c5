import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listTexts } from './fields.js'
import { comparePlaces, matches, placeOf, selects } from './match.js'
import { type Filter, LIST_FIELDS, STRING_FIELDS } from './query.js'
import {
  OTHER_LOGS,
  RANDOM_LOG,
  randomEntries,
  randomEntry,
  randomFilter,
  seededRandom,
} from './testing/random-query.js'

const ENTRIES = randomEntries(seededRandom(1), 60)
const filters = fc.integer().map((seed) => randomFilter(seededRandom(seed), ENTRIES))

/** Which of `ENTRIES` the filter finds. */
function found(filter: Filter): readonly boolean[] {
  return ENTRIES.map((entry) => matches(filter, entry))
}

const not = (filter: Filter): Filter => ({ op: 'not', filter })
const and = (...parts: readonly Filter[]): Filter => ({ op: 'and', filters: parts })
const or = (...parts: readonly Filter[]): Filter => ({ op: 'or', filters: parts })

describe('the laws of matching', () => {
  it('NOT has two values: NOT x is the complement and NOT NOT x is x', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const holds = found(filter)
        expect(found(not(filter))).toEqual(holds.map((held) => !held))
        expect(found(not(not(filter)))).toEqual(holds)
      }),
    )
  })

  it('De Morgan holds both ways', () => {
    fc.assert(
      fc.property(filters, filters, (a, b) => {
        expect(found(not(and(a, b)))).toEqual(found(or(not(a), not(b))))
        expect(found(not(or(a, b)))).toEqual(found(and(not(a), not(b))))
      }),
    )
  })

  it('equality with several values is equality with any of them', () => {
    const fields = fc.constantFrom(...STRING_FIELDS, ...LIST_FIELDS)
    const values = fc.array(
      fc.constantFrom('', 'usr_1', 'ord_1', 'info', 'order', 'order.created', '10.0.0.1'),
    )
    fc.assert(
      fc.property(fields, values, (field, list) => {
        const single = list.map((value): Filter => ({ op: 'equals', field, values: [value] }))
        expect(found({ op: 'equals', field, values: list })).toEqual(found(or(...single)))
      }),
    )
  })

  it('a text field is either present or equals the empty string', () => {
    for (const field of STRING_FIELDS)
      expect(found({ op: 'present', field })).toEqual(found(not({ op: 'equals', field, values: [''] })))
  })

  it('a list never equals the empty string', () => {
    for (const field of LIST_FIELDS) {
      expect(found({ op: 'equals', field, values: [''] })).not.toContain(true)
      expect(found({ op: 'present', field })).toEqual(
        ENTRIES.map((entry) => listTexts(entry, field).length > 0),
      )
    }
  })

  it('no conditions hold always, no alternatives never', () => {
    expect(found(and())).not.toContain(false)
    expect(found(or())).not.toContain(true)
    expect(found({ op: 'equals', field: 'id', values: [] })).not.toContain(true)
  })
})

describe('a term', () => {
  const entry = {
    ...randomEntry(seededRandom(1)),
    action: 'Order.created',
    severity: 'error',
    actor: { type: 'user', name: 'ΟΔΟΣΑ Straße' },
    context: { ip_address: '::ffff:10.1.2.3' },
    metadata: { order: { total: 42, open: null }, lines: ['a'] },
  } as const
  it.each<[Filter, boolean]>([
    [{ op: 'equals', field: 'action', values: ['order.created'] }, false],
    [{ op: 'prefix', field: 'action', prefix: 'Order.' }, true],
    [{ op: 'prefix', field: 'action', prefix: 'order.' }, false],
    [{ op: 'contains', field: 'action', needle: 'ORDER' }, true],
    [{ op: 'contains', field: 'actor.name', needle: 'οδος' }, true],
    [{ op: 'contains', field: 'actor.name', needle: 'STRASSE' }, false],
    [{ op: 'cidr', block: '10.0.0.0/8' }, true],
    [{ op: 'cidr', block: '::ffff:10.1.0.0/112' }, true],
    [{ op: 'cidr', block: '9.0.0.0/8' }, false],
    [{ op: 'cidr', block: '11.0.0.0/8' }, false],
    [{ op: 'cidr', block: 'nonsense' }, false],
    [{ op: 'severity_at_least', severity: 'error' }, true],
    [{ op: 'severity_at_least', severity: 'critical' }, false],
    [{ op: 'severity_at_least', severity: 'security' }, false],
    [{ op: 'metadata_equals', path: '/order/total', values: ['42'] }, true],
    [{ op: 'metadata_equals', path: '/order/total', values: ['42.0'] }, false],
    [{ op: 'metadata_equals', path: '/order/open', values: ['null'] }, true],
    [{ op: 'metadata_equals', path: '/order', values: ['[object Object]'] }, false],
    [{ op: 'metadata_present', path: '/lines/0' }, true],
    [{ op: 'metadata_present', path: '/lines' }, false],
    [{ op: 'text', needle: 'straSSe' }, false],
    [{ op: 'text', needle: 'STRAß' }, true],
    [{ op: 'text', needle: 'total' }, false],
  ])('%j is %s', (filter, expected) => expect(matches(filter, entry)).toBe(expected))

  it('finds no address where there is none', () => {
    const { context: _, ...without } = entry
    expect(matches({ op: 'cidr', block: '::/0' }, without)).toBe(false)
  })
})

describe('selects', () => {
  const entry = randomEntry(seededRandom(3))
  const { recorded_at: at } = placeOf(entry)
  it.each([
    ['both bounds at the entry', { from: at, to: at }, true],
    ['a start one microsecond later', { from: at + 1 }, false],
    ['an end one microsecond earlier', { to: at - 1 }, false],
  ])('takes time bounds as inclusive: %s', (_when, times, expected) => {
    expect(selects({ log: RANDOM_LOG, ...times }, entry)).toBe(expected)
  })

  it('never crosses into another log', () => {
    for (const log of OTHER_LOGS) expect(selects({ log }, entry)).toBe(false)
  })
})

it('comparePlaces orders by time and, at one time, by seq', () => {
  const places = [
    { recorded_at: 2, seq: 1 },
    { recorded_at: 1, seq: 10 },
    { recorded_at: 1, seq: 9 },
  ]
  expect(places.toSorted(comparePlaces)).toEqual(places.toReversed())
  expect(comparePlaces(places[0]!, { ...places[0]! })).toBe(0)
})
