import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entry } from '../entry/entry.js'
import { fieldText, foldCase, ipBytes, ipRange, listTexts, metadataScalars, searchText } from './fields.js'
import { STRING_FIELDS } from './query.js'

function anEntry(parts: Partial<Entry> = {}): Entry {
  return {
    id: '0190b7c2-7d1e-7f00-8000-000000000001',
    organization_id: '0190b7c2-7d1e-7f00-8000-00000000000a',
    mode: 'live',
    seq: 0,
    recorded_at: '2026-11-21T02:00:00.123456Z',
    action: 'order.created',
    category: 'operation',
    severity: 'info',
    outcome: 'success',
    ...parts,
  }
}

describe('fieldText', () => {
  it('reads the member that each field is named for', () => {
    const entry = anEntry({
      error_code: 'error_code',
      actor: { type: 'user', id: 'actor.id', label: 'actor.label', name: 'actor.name', email: 'actor.email' },
      resource: { type: 'resource.type', id: 'resource.id', label: 'resource.label' },
      context: {
        ip_address: 'ip_address',
        user_agent: 'user_agent',
        session_id: 'session_id',
        request_id: 'request_id',
        correlation_id: 'correlation_id',
        region: 'region',
        location: 'location',
      },
      source: { name: 'source.name' },
      workspace: { id: 'workspace.id', name: 'workspace.name' },
      operation: { type: 'query', name: 'operation.name' },
    })
    const expected: Readonly<Record<string, string>> = {
      id: entry.id,
      action: entry.action,
      category: entry.category,
      severity: entry.severity,
      outcome: entry.outcome,
      'actor.type': 'user',
      'operation.type': 'query',
    }
    for (const field of STRING_FIELDS) expect(fieldText(entry, field)).toBe(expected[field] ?? field)
  })

  it('is empty for every optional field that the entry lacks', () => {
    const always = ['id', 'action', 'category', 'severity', 'outcome']
    for (const field of STRING_FIELDS)
      if (!always.includes(field)) expect(fieldText(anEntry(), field)).toBe('')
  })
})

describe('listTexts', () => {
  it('reads resource and targets, and skips what is missing or empty', () => {
    const entry = anEntry({
      resource: { type: 'order', id: 'o1' },
      targets: [{ type: 'user' }, { type: '', id: '' }, { type: 'user', id: 'u1' }],
    })
    expect(listTexts(entry, 'target.id')).toEqual(['o1', 'u1'])
    expect(listTexts(entry, 'target.type')).toEqual(['order', 'user', 'user'])
    expect(listTexts(anEntry(), 'target.id')).toEqual([])
  })

  it('walks the chain of actors without the acting one', () => {
    const last = { type: 'user', id: 'u3' } as const
    const nameless = { type: 'service', on_behalf_of: last } as const
    const actor = {
      type: 'api_key',
      id: 'k1',
      on_behalf_of: { type: 'user', id: 'u2', on_behalf_of: nameless },
    } as const
    expect(listTexts(anEntry({ actor }), 'on_behalf_of.id')).toEqual(['u2', 'u3'])
  })
})

it('metadataScalars gives every scalar with its pointer and canonical text', () => {
  const metadata = {
    'a/b': { 'm~n': 'x' },
    list: [1, { deep: true }, null, -0, 1e21],
    '': '',
    none: {},
    empty: [],
  }
  expect(metadataScalars(anEntry({ metadata }))).toEqual([
    ['/a~1b/m~0n', 'x'],
    ['/list/0', '1'],
    ['/list/1/deep', 'true'],
    ['/list/2', 'null'],
    ['/list/3', '0'],
    ['/list/4', '1e+21'],
    ['/', ''],
  ])
  expect(metadataScalars(anEntry())).toEqual([])
})

describe('foldCase', () => {
  it.each([
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδος', 'οδοσ'],
    ['İ', 'i\u0307'],
    ['STRASSE', 'strasse'],
    ['Straße', 'straße'],
    ['𐐀', '𐐨'],
  ])('folds %s to %s', (text, folded) => expect(foldCase(text)).toBe(folded))

  it('of a whole is the folds of its parts, so that a needle is found wherever it was cut out', () => {
    const point = fc.oneof(
      fc.constantFrom(...Array.from('ΣςσİIßa .\u0301😀')),
      fc.integer({ min: 1, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
      fc.integer({ min: 0xe000, max: 0x1ffff }).map((code) => String.fromCodePoint(code)),
    )
    const either = fc.array(point).map((points) => points.join(''))
    fc.assert(
      fc.property(either, either, (a, b) => foldCase(a + b) === foldCase(a) + foldCase(b)),
      { numRuns: 2_000 },
    )
  })
})

describe('searchText', () => {
  it('holds each value of the content once, folded, and nothing that is not a value', () => {
    const entry = anEntry({
      actor: { type: 'user', id: 'U1', name: 'Ada', on_behalf_of: { type: 'user', id: 'u2' } },
      resource: { type: 'order', id: 'o1', label: 'Ada' },
      targets: [{ type: 'invoice' }],
      description: 'Paid',
      error_code: 'E1',
      context: { ip_address: '::1', region: 'eu' },
      source: { name: 'web', seq: 7 },
      workspace: { id: 'w1' },
      operation: { type: 'mutation', name: 'Pay', text: 'mutation { pay }', variables: { sum: 12 } },
      before: { paid: false, note: null },
      after: { paid: true, sum: 12 },
      diff: [{ op: 'replace', path: '/paid', value: 'only in the diff' }],
      metadata: { key: ['deep', 1.5] },
      occurred_at: '2020-01-01T00:00:00Z',
    })
    expect(searchText(entry).split('\u0000')).toEqual([
      entry.id,
      'order.created',
      'operation',
      'user',
      'u1',
      'ada',
      'u2',
      'order',
      'o1',
      'invoice',
      'paid',
      'e1',
      '::1',
      'eu',
      'web',
      '7',
      'w1',
      'pay',
      'mutation { pay }',
      '12',
      'deep',
      '1.5',
    ])
  })

  it('drops repeats in entries of very many values, and stays fast', () => {
    const many = Array.from({ length: 40_000 }, (_, i) => `v${i % 20_000}`)
    const started = performance.now()
    const values = searchText(anEntry({ metadata: { many } })).split('\u0000')
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(values.length).toBe(20_000 + 3)
    expect(new Set(values).size).toBe(values.length)
  })
})

describe('ipRange', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
    ['192.168.1.128/25', '192.168.1.128', '192.168.1.255'],
    ['10.0.0.1/32', '::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8::/33', '2001:db8::', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'],
    ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
  ])('of %s runs from %s to %s', (block, first, last) => {
    expect(ipRange(block)).toEqual({ first: ipBytes(first), last: ipBytes(last) })
  })

  it.each(['', '10.0.0.0', '10.0.0.1/8', '10.0.0.0/33', 'x/8'])('refuses %j', (block) => {
    expect(ipRange(block)).toBeUndefined()
  })
})
