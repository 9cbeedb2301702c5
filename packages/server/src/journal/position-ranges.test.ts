import { expect, test } from 'vitest'
import { rangesBetween } from './position-ranges.js'

const range = (firstPosition: number, lastPosition = Number.MAX_SAFE_INTEGER) => ({
  firstPosition,
  lastPosition,
})
const HELD = [range(3, 3), range(5, 8), range(9, 9), range(20, 21)]

test('what is held is left out, and what follows it has no end', () => {
  expect(rangesBetween(0, HELD, 100)).toEqual([range(1, 2), range(4, 4), range(10, 19), range(22)])
  expect(rangesBetween(2, HELD, 100)).toEqual([range(4, 4), range(10, 19), range(22)])
  expect(rangesBetween(6, HELD, 100)).toEqual([range(10, 19), range(22)])
  expect(rangesBetween(21, HELD, 100)).toEqual([range(22)])
  expect(rangesBetween(30, HELD, 100)).toEqual([range(31)])
  expect(rangesBetween(7, [], 100)).toEqual([range(8)])
})

test('there are no more ranges than hold so many positions', () => {
  expect(rangesBetween(0, HELD, 2)).toEqual([range(1, 2)])
  expect(rangesBetween(0, HELD, 3)).toEqual([range(1, 2), range(4, 4)])
  expect(rangesBetween(0, HELD, 4)).toEqual([range(1, 2), range(4, 4), range(10, 19)])
})
