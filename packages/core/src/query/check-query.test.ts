import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkFilter, checkQuery } from './check-query.js'
import type { Filter, PageQuery } from './query.js'
import { RANDOM_LOG, randomEntries, randomPageQuery, seededRandom } from './testing/random-query.js'

const QUERY: PageQuery = { log: RANDOM_LOG, order: 'newest_first', limit: 50 }

function nested(depth: number): Filter {
  const inner: Filter = { op: 'present', field: 'id' }
  return Array.from({ length: depth - 1 }).reduce<Filter>((filter) => ({ op: 'not', filter }), inner)
}

function equals(...values: readonly string[]): Filter {
  return { op: 'equals', field: 'actor.id', values }
}

const thousand = equals(...Array.from({ length: 1_000 }, (_, i) => `${i}`))

describe('checkQuery', () => {
  it.each<[string, Partial<PageQuery>, string | undefined]>([
    ['the least limit', { limit: 1 }, undefined],
    ['no entries', { limit: 0 }, 'limit'],
    ['the highest limit', { limit: 1_000 }, undefined],
    ['one more', { limit: 1_001 }, 'limit'],
    ['half an entry', { limit: 1.5 }, 'limit'],
    ['one moment', { from: 5, to: 5 }, undefined],
    ['a range that ends before it starts', { from: 6, to: 5 }, 'from'],
    ['a time that is no whole number', { to: 0.5 }, 'to'],
    ['a place', { after: { recorded_at: 1, seq: 0 } }, undefined],
    ['a place before the first', { after: { recorded_at: 1, seq: -1 } }, 'after'],
    ['a filter', { filter: equals('') }, undefined],
    ['a filter out of bounds', { filter: { op: 'text', needle: '' } }, 'filter.needle'],
  ])('weighs %s', (_what, parts, param) => {
    const problems = checkQuery({ ...QUERY, ...parts })
    expect(problems.map((problem) => problem.param)).toEqual(param === undefined ? [] : [param])
  })
})

describe('checkFilter', () => {
  it.each<[string, Filter, string | undefined]>([
    ['the deepest nesting', nested(16), undefined],
    ['one deeper', nested(17), `filter${'.filter'.repeat(16)}`],
    ['nesting that would overflow a stack', nested(100_000), `filter${'.filter'.repeat(16)}`],
    ['the most values', thousand, undefined],
    ['one value more', { op: 'and', filters: [thousand, equals('x')] }, 'filter.filters.1'],
    ['terms without values', { op: 'or', filters: Array(1_001).fill(nested(1)) }, 'filter.filters.1000'],
    ['lists without values', { op: 'or', filters: Array(1_001).fill(equals()) }, 'filter.filters.1000'],
    ['the longest needle', { op: 'text', needle: 'x'.repeat(256) }, undefined],
    ['one character more', { op: 'text', needle: 'x'.repeat(257) }, 'filter.needle'],
    ['an empty prefix', { op: 'prefix', field: 'id', prefix: '' }, 'filter.prefix'],
    ['the longest prefix', { op: 'prefix', field: 'id', prefix: 'x'.repeat(256) }, undefined],
    ['one character more', { op: 'prefix', field: 'id', prefix: 'x'.repeat(257) }, 'filter.prefix'],
    ['the longest value', equals('x'.repeat(4_096)), undefined],
    ['one character more', equals('a', 'x'.repeat(4_097)), 'filter.values.1'],
    ['NUL', { op: 'contains', field: 'id', needle: 'a\u0000' }, 'filter.needle'],
    ['half a surrogate pair', equals('\ud83d'), 'filter.values.0'],
    ['a whole surrogate pair', equals('😀'), undefined],
    ['a block', { op: 'cidr', block: '2001:db8::/32' }, undefined],
    ['an address that is no block', { op: 'cidr', block: '10.0.0.1/8' }, 'filter.block'],
    ['a pointer', { op: 'metadata_present', path: '/a~1b/~0/0\n' }, undefined],
    ['the pointer to an empty key', { op: 'metadata_present', path: '/' }, undefined],
    ['the pointer to metadata itself', { op: 'metadata_present', path: '' }, 'filter.path'],
    ['a pointer with a stray tilde', { op: 'metadata_equals', path: '/a~2', values: [] }, 'filter.path'],
    ['dots for a pointer', { op: 'metadata_equals', path: 'a.b', values: [] }, 'filter.path'],
  ])('weighs %s', (_what, filter, param) => {
    expect(checkFilter(filter).map((problem) => problem.param)).toEqual(param === undefined ? [] : [param])
  })

  it('reports every problem at once', () => {
    const filter: Filter = {
      op: 'or',
      filters: [
        { op: 'text', needle: '' },
        { op: 'cidr', block: '' },
      ],
    }
    expect(checkFilter(filter)).toHaveLength(2)
  })
})

it('random queries are valid, as engines are promised', () => {
  const entries = randomEntries(seededRandom(2), 50)
  fc.assert(
    fc.property(
      fc.integer(),
      (seed) => checkQuery(randomPageQuery(seededRandom(seed), entries)).length === 0,
    ),
  )
})
