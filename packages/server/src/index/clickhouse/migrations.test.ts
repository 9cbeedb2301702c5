import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Layout, Tables } from './layout.js'
import { everyStatement } from './migrations.js'

const FIXTURES = new URL('../../../src/index/clickhouse/fixtures/', import.meta.url)

describe('the tables, from one source', () => {
  // A cluster cannot be run in these tests: what it is sent was read by people, and stays what they read.
  it.each([
    ['embedded', { kind: 'embedded' }],
    ['server', { kind: 'server' }],
    ['cluster', { kind: 'cluster', cluster: 'audit' }],
  ] as const satisfies readonly (readonly [string, Layout])[])(
    'of %s are what was reviewed',
    (name, layout) => {
      const file = new URL(`${name}.sql`, FIXTURES)
      const statements = `${everyStatement(new Tables('counterfoil', layout)).join(';\n\n')};\n`
      if (process.env.UPDATE_FIXTURES === '1') writeFileSync(file, statements)
      expect(statements).toBe(readFileSync(file, 'utf8'))
    },
  )
})
