import { describe, expect, it } from 'vitest'
import { changedPart, diffLines, jsonLines } from './line-diff.js'

describe('a diff', () => {
  it('lays what changed side by side, and keeps what did not', () => {
    const before = jsonLines({ b: 1, a: 'x', list: [1] })
    const after = jsonLines({ a: 'y', b: 1, list: [1, 2] })
    expect(
      diffLines(before, after).map(({ kind, before: was, after: is }) => [kind, was?.trim(), is?.trim()]),
    ).toEqual([
      ['same', '{', '{'],
      ['changed', '"a": "x",', '"a": "y",'],
      ['same', '"b": 1,', '"b": 1,'],
      ['same', '"list": [', '"list": ['],
      ['changed', '1', '1,'],
      ['added', undefined, '2'],
      ['same', ']', ']'],
      ['same', '}', '}'],
    ])
  })

  it('gives back both texts, whatever they are', () => {
    const texts = [[], ['a'], ['a', 'b', 'a'], ['b', 'a', 'c'], ['c', 'c']]
    for (const before of texts)
      for (const after of texts) {
        const lines = diffLines(before, after)
        expect(lines.flatMap((line) => line.before ?? [])).toEqual(before)
        expect(lines.flatMap((line) => line.after ?? [])).toEqual(after)
      }
  })

  it('gives up on what would take too long, and still shows everything', () => {
    const many = Array.from({ length: 2_100 }, (_, i) => String(i))
    expect(diffLines(many, many.toReversed()).every(({ kind }) => kind === 'changed')).toBe(true)
  })

  it('finds the part of a line that changed', () => {
    expect(changedPart('"state": "open",', '"state": "paid",')).toEqual(['"state": "', 'open', '",'])
    expect(changedPart('aaa', 'aaaa')).toEqual(['aaa', '', ''])
  })

  it('keeps a key that is called __proto__', () => {
    expect(jsonLines(JSON.parse('{"__proto__":1}')).join('')).toContain('__proto__')
  })
})
