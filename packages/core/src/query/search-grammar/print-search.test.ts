import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { microsecondsOf } from '../../entry/time.js'
import { checkFilter } from '../check-query.js'
import type { Filter } from '../query.js'
import { simplify } from '../simplify.js'
import { randomEntries, randomFilter, seededRandom } from '../testing/random-query.js'
import { parseSearch, type SearchSelection } from './parse-search.js'
import { printSearch } from './print-search.js'

const NOW = microsecondsOf('2026-11-21T02:00:00.000000Z')
const ENTRIES = randomEntries(seededRandom(11), 60)

describe('printSearch', () => {
  it('is read back as the same simplified filter and the same times', () => {
    const times = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
    const bounds = fc.tuple(fc.option(times), fc.option(times), fc.constantFrom(1, 1_000_000, 86_400_000_000))
    fc.assert(
      fc.property(fc.integer(), bounds, (seed, [a, b, unit]) => {
        const filter = randomFilter(seededRandom(seed), ENTRIES, 4)
        const [from, to] = inOrder(a, b, unit)
        const selection: SearchSelection = {
          ...(from !== null && { from }),
          ...(to !== null && { to }),
          filter,
        }
        const text = printSearch(selection)
        const simple = simplify(filter)
        const isEverything = simple.op === 'and' && simple.filters.length === 0
        const { filter: _, ...range } = selection
        const expected = { ...range, ...(isEverything ? {} : { filter: simple }) }
        expect(parseSearch(text, NOW), text).toEqual({ ok: true, selection: expected })
      }),
      { numRuns: 3_000 },
    )
  })

  it('says what a person typed as they might type it', () => {
    for (const text of [
      'action:order',
      'action:order.*',
      'action:=order',
      'actor:ada@example.com,bob -ip:10.0.0.0/8 severity:>=warning "bar baz"',
      'actor:"Ada Lovelace"',
      'actor:ada*',
      'resource:order:ord_1',
      'ua:Firefox',
      'country:"United States"',
      'meta.order.total:42 meta./a~1b:x meta."/a b":y',
      '(foo bar) OR -(a OR b)',
      'actor.id:a (actor.id:b)',
      'has:error -has:meta.order.id',
      'created:2014-07-01..2014-07-31 (a OR b)',
      'created:>=2014-07-08T10:00:00Z foo',
      'created:<=2014-07-08T10:00:00.000005Z',
      'actor.id:"" actor.name:*"da Lo"* outcome:denied',
    ]) {
      const parsed = parseSearch(text, NOW)
      expect(parsed.ok && printSearch(parsed.selection)).toBe(text)
    }
  })

  it.each<[string, Filter, string]>([
    ['what holds always', { op: 'and', filters: [] }, ''],
    ['what holds never', { op: 'or', filters: [] }, '-has:id'],
    [
      'a level that does not exist',
      { op: 'equals', field: 'severity', values: ['fatal'] },
      'severity:=fatal',
    ],
  ])('has words for %s', (_what, filter, text) => expect(printSearch({ filter })).toBe(text))

  it('prints the deepest filter that is allowed so that it can be read', () => {
    let filter: Filter = { op: 'equals', field: 'actor.id', values: ['a'] }
    for (let depth = 1; depth < 16; depth += 3) {
      const other: Filter = { op: 'equals', field: 'actor.id', values: [`${depth}`] }
      filter = { op: 'not', filter: { op: 'and', filters: [other, { op: 'or', filters: [filter, other] }] } }
    }
    expect(checkFilter(filter)).toEqual([])
    expect(parseSearch(printSearch({ filter }), NOW)).toEqual({ ok: true, selection: { filter } })
  })
})

/** Bounds in order, on a multiple of the unit at the start and just before one at the end. */
function inOrder(a: number | null, b: number | null, unit: number): readonly [number | null, number | null] {
  const low = a !== null && b !== null ? Math.min(a, b) : a
  const high = a !== null && b !== null ? Math.max(a, b) : b
  const from = low === null ? null : Math.ceil(low / unit) * unit + 0
  const to = high === null ? null : Math.floor(high / unit) * unit + unit - 1
  const isSafe = (us: number | null) => us === null || Number.isSafeInteger(us)
  return isSafe(from) && isSafe(to) && (from ?? 0) <= (to ?? Number.MAX_SAFE_INTEGER)
    ? [from, to]
    : [null, null]
}
