import { describe, expect, it } from 'vitest'
import { PAGED_DIALECTS } from '../dialects/pages.js'
import type { Figures } from '../figures.js'
import type { PeerReport } from '../peer/peer.js'
import { GOALS, judge } from './goals.js'

const READ = { p50: 1, p99: 2 }
const READS = {
  newest: READ,
  filtered: READ,
  rare_substring: READ,
  common_substring: READ,
  histogram: READ,
}
const PAGES = Object.fromEntries(PAGED_DIALECTS.map((dialect) => [dialect, READ]))
const aFigures = (figures: Partial<Figures>) =>
  ({ readMs: READS, dialectPageMs: PAGES, ...figures }) as Figures
const aPeer = (report: Partial<PeerReport>) => ({ readMs: READS, ...report }) as PeerReport
const verdictOn = (name: string, figures: Figures, peer: PeerReport | null = null) =>
  judge(figures, peer).find((verdict) => verdict.name === name)

describe('goals', () => {
  it.each([
    ['a rate at its goal', 'batches', { batchEntriesPerSecond: 15_000 }, true],
    ['a rate just below', 'batches', { batchEntriesPerSecond: 14_999 }, false],
    ['a latency at its goal', 'single entries, p99', { singleMsP99: 30 }, true],
    ['a latency just above', 'single entries, p99', { singleMsP99: 30.1 }, false],
    ['memory that could not be read', 'memory, idle', { idleRssMb: null }, null],
  ])('judge %s', (_which, name, figures, reached) => {
    expect(verdictOn(name, aFigures(figures))).toMatchObject({ reached })
  })

  it('a ratio says how many times better Counterfoil is, whichever way is better', () => {
    const figures = aFigures({ batchEntriesPerSecond: 20_000, diskBytesPerEntry: 500 })
    const peer = aPeer({ batchEntriesPerSecond: 5_000, bytesPerEntry: 2_000 })
    expect(verdictOn('batches', figures, peer)).toMatchObject({ peer: 5_000, ratio: 4 })
    expect(verdictOn('disk', figures, peer)).toMatchObject({ peer: 2_000, ratio: 4 })
    expect(verdictOn('batches', figures, null)).toMatchObject({ peer: null, ratio: null })
  })

  it('each has a name of its own', () => {
    expect(new Set(GOALS.map((goal) => goal.name)).size).toBe(GOALS.length)
  })
})
