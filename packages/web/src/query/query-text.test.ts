import { parseSearch } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { termsOf, toggleValues, valuesOf, withoutKey, withTerm, writeTerm } from './query-text.js'

describe('terms of a search text', () => {
  it('are found in quotes, in parentheses and behind a minus', () => {
    const text = 'refund -actor:"Ada \\"L\\" Byron" (action:a OR action:b) meta."a b":1'
    expect(termsOf(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      'refund',
      '-actor:"Ada \\"L\\" Byron"',
      '(action:a OR action:b)',
      'meta."a b":1',
    ])
    expect(termsOf(text).map(({ key }) => key)).toEqual(['', 'actor', '', 'meta."a b"'])
  })
})

describe('including and excluding', () => {
  it('adds a term once, and takes out what says the opposite', () => {
    expect(withTerm('refund', 'region:eu')).toBe('refund region:eu')
    expect(withTerm('refund region:eu', 'region:eu')).toBe('refund region:eu')
    expect(withTerm('-region:eu refund', 'region:eu')).toBe('refund region:eu')
    expect(withTerm('region:eu refund', 'region:eu', { exclude: true })).toBe('refund -region:eu')
  })

  it.each(['a b', 'a"b', 'a\\', '-x', '*', 'a,b', '(x)', 'OR', 'é🦊', '=1', '>5', 'a:b', '10.0.0.1', "it's"])(
    'writes %j so that it means itself',
    (value) => {
      const parsed = parseSearch(writeTerm('session', value), 0)
      expect(parsed).toEqual({
        ok: true,
        selection: { filter: { op: 'equals', field: 'session_id', values: [value] } },
      })
    },
  )

  it('toggles one of several values of a key', () => {
    const both = toggleValues('refund severity:error', 'severity', ['critical'])
    expect(both).toBe('refund severity:error,critical')
    expect(valuesOf(both, 'severity')).toEqual(['error', 'critical'])
    expect(toggleValues(both, 'severity', ['error'])).toBe('refund severity:critical')
    expect(toggleValues('refund severity:critical', 'severity', ['critical'])).toBe('refund')
    expect(toggleValues('action:=a.b', 'action', ['c.d'], true)).toBe('action:=a.b,=c.d')
  })

  it('toggles several values at once: those that lack come along, and all go when none lacks', () => {
    const all = toggleValues('action:=a.b', 'action', ['a.b', 'a.c'], true)
    expect(all).toBe('action:=a.b,=a.c')
    expect(toggleValues(`${all} refund`, 'action', ['a.b', 'a.c'], true)).toBe('refund')
  })

  it('forgets a key and leaves the rest as it was', () => {
    expect(withoutKey('a  severity:error -severity:info (severity:x OR b)', 'severity')).toBe(
      'a (severity:x OR b)',
    )
  })
})
