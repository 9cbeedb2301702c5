import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { microsecondsOf } from '../../entry/time.js'
import { checkFilter } from '../check-query.js'
import type { Filter } from '../query.js'
import { HOSTILE_TEXTS } from '../testing/random-query.js'
import { parseSearch, SEARCH_CHARS_MAX, type SearchSelection } from './parse-search.js'
import { SYNTAX_DEPTH_MAX } from './syntax.js'

const NOW = microsecondsOf('2026-11-21T02:00:00.000000Z')

function selectionOf(text: string): SearchSelection {
  const parsed = parseSearch(text, NOW)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problems.map(({ message }) => message).join(' ')}`)
  return parsed.selection
}

function filterOf(text: string): Filter | undefined {
  return selectionOf(text).filter
}

const word = (needle: string): Filter => ({ op: 'text', needle })
const not = (filter: Filter): Filter => ({ op: 'not', filter })
const and = (...filters: readonly Filter[]): Filter => ({ op: 'and', filters })
const or = (...filters: readonly Filter[]): Filter => ({ op: 'or', filters })
type EqualsField = (Filter & { op: 'equals' })['field']
const equals = (field: EqualsField, ...values: readonly string[]): Filter => ({ op: 'equals', field, values })

describe('words', () => {
  it.each<[string, Filter | undefined]>([
    ['', undefined],
    [' \t\n\u3000', undefined],
    ['foo', word('foo')],
    ['foo bar', and(word('foo'), word('bar'))],
    ['"foo bar"', word('foo bar')],
    ['"a \\"b\\" \\\\ C:\\temp"', word('a "b" \\ C:\\temp')],
    ['foo"bar baz"qux', word('foobar bazqux')],
    ['foo* *bar *baz*', and(word('foo'), word('bar'), word('baz'))],
    ['"foo*"', word('foo*')],
    ['a,b >=5 =x', and(word('a,b'), word('>=5'), word('=x'))],
    ['12:30 ::1 2001:db8::1', and(word('12:30'), word('::1'), word('2001:db8::1'))],
    ['"key:value"', word('key:value')],
    ['or not and', and(word('or'), word('not'), word('and'))],
    ['"OR"', word('OR')],
  ])('%j', (text, filter) => expect(filterOf(text)).toEqual(filter))
})

describe('AND, OR, NOT and parentheses', () => {
  const [a, b, c, d] = [word('a'), word('b'), word('c'), word('d')]
  it.each<[string, Filter]>([
    ['a AND b', and(a, b)],
    ['a b OR c d', or(and(a, b), and(c, d))],
    ['a (b OR c) d', and(a, or(b, c), d)],
    ['a(b OR c)d', and(a, or(b, c), d)],
    ['-a', not(a)],
    ['NOT a b', and(not(a), b)],
    ['-(a b)', not(and(a, b))],
    ['NOT (a OR -b)', not(or(a, not(b)))],
    ['NOT NOT a', a],
    ['--force', not(word('-force'))],
    ['well-known', word('well-known')],
    ['-"a b"', not(word('a b'))],
    ['((a))', a],
  ])('%j', (text, filter) => expect(filterOf(text)).toEqual(filter))
})

describe('keys', () => {
  it.each<[string, Filter]>([
    ['actor.id:u1', equals('actor.id', 'u1')],
    ['ACTOR.ID:u1', equals('actor.id', 'u1')],
    ['actor.id:"u 1"', equals('actor.id', 'u 1')],
    ['actor.id:""', equals('actor.id', '')],
    ['actor.id:a,"b,c",d', equals('actor.id', 'a', 'b,c', 'd')],
    ['actor.id:u*', { op: 'prefix', field: 'actor.id', prefix: 'u' }],
    ['actor.id:"u*"', equals('actor.id', 'u*')],
    ['actor.id:"u *"*', { op: 'prefix', field: 'actor.id', prefix: 'u *' }],
    ['actor.name:*ada*', { op: 'contains', field: 'actor.name', needle: 'ada' }],
    ['actor.id:*', { op: 'present', field: 'actor.id' }],
    ['actor.id:a,b*', or(equals('actor.id', 'a'), { op: 'prefix', field: 'actor.id', prefix: 'b' })],
    ['action:order', or(equals('action', 'order'), { op: 'prefix', field: 'action', prefix: 'order.' })],
    ['action:=order', equals('action', 'order')],
    ['action:order.*', { op: 'prefix', field: 'action', prefix: 'order.' }],
    ['severity:error,CRITICAL', equals('severity', 'error', 'critical')],
    ['severity:>=warning', { op: 'severity_at_least', severity: 'warning' }],
    ['severity:>warning', { op: 'severity_at_least', severity: 'error' }],
    ['severity:<warning', not({ op: 'severity_at_least', severity: 'warning' })],
    ['severity:<=warning', not({ op: 'severity_at_least', severity: 'error' })],
    ['outcome:denied', equals('outcome', 'denied')],
    ['error:E1', equals('error_code', 'E1')],
    ['target:x', or(equals('target.id', 'x'), equals('target.type', 'x'))],
    ['on_behalf_of:u1', equals('on_behalf_of.id', 'u1')],
    ['country:DE', or(equals('location', 'DE'), equals('region', 'DE'))],
    ['workspace:w', or(equals('workspace.id', 'w'), equals('workspace.name', 'w'))],
    ['operation:mutation', equals('operation.type', 'mutation')],
    ['op.name:Pay', equals('operation.name', 'Pay')],
    ['ua:Firefox', { op: 'contains', field: 'user_agent', needle: 'Firefox' }],
    ['ua:=Firefox', equals('user_agent', 'Firefox')],
    ['session:s request:r', and(equals('session_id', 's'), equals('request_id', 'r'))],
    ['correlation:c region:r', and(equals('correlation_id', 'c'), equals('region', 'r'))],
    ['source:web id:x', and(equals('source.name', 'web'), equals('id', 'x'))],
    ['has:error', { op: 'present', field: 'error_code' }],
    ['has:actor', { op: 'present', field: 'actor.type' }],
    [
      'has:session,request',
      or({ op: 'present', field: 'session_id' }, { op: 'present', field: 'request_id' }),
    ],
  ])('%j', (text, filter) => expect(filterOf(text)).toEqual(filter))

  it('actor looks into id, label, name and email', () => {
    const fields = ['actor.id', 'actor.label', 'actor.name', 'actor.email'] as const
    expect(filterOf('actor:ada')).toEqual(or(...fields.map((field) => equals(field, 'ada'))))
    expect(filterOf('user:ada')).toEqual(filterOf('actor:ada'))
  })

  it('resource reads type:id, and still finds an id that holds a colon', () => {
    const whole = ['resource.id', 'resource.label', 'resource.type'] as const
    expect(filterOf('resource:order')).toEqual(or(...whole.map((field) => equals(field, 'order'))))
    const split = and(equals('resource.type', 'order'), equals('resource.id', 'urn:1'))
    expect(filterOf('resource:order:urn:1')).toEqual(
      or(...whole.map((field) => equals(field, 'order:urn:1')), split),
    )
    const ofType = and(equals('resource.type', 'order'), { op: 'present', field: 'resource.id' })
    expect(filterOf('resource:order:*')).toMatchObject({
      op: 'or',
      filters: expect.arrayContaining([ofType]),
    })
  })

  it.each<[string, Filter]>([
    ['ip:10.0.0.0/8', { op: 'cidr', block: '10.0.0.0/8' }],
    ['ip:10.0.0.1', { op: 'cidr', block: '10.0.0.1/32' }],
    ['ip:2001:db8::1', { op: 'cidr', block: '2001:db8::1/128' }],
    ['ip:10.0.*', { op: 'cidr', block: '10.0.0.0/16' }],
    ['ip:10.0.0.*', { op: 'cidr', block: '10.0.0.0/24' }],
    ['ip:10.0*', { op: 'prefix', field: 'ip_address', prefix: '10.0' }],
    ['ip:"10.0."*', { op: 'prefix', field: 'ip_address', prefix: '10.0.' }],
    ['ip:=10.0.0.1', equals('ip_address', '10.0.0.1')],
    ['ip:*', { op: 'present', field: 'ip_address' }],
  ])('%j', (text, filter) => expect(filterOf(text)).toEqual(filter))

  it.each<[string, Filter]>([
    ['meta.order.total:42', { op: 'metadata_equals', path: '/order/total', values: ['42'] }],
    ['metadata.Order:42', { op: 'metadata_equals', path: '/Order', values: ['42'] }],
    ['meta.a/b~c.0:x', { op: 'metadata_equals', path: '/a~1b~0c/0', values: ['x'] }],
    ['meta./a~1b/0:x,y', { op: 'metadata_equals', path: '/a~1b/0', values: ['x', 'y'] }],
    ['meta."/a b:c":x', { op: 'metadata_equals', path: '/a b:c', values: ['x'] }],
    ['meta./:x', { op: 'metadata_equals', path: '/', values: ['x'] }],
    ['meta.a:*', { op: 'metadata_present', path: '/a' }],
    ['has:meta.a.b', { op: 'metadata_present', path: '/a/b' }],
    ['has:meta."/a b"', { op: 'metadata_present', path: '/a b' }],
  ])('%j', (text, filter) => expect(filterOf(text)).toEqual(filter))
})

describe('a repeated key', () => {
  it.each([
    ['widens when it is positive', 'actor.id:a actor.id:b', 'actor.id:a,b'],
    ['widens under another spelling', 'user:a actor:b', 'actor:a,b'],
    ['widens per metadata path', 'meta.x:1 meta./x:2 meta.y:3', 'meta.x:1,2 meta.y:3'],
    ['widens across other words', 'actor.id:a foo actor.id:b', 'actor.id:a,b foo'],
  ])('%s', (_how, text, same) => expect(filterOf(text)).toEqual(filterOf(same)))

  it.each<[string, string, Filter]>([
    [
      'is negated',
      '-actor.id:a -actor.id:b',
      and(not(equals('actor.id', 'a')), not(equals('actor.id', 'b'))),
    ],
    [
      'stands in parentheses',
      '(actor.id:a) (actor.id:b)',
      and(equals('actor.id', 'a'), equals('actor.id', 'b')),
    ],
    [
      'is a bound',
      'severity:>=notice severity:<error',
      and(
        { op: 'severity_at_least', severity: 'notice' },
        not({ op: 'severity_at_least', severity: 'error' }),
      ),
    ],
    [
      'is has',
      'has:error has:ip',
      and({ op: 'present', field: 'error_code' }, { op: 'present', field: 'ip_address' }),
    ],
  ])('narrows when it %s', (_when, text, filter) => expect(filterOf(text)).toEqual(filter))
})

describe('times', () => {
  it.each([
    ['created:2014-07-08', '2014-07-08T00:00:00.000000Z', '2014-07-08T23:59:59.999999Z'],
    ['created:2014-02', '2014-02-01T00:00:00.000000Z', '2014-02-28T23:59:59.999999Z'],
    ['created:2014-12', '2014-12-01T00:00:00.000000Z', '2014-12-31T23:59:59.999999Z'],
    ['created:2014', '2014-01-01T00:00:00.000000Z', '2014-12-31T23:59:59.999999Z'],
    ['created:2014-07-08+02:00', '2014-07-07T22:00:00.000000Z', '2014-07-08T21:59:59.999999Z'],
    ['created:2014-07-08T10', '2014-07-08T10:00:00.000000Z', '2014-07-08T10:59:59.999999Z'],
    ['created:2014-07-08T10:05-07:00', '2014-07-08T17:05:00.000000Z', '2014-07-08T17:05:59.999999Z'],
    ['created:2014-07-08T10:05:07Z', '2014-07-08T10:05:07.000000Z', '2014-07-08T10:05:07.999999Z'],
    ['created:2014-07-08T10:05:07.12Z', '2014-07-08T10:05:07.120000Z', '2014-07-08T10:05:07.129999Z'],
    ['created:2014-07-08T10:05:07.123456Z', '2014-07-08T10:05:07.123456Z', '2014-07-08T10:05:07.123456Z'],
    ['created:>=2014-07-08', '2014-07-08T00:00:00.000000Z', undefined],
    ['created:>2014-07-08', '2014-07-09T00:00:00.000000Z', undefined],
    ['created:<=2014-07-08', undefined, '2014-07-08T23:59:59.999999Z'],
    ['created:<2014-07-08T10:00:00Z', undefined, '2014-07-08T09:59:59.999999Z'],
    ['created:2014-07-01..2014-07-31', '2014-07-01T00:00:00.000000Z', '2014-07-31T23:59:59.999999Z'],
    ['created:*..2014', undefined, '2014-12-31T23:59:59.999999Z'],
    ['created:2014..*', '2014-01-01T00:00:00.000000Z', undefined],
    ['created:-7d', '2026-11-14T02:00:00.000000Z', undefined],
    ['created:-2d..-1d', '2026-11-19T02:00:00.000000Z', '2026-11-20T02:00:00.000000Z'],
    ['created:<-90m', undefined, '2026-11-21T00:29:59.999999Z'],
    ['created:today', '2026-11-21T00:00:00.000000Z', '2026-11-21T23:59:59.999999Z'],
    ['created:yesterday', '2026-11-20T00:00:00.000000Z', '2026-11-20T23:59:59.999999Z'],
    ['since:24h', '2026-11-20T02:00:00.000000Z', undefined],
    ['since:2w until:now', '2026-11-07T02:00:00.000000Z', '2026-11-21T02:00:00.000000Z'],
    ['since:2014-07-01 until:2014-07-31', '2014-07-01T00:00:00.000000Z', '2014-07-31T23:59:59.999999Z'],
    [
      'created:>=2014 created:<2016 created:<2015',
      '2014-01-01T00:00:00.000000Z',
      '2014-12-31T23:59:59.999999Z',
    ],
    ['(since:2014 (foo))', '2014-01-01T00:00:00.000000Z', undefined],
  ])('%s', (text, from, to) => {
    const { filter: _, ...times } = selectionOf(text)
    expect(times).toEqual({
      ...(from && { from: microsecondsOf(from) }),
      ...(to && { to: microsecondsOf(to) }),
    })
  })
})

describe('a problem', () => {
  it.each([
    ['actr:x', 'actr', 'actor'],
    ['foo sevrity:error', 'sevrity', 'severity'],
    ['http://x', 'http', 'quotes'],
    ['severity:eror', 'eror', '“error”'],
    ['severity:error,nope', 'nope', 'critical'],
    ['severity:>security', '>security', 'above'],
    ['operation:create', 'create', 'action:*create*'],
    ['actor.id:>5', '>5', 'severity'],
    ['ip:300.1.1.1', '300.1.1.1', 'address'],
    ['ip:10.0.0.1/8', '10.0.0.1/8', 'block'],
    ['meta:x', 'meta', 'meta.order.total'],
    ['meta.x:1*', '1*', 'free text'],
    ['meta./~9:x', 'x', 'JSON pointer'],
    ['has:nope', 'nope', 'no key'],
    ['has:created', 'created', 'lack'],
    ['has:error*', 'error*', 'name of a key'],
    ['target.id:a*', 'a*', 'whole'],
    ['actor:*x', '*x', '*x*'],
    ['actor:=x*', '=x*', '='],
    ['a*b', '*', 'star'],
    ['action:a*b,c', '*', 'star'],
    ['*', '*', 'everything'],
    ['""', '""', 'nothing'],
    ['ua:""', '""', 'ua:=""'],
    ['severity:>=', '>=', 'missing'],
    ['created:2014-13-01', '2014-13-01', '2014-07-08'],
    ['created:2014-02-29', '2014-02-29', 'no time'],
    ['created:2014..x', '2014..x', '“x”'],
    ['created:2014,2015', 'created:2014,2015', 'one value'],
    ['since:2014..2015', '2014..2015', 'created'],
    ['since:>2014', '>2014', 'created'],
    ['foo created:2015 created:2014', 'created:2014', 'No time'],
    ['-created:2014', 'created:2014', 'negated'],
    ['a OR since:24h', 'since:24h', 'OR'],
    ['(a since:24h) OR b', 'since:24h', 'OR'],
    ['NOT (a since:24h)', 'since:24h', 'negated'],
    ['a OR', 'OR', 'between'],
    ['OR a', 'OR', 'between'],
    ['AND', 'AND', 'between'],
    ['foo NOT', 'NOT', 'needs'],
    ['a - b', '-', 'minus'],
    ['a ()', '()', 'nothing'],
    ['foo (a', '(', 'not closed'],
    ['a) b', ')', 'closes nothing'],
    ['foo "bar baz', '"bar baz', 'not closed'],
    [`foo ${'x'.repeat(257)}`, 'x'.repeat(257), '256'],
    [`actor.id:a,"${'x'.repeat(4_097)}"`, `"${'x'.repeat(4_097)}"`, '4,096'],
    ['a\u0000b', '\u0000', 'remove'],
    ['a \ud83d', '\ud83d', 'remove'],
  ])('of %j is where it is, and says what to do', (text, place, advice) => {
    const parsed = parseSearch(text, NOW)
    if (parsed.ok) throw new Error('No problem was found.')
    expect(parsed.problems.map(({ start, end }) => text.slice(start, end))).toEqual([place])
    expect(parsed.problems[0]?.message).toContain(advice)
  })

  it.each([
    ['actor:', 6],
    ['actor: x', 6],
    ['actor:a,,b', 8],
    ['actor:a, b', 8],
  ])('of %j is where the value is missing', (text, at) => {
    expect(parseSearch(text, NOW)).toMatchObject({ ok: false, problems: [{ start: at, end: at }] })
  })

  it('does not hide the next one, and all come in the order of the text', () => {
    const parsed = parseSearch('actr:x foo severity:eror (ip:y', NOW)
    expect(parsed.ok ? [] : parsed.problems.map(({ start }) => start)).toEqual([0, 20, 25, 29])
  })

  it('is found at each bound and not before', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
    const many = (count: number) => `id:${Array.from({ length: count }, (_, i) => i).join(',')}`
    expect(parseSearch(nested(SYNTAX_DEPTH_MAX), NOW).ok).toBe(true)
    expect(parseSearch(nested(SYNTAX_DEPTH_MAX + 1), NOW)).toMatchObject({ ok: false })
    expect(parseSearch(many(1_000), NOW).ok).toBe(true)
    expect(parseSearch(many(1_001), NOW)).toMatchObject({ ok: false, problems: [{ start: 0 }] })
    expect(parseSearch(' '.repeat(SEARCH_CHARS_MAX), NOW).ok).toBe(true)
    expect(parseSearch(' '.repeat(SEARCH_CHARS_MAX + 1), NOW)).toMatchObject({ ok: false })
  })
})

const FRAGMENTS = [
  ...HOSTILE_TEXTS,
  ' ',
  ' ',
  '(',
  ')',
  '-',
  '"',
  '\\"',
  ':',
  ',',
  '*',
  '=',
  '>=',
  '<',
  '..',
  'OR',
  ' AND ',
  ' NOT ',
  'foo',
  'action:',
  'actor:',
  'severity:',
  'created:',
  'since:',
  'ip:',
  'meta.',
  'meta./',
  'has:',
  'resource:',
  'ua:',
  'error',
  '2014-07-08',
  '7d',
  '10.0.',
  '/8',
  '\u0000',
  '\ud83d',
]
const texts = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((parts) => parts.join(''))

it('whatever the text, it is either refused with places inside it or read as a filter within bounds', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseSearch(text, NOW)
      if (parsed.ok) {
        expect(parsed.selection.filter ? checkFilter(parsed.selection.filter) : []).toEqual([])
        return
      }
      expect(parsed.problems.length).toBeGreaterThan(0)
      for (const { start, end } of parsed.problems) {
        expect(start).toBeGreaterThanOrEqual(0)
        expect(end).toBeGreaterThanOrEqual(start)
        expect(end).toBeLessThanOrEqual(text.length)
      }
    }),
    { numRuns: 5_000 },
  )
})

it.each([
  '(',
  '-(',
  'NOT ',
  'a OR ',
  'x ',
  'actor:x ',
  'id:*,',
  '"" ',
  'severity:x,',
  'created:x ',
  'meta."',
  'ab:c ',
  '-',
])('the longest text of %j is answered within three seconds', (piece) => {
  const text = piece.repeat(Math.floor(SEARCH_CHARS_MAX / piece.length))
  const started = performance.now()
  parseSearch(text, NOW)
  expect(performance.now() - started).toBeLessThan(3_000)
})
