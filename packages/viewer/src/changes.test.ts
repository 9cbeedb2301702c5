import { describe, expect, it } from 'vitest'
import { changesBetween } from './changes.js'

describe('changes between two states', () => {
  it.each([
    ['nothing, of the same', { a: 1 }, { a: 1 }, []],
    ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, ['b: 2 → 3']],
    ['what came and what went', { a: 1 }, { b: null }, ['a: 1 → ', 'b:  → null']],
    ['a value deep inside', { a: { b: [{ c: 'x' }] } }, { a: { b: [{ c: 'y' }] } }, ['a.b.0.c: "x" → "y"']],
    ['lists of different lengths as a whole', { a: [1, 2] }, { a: [2] }, ['a: [1,2] → [2]']],
    ['a list that became an object', { a: [] }, { a: {} }, ['a: [] → {}']],
    ['what objects inherit is none of theirs', {}, { constructor: 1 }, ['constructor:  → 1']],
    ['one whole value for another', 1, 'x', [': 1 → "x"']],
  ])('show %s', (_what, before, after, expected) => {
    const shown = changesBetween(before, after).map(
      (change) =>
        `${change.path.join('.')}: ${JSON.stringify(change.before) ?? ''} → ${JSON.stringify(change.after) ?? ''}`,
    )
    expect(shown).toEqual(expected)
  })

  it('are bounded', () => {
    const before = Object.fromEntries(Array.from({ length: 2_000 }, (_, place) => [`f${place}`, 0]))
    const after = Object.fromEntries(Array.from({ length: 2_000 }, (_, place) => [`f${place}`, 1]))
    expect(changesBetween(before, after)).toHaveLength(500)
  })
})
