import { expect, test } from 'vitest'
import { RecordingShares } from './recording-shares.js'

const of = (organizationId: string, bytes: number) => ({ organizationId, bytes })

test('who sends most of it rests twice as long as its group took', () => {
  const shares = new RecordingShares(1 / 3)
  shares.took([of('quiet', 500)], 2, 0)
  shares.took([of('noisy', 80_000)], 8, 10)
  expect(shares.soonestMs(10)).toBe(16)
  expect(shares.rests('noisy', 25.9)).toBe(true)
  expect(shares.soonestMs(25.9)).toBeCloseTo(0.1)
  expect(shares.rests('noisy', 26)).toBe(false)
  expect(shares.soonestMs(26)).toBeUndefined()
})

test('who sends little never rests, and pays only for its own part of a group', () => {
  const shares = new RecordingShares(1 / 3)
  for (let i = 0; i < 10; i++) shares.took([of('noisy', 30_000), of('quiet', 10_000)], 8, 0)
  expect(shares.rests('quiet', 0)).toBe(false)
  expect(shares.rests('noisy', 0)).toBe(true)
  expect(shares.soonestMs(0)).toBe(12)
})

test('nobody rests while several send as much as each other', () => {
  const shares = new RecordingShares(1 / 3)
  for (let i = 0; i < 10; i++) shares.took([of('a', 50_000), of('b', 49_000)], 5, i)
  expect(['a', 'b'].map((name) => shares.rests(name, 10))).toEqual([false, false])
})

test('what was long ago does not count', () => {
  const shares = new RecordingShares(1 / 3)
  shares.took([of('a', 1_000_000)], 1, 0)
  shares.took([of('a', 10_000), of('b', 25_000)], 10, 20_000)
  expect(shares.rests('a', 20_000)).toBe(false)
  expect(shares.rests('b', 20_000)).toBe(true)
})

test('who sends an entry at a time never rests, though others send next to nothing', () => {
  const shares = new RecordingShares(1 / 4)
  for (let ms = 0; ms < 1_000; ms += 5) shares.took([of('steady', 800)], 3, ms)
  shares.took([of('rare', 400)], 3, 1_000)
  shares.took([of('steady', 16_384)], 9, 1_010)
  expect(shares.rests('steady', 1_010)).toBe(false)
  shares.took([of('steady', 16_385)], 9, 1_020)
  expect(shares.rests('steady', 1_020)).toBe(true)
})

test('nobody rests for long, however long a group took', () => {
  const shares = new RecordingShares(1 / 3)
  shares.took([of('a', 100_000)], 60_000, 60_000)
  expect(shares.soonestMs(60_000)).toBe(250)
})

test('with the whole as its share nobody rests', () => {
  const shares = new RecordingShares(1)
  shares.took([of('a', 1_000_000)], 1_000, 0)
  expect(shares.rests('a', 0)).toBe(false)
  expect(shares.soonestMs(0)).toBeUndefined()
})
