import { describe, expect, it } from 'vitest'
import { chunkRuns } from './chunk-runs.js'

const NOVEMBER_US = Date.UTC(2026, 11, 1) * 1000 - 1
const DECEMBER_US = Date.UTC(2026, 11, 1) * 1000

function rowsOf(...heads: readonly (readonly [position: number, recordedAt: number])[]): Buffer {
  return Buffer.from(heads.map(([position, recordedAt]) => `${position}\t${recordedAt}\trest\n`).join(''))
}

function positionsOf(rows: Buffer, position = 0): readonly (readonly number[])[] {
  return chunkRuns(rows, position).map(({ lines, rowCount }) => {
    const positions = lines
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => Number.parseInt(line, 10))
    expect(positions.length).toBe(rowCount)
    return positions
  })
}

describe('chunkRuns', () => {
  it('cuts wherever the month changes, also back', () => {
    const rows = rowsOf(
      [1, NOVEMBER_US],
      [2, NOVEMBER_US],
      [3, DECEMBER_US],
      [4, NOVEMBER_US],
      [9, DECEMBER_US],
    )
    expect(positionsOf(rows)).toEqual([[1, 2], [3], [4], [9]])
  })

  it('ends a long run with its position, before ClickHouse would make two parts of it', () => {
    const journalRow = (position: number) => rowsOf(...Array(1_000).fill([position, NOVEMBER_US]))
    const runs = positionsOf(Buffer.concat(Array.from({ length: 150 }, (_, row) => journalRow(1 + row))))
    expect(runs.length).toBe(3)
    for (const run of runs) expect(run.length % 1_000).toBe(0)
    expect(Math.max(...runs.map((run) => run.length))).toBeLessThan(65_409)
  })

  it.each([
    [0, [[1, 2], [3]]],
    [1, [[2], [3]]],
    [2, [[3]]],
    [3, []],
  ])('leaves out what is there through position %i', (position, expected) => {
    expect(positionsOf(rowsOf([1, NOVEMBER_US], [2, NOVEMBER_US], [3, DECEMBER_US]), position)).toEqual(
      expected,
    )
  })

  it('keeps the entries of one journal row, which share a position, together', () => {
    const rows = rowsOf([1, NOVEMBER_US], [1, NOVEMBER_US], [2, NOVEMBER_US], [2, NOVEMBER_US])
    expect(positionsOf(rows)).toEqual([[1, 1, 2, 2]])
    expect(positionsOf(rows, 1)).toEqual([[2, 2]])
  })

  it.each([
    ['out of order', rowsOf([2, DECEMBER_US], [1, DECEMBER_US])],
    ['no integer', Buffer.from('x\t1\t\n')],
  ])('refuses a position that is %s', (_what, rows) => {
    expect(() => chunkRuns(rows, 0)).toThrow(RangeError)
  })
})
