import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../entry/entry.js'
import { canonicalJson } from '../json/canonical.js'
import { applyPatch } from './apply-patch.js'
import { longestCommonSubsequence } from './common-subsequence.js'
import { ARRAY_CELLS_MAX, diffJson, PATCH_LENGTH_MAX } from './diff.js'

const key = fc.constantFrom('a', 'b', 'a/b', 'm~n', '~1', '', '__proto__', 'constructor', '0', '-', 'é')
// Few distinct values, so that equal ones meet often.
const anyJson = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>(null, true, 0, 1, '', '1', 'a', 'true'),
    fc.array(tie('value'), { maxLength: 6 }),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 4 })
      .map((members): JsonObject => Object.fromEntries(members)),
  ),
})).value

describe('diffJson', () => {
  it.each<[string, Json, Json, Json]>([
    ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ['-0, which is 0', [0], [-0], []],
    ['a changed field', { a: 1 }, { a: 2 }, [{ op: 'replace', path: '/a', value: 2 }]],
    ['a field more', {}, { a: null }, [{ op: 'add', path: '/a', value: null }]],
    ['a field less', { a: null }, {}, [{ op: 'remove', path: '/a' }]],
    ['a field named constructor', {}, { constructor: 1 }, [{ op: 'add', path: '/constructor', value: 1 }]],
    ['the whole', { a: 1 }, [1], [{ op: 'replace', path: '', value: [1] }]],
    ['null for an object', null, { a: 1 }, [{ op: 'replace', path: '', value: { a: 1 } }]],
    [
      'keys with ~ and /',
      { 'm~n': 1 },
      { 'm~n': 2, 'a/b': 3 },
      [
        { op: 'replace', path: '/m~0n', value: 2 },
        { op: 'add', path: '/a~1b', value: 3 },
      ],
    ],
    ['an element in the middle', ['a', 'c'], ['a', 'b', 'c'], [{ op: 'add', path: '/1', value: 'b' }]],
    ['an element less', ['a', 'b', 'c'], ['a', 'c'], [{ op: 'remove', path: '/1' }]],
    [
      'a field of an element',
      [{ id: 1, n: 1 }, { id: 2 }],
      [{ id: 1, n: 2 }, { id: 2 }],
      [{ op: 'replace', path: '/0/n', value: 2 }],
    ],
    [
      'two runs of an array',
      ['x', 'a', 'y', 'b'],
      ['a', 'b', 'z'],
      [
        { op: 'remove', path: '/0' },
        { op: 'remove', path: '/1' },
        { op: 'add', path: '/2', value: 'z' },
      ],
    ],
  ])('says what changed: %s', (_what, before, after, patch) => {
    expect(diffJson(before, after)).toEqual(patch)
  })

  it('makes a patch that makes the one value out of the other', () => {
    const property = fc.property(anyJson, anyJson, (before, after) => {
      const copy = canonicalJson(before)
      expect(canonicalJson(applyPatch(before, diffJson(before, after)))).toBe(canonicalJson(after))
      expect(canonicalJson(before)).toBe(copy)
    })
    fc.assert(property, { numRuns: 10_000 })
  })

  it('makes an empty patch exactly when the values are equal', () => {
    const property = fc.property(anyJson, anyJson, (before, after) => {
      expect(diffJson(before, JSON.parse(canonicalJson(before)))).toEqual([])
      expect(diffJson(before, after).length === 0).toBe(canonicalJson(before) === canonicalJson(after))
    })
    fc.assert(property, { numRuns: 3_000 })
  })

  it('writes its operations with keys in canonical order', () => {
    const patch = diffJson({ a: 1, b: [1], c: 0 }, { a: 2, b: [], d: 1 })
    expect(JSON.stringify(patch)).toBe(canonicalJson(patch as unknown as Json))
  })

  it('treats the key __proto__ as data', () => {
    const before: Json = JSON.parse('{"__proto__":{"polluted":1}}')
    const after: Json = JSON.parse('{"__proto__":{"polluted":2},"a":{"__proto__":3}}')
    const result = applyPatch(before, diffJson(before, after))
    expect(canonicalJson(result)).toBe(canonicalJson(after))
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('replaces arrays whole when comparing them would cost more than its allowance', () => {
    const side = Math.sqrt(ARRAY_CELLS_MAX)
    const numbers = (length: number, from: number) => Array.from({ length }, (_, index) => index + from)
    expect(diffJson(numbers(side, 0), numbers(side, 1_000))).toHaveLength(side)
    const after = numbers(side + 1, 1_000)
    expect(diffJson(numbers(side, 0), after)).toEqual([{ op: 'replace', path: '', value: after }])
    const twice = diffJson({ a: numbers(side, 0), b: [1] }, { a: numbers(side, 1_000), b: [2] })
    expect(twice.at(-1)).toEqual({ op: 'replace', path: '/b', value: [2] })
  })

  it('replaces everything when the patch would be out of proportion', () => {
    const key = 'k'.repeat(100_000)
    const wide = (value: number) =>
      Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, value]))
    const after = { [key]: wide(2), other: 1 }
    expect(diffJson({ [key]: wide(1), other: 1 }, after)).toEqual([{ op: 'replace', path: '', value: after }])
    const gone = (length: number) =>
      diffJson(
        Array.from({ length }, () => 0),
        [],
      ).length
    const most = Math.floor(PATCH_LENGTH_MAX / 36)
    expect([gone(most), gone(most + 1)]).toEqual([most, 1])
  })

  it('finds one change in a long array however long it is', () => {
    const before = Array.from({ length: 20_000 }, (_, index) => ({ index, tags: ['a', 'b'] }))
    const after = before.with(10_000, { index: -1, tags: ['a', 'b'] })
    expect(diffJson(before, after)).toEqual([{ op: 'replace', path: '/10000/index', value: -1 }])
  })

  it('takes time in proportion to the size where arrays nest deeply and differ at the bottom', () => {
    const nest = (leaf: Json) => {
      let value: Json = [leaf, Array.from({ length: 100_000 }, (_, index) => index)]
      for (let depth = 0; depth < 30; depth++) value = [value, depth, depth]
      return value
    }
    const start = performance.now()
    expect(diffJson(nest('a'), nest('b'))).toHaveLength(1)
    expect(performance.now() - start).toBeLessThan(600)
  })
})

describe('longestCommonSubsequence', () => {
  it.each([
    [
      [1, 2, 3, 4],
      [2, 4],
      [
        [1, 0],
        [3, 1],
      ],
    ],
    [[1, 2], [3, 4], []],
    [[], [1], []],
    [
      [1, 2, 3],
      [3, 1, 2],
      [
        [0, 1],
        [1, 2],
      ],
    ],
  ])('pairs what %j and %j share', (before, after, pairs) => {
    const matches = longestCommonSubsequence(before, after)
    expect(matches.map((match) => [match.before, match.after])).toEqual(pairs)
  })
})

describe('applyPatch', () => {
  it.each<[string, Json, string, 'add' | 'remove' | 'replace']>([
    ['a missing key', {}, '/a', 'replace'],
    ['a missing key', {}, '/a', 'remove'],
    ['a path through a scalar', { a: 1 }, '/a/b', 'add'],
    ['an index behind the end', [1], '/2', 'add'],
    ['the index at the end', [1], '/1', 'replace'],
    ['an index with a leading zero', [1, 2], '/01', 'replace'],
    ['an index that is no number', [1], '/x', 'add'],
    ['what every object inherits', {}, '/constructor/name', 'replace'],
  ])('throws a RangeError for %s', (_what, document, path, op) => {
    expect(() => applyPatch(document, [op === 'remove' ? { op, path } : { op, path, value: 1 }])).toThrow(
      RangeError,
    )
  })

  it('throws a RangeError for removing everything', () => {
    expect(() => applyPatch({}, [{ op: 'remove', path: '' }])).toThrow(RangeError)
  })

  it('appends at the index - and at the length', () => {
    expect(
      applyPatch(
        [1],
        [
          { op: 'add', path: '/-', value: 2 },
          { op: 'add', path: '/2', value: 3 },
        ],
      ),
    ).toEqual([1, 2, 3])
  })
})
