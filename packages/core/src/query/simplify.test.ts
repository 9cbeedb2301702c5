import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from './match.js'
import type { Filter } from './query.js'
import { EVERYTHING, NOTHING, simplify } from './simplify.js'
import { randomEntries, randomFilter, seededRandom } from './testing/random-query.js'

const A: Filter = { op: 'present', field: 'actor.id' }
const B: Filter = { op: 'text', needle: 'b' }
const C: Filter = { op: 'text', needle: 'c' }
const not = (filter: Filter): Filter => ({ op: 'not', filter })
const and = (...filters: readonly Filter[]): Filter => ({ op: 'and', filters })
const or = (...filters: readonly Filter[]): Filter => ({ op: 'or', filters })

describe('simplify', () => {
  it.each<[string, Filter, Filter]>([
    ['a single part', and(or(A)), A],
    ['and within and', and(A, and(B, C)), and(A, B, C)],
    ['or within or', or(or(A, B), C), or(A, B, C)],
    ['or within and', and(A, or(B, C)), and(A, or(B, C))],
    ['a double negation', not(and(not(A))), A],
    ['a condition that always holds', and(A, and()), A],
    ['a condition that never holds', and(A, or()), NOTHING],
    ['an alternative that always holds', or(A, not(or())), EVERYTHING],
    ['an alternative without values', or(A, { op: 'equals', field: 'id', values: [] }), A],
    [
      'a value twice',
      { op: 'equals', field: 'id', values: ['a', 'b', 'a'] },
      { op: 'equals', field: 'id', values: ['a', 'b'] },
    ],
  ])('resolves %s', (_what, filter, simple) => expect(simplify(filter)).toEqual(simple))

  it('keeps what every filter finds, and has nothing left to do', () => {
    const entries = randomEntries(seededRandom(9), 40)
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const filter = randomFilter(seededRandom(seed), entries, 5)
        const simple = simplify(filter)
        for (const entry of entries) expect(matches(simple, entry)).toBe(matches(filter, entry))
        expect(simplify(simple)).toEqual(simple)
      }),
    )
  })
})
