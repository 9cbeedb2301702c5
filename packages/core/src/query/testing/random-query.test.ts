import { expect, it } from 'vitest'
import { matches } from '../match.js'
import { naivePage } from '../naive.js'
import { HOSTILE_TEXTS, randomEntries, randomFilter, randomPageQuery, seededRandom } from './random-query.js'

const entries = randomEntries(seededRandom(1), 300)

it('the same seed draws the same entries and queries', () => {
  expect(randomEntries(seededRandom(1), 300)).toEqual(entries)
  const draw = () => randomPageQuery(seededRandom(4), entries)
  expect(draw()).toEqual(draw())
})

it('a log has no gap, never goes back in time and repeats moments', () => {
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i))
  const moments = entries.map((entry) => entry.recorded_at)
  expect(moments).toEqual(moments.toSorted())
  expect(new Set(moments).size).toBeLessThan(200)
})

it('filters find something at least every second time, and everything seldom', () => {
  const random = seededRandom(2)
  const counts = Array.from({ length: 1_000 }, () => {
    const filter = randomFilter(random, entries)
    return entries.filter((entry) => matches(filter, entry)).length
  })
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(500)
  expect(counts.filter((count) => count === entries.length).length).toBeLessThan(150)
  const pages = Array.from({ length: 300 }, () => naivePage(randomPageQuery(random, entries), entries).length)
  expect(pages.filter((length) => length > 0).length).toBeGreaterThan(150)
})

it('hostile text reaches the entries, and NUL does not', () => {
  const drawn = JSON.stringify(entries)
  for (const text of HOSTILE_TEXTS) expect(drawn).toContain(JSON.stringify(text).slice(1, -1))
  expect(drawn).not.toContain('\\u0000')
})
