import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TEST_LOG } from '../testing/test-index.js'
import { beforeCondition, deleteWhere, dropMonth, placesCondition } from './change-rows.js'
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
      const tables = new Tables('counterfoil', layout)
      const changes = [
        deleteWhere(tables, placesCondition(TEST_LOG, [{ recorded_at: 7, seq: 3 }])),
        deleteWhere(tables, beforeCondition(TEST_LOG, 256)),
        dropMonth(tables, '202611'),
      ]
      const statements = `${[...everyStatement(tables), ...changes].join(';\n\n')};\n`
      if (process.env.UPDATE_FIXTURES === '1') writeFileSync(file, statements)
      expect(statements).toBe(readFileSync(file, 'utf8'))
    },
  )
})
