import { type Filter, LIST_FIELDS, STRING_FIELDS } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { compileFilter } from './compile-filter.js'
import { Parameters } from './parameters.js'

const SECRET = "x' OR 1=1 --"

function compile(filter: Filter): { readonly sql: string; readonly values: readonly unknown[] } {
  const parameters = new Parameters()
  const sql = compileFilter(filter, parameters)
  return { sql, values: Object.values(parameters.values) }
}

const FILTERS: readonly Filter[] = [
  ...STRING_FIELDS.flatMap((field): Filter[] => [
    { op: 'equals', field, values: [SECRET, `${SECRET}2`] },
    { op: 'prefix', field, prefix: SECRET },
    { op: 'contains', field, needle: SECRET },
  ]),
  ...LIST_FIELDS.map((field): Filter => ({ op: 'equals', field, values: [SECRET] })),
  { op: 'metadata_equals', path: `/${SECRET}`, values: [SECRET] },
  { op: 'metadata_present', path: `/${SECRET}` },
  { op: 'text', needle: SECRET },
]

describe('compileFilter', () => {
  it.each(FILTERS)('keeps the value out of the SQL of $op on $field', (filter) => {
    const { sql } = compile(filter)
    expect(sql).not.toContain('1=1')
    expect(sql.replaceAll("!= ''", '')).not.toMatch(/['"`\\]/)
  })

  it('uses one placeholder for a value that comes twice', () => {
    const both: Filter = {
      op: 'and',
      filters: [
        { op: 'text', needle: 'a' },
        { op: 'text', needle: 'A' },
      ],
    }
    expect(compile(both).values).toEqual(['%a%'])
  })

  it('takes wildcards in a needle as they are written', () => {
    expect(compile({ op: 'text', needle: '100%_\\' }).values).toEqual(['%100\\%\\_\\\\%'])
  })
})
