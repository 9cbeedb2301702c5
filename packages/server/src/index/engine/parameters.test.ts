import { describe, expect, it } from 'vitest'
import { ParameterError, quoteLiteral, substituteParameters } from './parameters.js'

function substitute(sql: string, values: Readonly<Record<string, string>>): string {
  return substituteParameters(sql, new Map(Object.entries(values)))
}

describe('substituteParameters', () => {
  it.each([
    ['text', 'x', "'x'"],
    ['a quote', "O\\'Brien", "'O\\'Brien'"],
    ['a backslash', 'a\\\\', "'a\\\\'"],
    ['a tab and a line', 'a\\tb\\n', "'a\tb\n'"],
    ['what would end the literal', "\\'; DROP TABLE t --", "'\\'; DROP TABLE t --'"],
    ['what looks like a placeholder', '{q:String}', "'{q:String}'"],
    ['what looks like a replacement pattern', "$& $1 $` $\\'", "'$& $1 $` $\\''"],
  ])('writes %s as a literal', (_what, value, literal) => {
    expect(substitute('SELECT {p:String}', { p: value, q: 'other' })).toBe(`SELECT ${literal}`)
  })

  it('leaves quoted text and comments alone', () => {
    const sql = `SELECT '{p:String}', "{p:String}", \`{p:String}\` -- {p:String}\n/* {p:String} */`
    expect(substitute(sql, { p: 'x' })).toBe(sql)
  })

  it('writes integers as they are', () => {
    expect(substitute('LIMIT {n:Int64}', { n: '-50' })).toBe('LIMIT -50')
  })

  it.each([
    ['no value', 'SELECT {p:String}', {}],
    ['an integer that is none', 'SELECT {p:Int64}', { p: '1 OR 1' }],
    ['an unknown type', 'SELECT {p:Array(String)}', { p: "['x']" }],
    ['an unknown escape', 'SELECT {p:String}', { p: '\\x41' }],
    ['an escape without a letter', 'SELECT {p:String}', { p: '\\' }],
  ])('refuses %s', (_what, sql, values) => {
    expect(() => substitute(sql, values)).toThrow(ParameterError)
  })
})

it('quoteLiteral escapes NUL, which would end the statement', () => {
  expect(quoteLiteral('a\u0000b')).toBe("'a\\0b'")
})
