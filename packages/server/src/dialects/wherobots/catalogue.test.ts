import { expect, it } from 'vitest'
import { WHEROBOTS_CATALOGUE } from './catalogue.js'

it('has the 48 actions of the guide in its 12 types, each once', () => {
  const actions: readonly string[] = WHEROBOTS_CATALOGUE.flatMap((type) => [...type.actions])
  expect(WHEROBOTS_CATALOGUE.map(({ actions: { length } }) => length)).toEqual([
    2, 4, 7, 2, 3, 2, 3, 11, 5, 3, 2, 4,
  ])
  expect(actions.length).toBe(48)
  expect(new Set(actions).size).toBe(48)
  expect(actions.filter((action) => !/^(?:[A-Z][a-z]+)+$/.test(action))).toEqual([])
})
