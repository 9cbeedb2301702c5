import { describe, expect, it } from 'vitest'
import { LIST_FIELDS, STRING_FIELDS } from '../query.js'
import { FIELD_KEYS } from './key-table.js'
import { nearestWord } from './nearest-word.js'
import { parseSearch } from './parse-search.js'
import { findSearchKey, SEARCH_KEYS, type SearchKey } from './search-keys.js'

const KEYS: readonly SearchKey[] = SEARCH_KEYS

describe('SEARCH_KEYS', () => {
  it.each(KEYS.map((key) => [key.key, key] as const))(
    '%s has an example that is read',
    (_name, { key, example }) => {
      expect(example.startsWith(key)).toBe(true)
      expect(parseSearch(example, 0)).toMatchObject({ ok: true })
    },
  )

  it('offers only values that are read', () => {
    for (const { key, values = [] } of KEYS)
      for (const value of values) expect(parseSearch(`${key}:${value}`, 0)).toMatchObject({ ok: true })
  })

  it('spells no two keys alike', () => {
    const spellings = KEYS.flatMap(({ key, aliases }) => [key, ...aliases])
    expect(new Set(spellings).size).toBe(spellings.length)
  })

  it('takes the name of each field for a key, and prints none under two', () => {
    for (const field of [...STRING_FIELDS, ...LIST_FIELDS])
      expect(findSearchKey(field)).toBe(FIELD_KEYS[field])
    expect(new Set(Object.values(FIELD_KEYS)).size).toBe(STRING_FIELDS.length + LIST_FIELDS.length)
  })
})

it.each([
  ['actr', 'actor'],
  ['acotr', 'actor'],
  ['sevrity', 'severity'],
  ['zzz', undefined],
  ['', undefined],
])('nearestWord of %j is %j', (word, nearest) => {
  expect(nearestWord(word, ['action', 'actor', 'severity'])).toBe(nearest)
})
