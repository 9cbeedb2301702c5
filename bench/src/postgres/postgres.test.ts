import { expect, it } from 'vitest'
import { TINY } from '../parameters.js'
import { measureOnPostgres } from './measure.js'

it('the benchmark of a journal in PostgreSQL runs, by one server and by two', async () => {
  const { readAfterWrite, hotLogInTurns, twoOverOne, ...loads } = await measureOnPostgres(
    { ...TINY, entries: 2_000 },
    () => {},
  )
  const inTurns = hotLogInTurns.flatMap(({ one, two }) => [one, two])
  expect(inTurns).toHaveLength(10)
  for (const load of [...Object.values(loads), ...inTurns]) {
    expect(load.entriesPerSecond).toBeGreaterThan(0)
    expect(load.msP99).toBeGreaterThanOrEqual(load.msP50)
  }
  const [{ one, two }] = hotLogInTurns as [(typeof hotLogInTurns)[number]]
  expect(twoOverOne.hotLogInTurns[0]).toBe(two.entriesPerSecond / one.entriesPerSecond)
  expect(twoOverOne.hotLogInTurns.toSorted((a, b) => a - b)[2]).toBe(twoOverOne.hotLogMedian)
  for (const { samples, msP99 } of Object.values(readAfterWrite)) {
    expect(samples).toBe(20)
    expect(msP99).toBeGreaterThan(0)
  }
}, 120_000)
