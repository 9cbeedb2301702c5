import { expect, it } from 'vitest'
import { TINY } from '../parameters.js'
import { measureOnPostgres } from './measure.js'

it('the benchmark of a journal in PostgreSQL runs, by one server and by two', async () => {
  const { readAfterWrite, batchesInTurns, hotLogInTurns, ofSecond, ...loads } = await measureOnPostgres(
    { ...TINY, entries: 2_000 },
    () => {},
  )
  const measured = [...Object.values(loads), ...Object.values(ofSecond)]
  for (const { rounds, twoOverOneMedian } of [batchesInTurns, hotLogInTurns]) {
    const ratios = rounds.map(({ one, two }) => two.entriesPerSecond / one.entriesPerSecond)
    expect(ratios.toSorted((a, b) => a - b)[4]).toBe(twoOverOneMedian)
    measured.push(...rounds.flatMap(({ one, two }) => [one, two]))
  }
  expect(measured).toHaveLength(40)
  for (const load of measured) {
    expect(load.entriesPerSecond).toBeGreaterThan(0)
    expect(load.msP99).toBeGreaterThanOrEqual(load.msP50)
  }
  for (const { samples, msP99 } of Object.values(readAfterWrite)) {
    expect(samples).toBe(20)
    expect(msP99).toBeGreaterThan(0)
  }
}, 120_000)
