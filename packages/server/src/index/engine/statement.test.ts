import { describe, expect, it } from 'vitest'
import { parseStatement, StatementError } from './statement.js'

const ROWS = Buffer.from('1\n')

function parse(search: Readonly<Record<string, string>>, body = Buffer.alloc(0)) {
  return parseStatement(new URLSearchParams(search), body)
}

describe('parseStatement', () => {
  it('reads a query from the body, its parameters and its settings', () => {
    const search = { param_p: 'x', max_threads: '1', query_id: 'q', default_format: 'JSON' }
    expect(parse(search, Buffer.from('SELECT 1'))).toEqual({
      kind: 'query',
      sql: "SELECT 1\nSETTINGS max_threads='1'",
      format: 'JSON',
      parameters: new Map([['p', 'x']]),
    })
  })

  it('reads rows after an insert', () => {
    const search = {
      query: 'INSERT INTO db.t (a, b) FORMAT TabSeparated\n',
      insert_deduplication_token: '1-2',
    }
    expect(parse(search, ROWS)).toEqual({
      kind: 'insert',
      table: 'db.t',
      columns: ['a', 'b'],
      format: 'TabSeparated',
      settings: { insert_deduplication_token: '1-2' },
      values: ROWS,
    })
  })

  it.each([
    ['rows after something else', { query: 'SELECT 1' }, ROWS],
    ['a setting that is no name', { 'max_threads=1,x': '1' }, undefined],
    ['a setting that ends its literal', { max_threads: "1'" }, undefined],
  ])('refuses %s', (_what, search, body) => {
    expect(() => parse(search as unknown as Record<string, string>, body)).toThrow(StatementError)
  })
})
