import { expect, it } from 'vitest'
import { measureVerification } from './measure.js'

it('the benchmark of offline verification runs, and what it verifies is whole', async () => {
  const figures = await measureVerification({ entries: 600, rounds: 1 }, () => {})
  expect(figures.entriesPerSecondOfOneCore).toBeGreaterThan(0)
  expect(figures.bundleBytesPerEntry).toBeGreaterThan(500)
})
