import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../entry/entry.js'
import { canonicalJson, isArray } from './canonical.js'

/** RFC 8785 as one reads it, with no short cuts. */
function naiveCanonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isArray(value)) return `[${value.map(naiveCanonicalJson).join(',')}]`
  const members = Object.keys(value).sort()
  return `{${members.map((key) => `${JSON.stringify(key)}:${naiveCanonicalJson(value[key]!)}`).join(',')}}`
}

const anyKey = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toJSON',
    '1',
    '10',
    '9',
    '-1',
    '01',
    '4294967295',
    'a',
    'A',
    '',
  ),
)
const anyJson = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
    ),
    fc.constantFrom<Json>(null, true, false, -0, 1e21, 5e-324, '\u2028', '\\ud800', '\u007f'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(anyKey, tie('value')), { maxLength: 5 })
      .map((members): JsonObject => Object.fromEntries(members)),
  ),
})).value

describe('canonicalJson', () => {
  it.each([
    ['arrays', '[56,{"d":true,"10":null,"1":[ ]}]', '[56,{"1":[],"10":null,"d":true}]'],
    [
      'french',
      '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
      '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
    ],
    [
      'structures',
      '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{}],"A":{}}',
      '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}',
    ],
    ['unicode', '{"Unnormalized Unicode":"A\\u030a"}', '{"Unnormalized Unicode":"A\u030a"}'],
    [
      'values',
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ],
    [
      'weird',
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\u000a":"Newline","1":"One","\\u0080":"Control\\u007f","\\ud83d\\ude02":"Smiley","\\u00f6":"Latin","\\ufb33":"Hebrew","</script>":"Browser Challenge"}',
      '{"\\n":"Newline","\\r":"Carriage Return","1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","ö":"Latin","€":"Euro Sign","😂":"Smiley","\ufb33":"Hebrew"}',
    ],
  ])('writes the vector %s of RFC 8785', (_name, input, output) => {
    expect(canonicalJson(JSON.parse(input))).toBe(output)
  })

  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [-5e-324, '-5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e23, '1e+23'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    [333333333.3333332, '333333333.3333332'],
  ])('writes the number %d as ECMAScript does', (number, output) => {
    expect(canonicalJson(number)).toBe(output)
  })

  it('agrees with RFC 8785 read literally, keys in any order', () => {
    const property = fc.property(anyJson, (value) => {
      expect(canonicalJson(value)).toBe(naiveCanonicalJson(value))
    })
    fc.assert(property, { numRuns: 3_000 })
  })

  it('is a fixed point: parsing it and writing it again changes nothing', () => {
    const property = fc.property(anyJson, (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(JSON.parse(text))).toBe(text)
    })
    fc.assert(property, { numRuns: 3_000 })
  })

  it('does not depend on the order in which keys were set', () => {
    const members = fc.uniqueArray(fc.tuple(anyKey, fc.integer()), { selector: ([key]) => key })
    const property = fc.property(members, (pairs) => {
      expect(canonicalJson(Object.fromEntries(pairs))).toBe(
        canonicalJson(Object.fromEntries(pairs.toReversed())),
      )
    })
    fc.assert(property)
  })

  it.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [undefined],
    [1n],
    ['\ud800'],
    ['\\\udc00'],
    [{ '\udead': 1 }],
  ])('refuses %s, which JSON cannot hold unaltered, at any depth', (value) => {
    expect(() => canonicalJson(value as Json)).toThrow(TypeError)
    expect(() => canonicalJson([{ b: value as Json }])).toThrow(TypeError)
    expect(() => canonicalJson({ b: 1, a: value as Json })).toThrow(TypeError)
  })

  it('takes a text that only looks like the escape of a lone surrogate', () => {
    expect(canonicalJson('\\ud800')).toBe('"\\\\ud800"')
    expect(canonicalJson('\\\\ud800')).toBe('"\\\\\\\\ud800"')
  })

  it('treats the key __proto__ as data', () => {
    const value = JSON.parse('{"b":1,"__proto__":{"polluted":true},"a":{"__proto__":1}}')
    expect(canonicalJson(value)).toBe('{"__proto__":{"polluted":true},"a":{"__proto__":1},"b":1}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
