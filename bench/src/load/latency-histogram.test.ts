import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from './latency-histogram.js'

describe('latency histogram', () => {
  it('answers each percentile within 1.6 % and never below the truth', () => {
    const histogram = new LatencyHistogram()
    const samplesMs = Array.from({ length: 10_000 }, (_, place) => 1.0007 ** place * 0.01)
    for (const ms of samplesMs) histogram.add(ms)
    for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
      const truthMs = samplesMs[Math.ceil(samplesMs.length * share) - 1]!
      const ratio = histogram.percentileMs(share) / truthMs
      // Samples are rounded to whole microseconds before they are counted.
      expect(ratio).toBeGreaterThan(1 - 0.001 / truthMs)
      expect(ratio).toBeLessThan(1.016 + 0.001 / truthMs)
    }
  })

  it('counts a latency of zero, of one bucket width and of many minutes', () => {
    const histogram = new LatencyHistogram()
    for (const ms of [0, 0.064, 30 * 60_000]) histogram.add(ms)
    expect(histogram.count).toBe(3)
    expect(histogram.percentileMs(1 / 3)).toBe(0)
    expect(histogram.percentileMs(2 / 3)).toBeCloseTo(0.064, 5)
    expect(histogram.percentileMs(1)).toBe(30 * 60_000)
  })

  it('answers zero without samples', () => {
    expect(new LatencyHistogram().percentileMs(0.99)).toBe(0)
  })
})
