import { expect, test } from 'vitest'
import { ascendingMembership, dividedBy } from './held-rows.js'

const RANGES = [
  [3, 3],
  [5, 8],
  [20, 21],
].map(([firstPosition, lastPosition]) => ({ firstPosition, lastPosition }) as const) as {
  firstPosition: number
  lastPosition: number
}[]
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

test('positions within ranges are told from those between them', () => {
  const isHeld = ascendingMembership(RANGES)
  expect(upTo(23).filter(isHeld)).toEqual([3, 5, 6, 7, 8, 20, 21])
  expect(upTo(3).filter(ascendingMembership([]))).toEqual([])
})

test('rows are divided where a range lies between them, and not where a position is missing', () => {
  const rows = [1, 2, 4, 10, 12, 22, 23].map((position) => ({ position }))
  expect(dividedBy(rows, RANGES).map((run) => run.map(({ position }) => position))).toEqual([
    [1, 2],
    [4],
    [10, 12],
    [22, 23],
  ])
  expect(dividedBy(rows, [])).toEqual([rows])
  expect(dividedBy([], RANGES)).toEqual([])
})
