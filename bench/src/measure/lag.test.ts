import { expect, it } from 'vitest'
import { lagsMs } from './lag.js'

it('the lag is the age of the oldest entry that the index lacks', () => {
  const samples = [
    { atMs: 0, journal: 0, index: 0 },
    { atMs: 100, journal: 1_000, index: 0 },
    { atMs: 200, journal: 2_000, index: 1_500 },
    { atMs: 300, journal: 2_000, index: 2_000 },
  ]
  expect(lagsMs(samples)).toEqual([0, 100, 50, 0])
})

it('the lag grows while the index stands still', () => {
  const samples = [10, 20, 30, 40].map((atMs) => ({ atMs, journal: atMs, index: 10 }))
  expect(lagsMs(samples)).toEqual([0, 10, 20, 30])
})
