import { describe, expect, it } from 'vitest'
import { corpusBody, entryJson, RARE_EVERY, RARE_PHRASES } from './corpus.js'
import { countMatches } from './matches.js'

const SEED = 7

describe('corpus', () => {
  it('gives the same text for the same seed and position, in any order', () => {
    const forwards = [0, 1, 2].map((position) => entryJson(SEED, position))
    const backwards = [2, 1, 0].map((position) => entryJson(SEED, position)).reverse()
    expect(backwards).toEqual(forwards)
    expect(entryJson(SEED + 1, 0)).not.toBe(forwards[0])
  })

  it('holds entries of 0.8 KB on average, all different, in many shapes', () => {
    const texts = Array.from({ length: 10_000 }, (_, position) => entryJson(SEED, position))
    const meanBytes = Buffer.byteLength(texts.join('')) / texts.length
    expect(meanBytes).toBeGreaterThan(750)
    expect(meanBytes).toBeLessThan(850)
    expect(new Set(texts).size).toBe(texts.length)
    const entries = texts.map((text) => JSON.parse(text))
    expect(new Set(entries.map((entry) => entry.action)).size).toBeGreaterThan(20)
    expect(new Set(entries.map((entry) => entry.actor.id)).size).toBeGreaterThan(1_000)
    expect(entries.filter((entry) => entry.before !== undefined).length).toBeGreaterThan(1_000)
  })

  it('never sets a field that the server owns', () => {
    const owned = ['id', 'organization_id', 'mode', 'seq', 'recorded_at', 'diff']
    for (let position = 0; position < 1_000; position += 1) {
      const fields = Object.keys(JSON.parse(entryJson(SEED, position)))
      expect(fields.filter((field) => owned.includes(field))).toEqual([])
    }
  })

  it('makes bodies in each format from the same entries', () => {
    const texts = [5, 6, 7].map((position) => entryJson(SEED, position))
    expect(corpusBody(SEED, 5, 3).toString()).toBe(`[${texts.join(',')}]`)
    expect(corpusBody(SEED, 5, 3, 'ndjson').toString()).toBe(`${texts.join('\n')}\n`)
    expect(corpusBody(SEED, 5, 1, 'single').toString()).toBe(texts[0])
  })

  it('carries each rare phrase once in its turn', () => {
    const count = RARE_EVERY * RARE_PHRASES.length
    const wanted = RARE_PHRASES.map((phrase) => ({ needle: phrase }))
    expect(countMatches(SEED, count, wanted)).toEqual(RARE_PHRASES.map(() => 1))
  })
})
