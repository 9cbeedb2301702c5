import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CursorScope, decodeCursor, encodeCursor } from './cursor.js'
import { OTHER_LOGS, RANDOM_LOG, randomEntries, randomFilter, seededRandom } from './testing/random-query.js'

const SCOPE: CursorScope = {
  log: RANDOM_LOG,
  order: 'newest_first',
  filter: { op: 'equals', field: 'actor.id', values: ['usr_1'] },
}
const PLACE = { recorded_at: 1_772_143_200_123_456, seq: 42 }
const CURSOR = encodeCursor(PLACE, SCOPE)
/** Those of cursors, of which the last may differ in bits that stand for nothing, and some that base64 forgives. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= '
const times = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
const seqs = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

describe('a cursor', () => {
  it('gives back the place to the query it was made for', () => {
    fc.assert(
      fc.property(times, seqs, fc.integer(), (recorded_at, seq, seed) => {
        const random = seededRandom(seed)
        const filter = randomFilter(random, randomEntries(random, 3))
        const scope: CursorScope = { log: RANDOM_LOG, order: 'oldest_first', filter }
        const cursor = encodeCursor({ recorded_at, seq }, scope)
        expect(cursor).toMatch(/^[\w-]{1,256}$/)
        expect(decodeCursor(cursor, scope)).toEqual({ ok: true, after: { recorded_at, seq } })
      }),
    )
  })

  it.each<[string, CursorScope]>([
    ['other_order', { ...SCOPE, order: 'oldest_first' }],
    ['other_log', { ...SCOPE, log: OTHER_LOGS[0]! }],
    ['other_log', { ...SCOPE, log: OTHER_LOGS[1]! }],
    ['other_filter', { log: SCOPE.log, order: SCOPE.order }],
    ['other_filter', { ...SCOPE, filter: { op: 'equals', field: 'actor.id', values: ['usr_2'] } }],
    ['other_filter', { ...SCOPE, filter: { op: 'equals', field: 'actor.id', values: ['usr_1', 'usr_1'] } }],
    ['other_filter', { ...SCOPE, filter: { op: 'equals', field: 'actor.name', values: ['usr_1'] } }],
  ])('is refused as %s by another query', (reason, scope) => {
    expect(decodeCursor(CURSOR, scope)).toEqual({ ok: false, reason })
  })

  it('does not mind in which order the keys of a filter were written', () => {
    const filter = { values: ['usr_1'], field: 'actor.id', op: 'equals' } as const
    expect(decodeCursor(CURSOR, { ...SCOPE, filter })).toEqual({ ok: true, after: PLACE })
  })

  // Three lengths, for base64 text ends in another way after each.
  it.each([1, 36, 1_296])(
    'is refused when any character of it is changed, added or missing (seq %d)',
    (seq) => {
      const cursor = encodeCursor({ ...PLACE, seq }, SCOPE)
      for (let at = 0; at <= cursor.length; at++) {
        const [before, after] = [cursor.slice(0, at), cursor.slice(at)]
        const rest = after.slice(1)
        for (const letter of LETTERS)
          for (const changed of [before + letter + rest, before + letter + after, before + rest])
            if (changed !== cursor)
              expect(decodeCursor(changed, SCOPE)).toEqual({ ok: false, reason: 'malformed' })
      }
    },
  )

  it('is refused, not thrown at, whatever the text', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }))
    const texts = fc.oneof(
      fc.string(),
      units.map((codes) => String.fromCharCode(...codes)),
      fc.base64String(),
      fc.constant('x'.repeat(100_000)),
    )
    fc.assert(fc.property(texts, (text) => !decodeCursor(text, SCOPE).ok))
  })

  it('keeps its text from one release to the next, for pages that are read across an upgrade', () => {
    expect(atob(CURSOR)).toBe('1.n.hg67chyzpc.16.d2306372602a5517.788ea811cc7c9181.44a2971c365c6bc2')
  })
})
