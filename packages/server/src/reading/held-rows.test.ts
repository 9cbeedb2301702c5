import { expect, test } from 'vitest'
import { dividedBy } from './held-rows.js'

const RANGES = [
  [3, 3],
  [5, 8],
  [20, 21],
].map(([firstPosition, lastPosition]) => ({ firstPosition, lastPosition }) as const) as {
  firstPosition: number
  lastPosition: number
}[]
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
