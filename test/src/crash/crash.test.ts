import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshSeed } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { type CrashSummary, runCrash } from './crash-run.js'

// 30 cycles against the server that ships, 16 connections without a pause: in 4 of 5 cycles the server is killed
// with kill -9, else its search engine. Twice the whole log is read back, through the journal and through the
// index, counted and verified. "npm run crash -- --cycles 1000" is the same for longer.

const CYCLES = 30
const RESTART_MS_MAX = 2_000

describe('kill -9 under load', () => {
  const seed = freshSeed()
  const dataDirectory = scratchFolder('crash')
  let summary: CrashSummary

  beforeAll(async () => {
    summary = await runCrash({
      cycles: CYCLES,
      seed,
      dataDirectory,
      connections: 16,
      engineShare: 0.2,
      untilKillMsMax: 400,
      cyclesALog: 15,
      onProgress: () => undefined,
    })
    process.stdout.write(`crash test: ${JSON.stringify(summary)}\n`)
  }, 240_000)
  afterAll(() => discardFolder(dataDirectory))

  it(`loses, repeats and changes nothing that was acknowledged (seed ${seed})`, () => {
    expect(summary.findingTexts).toEqual([])
    expect(summary.clean).toBe(true)
  })
  it('met requests under way, and enough of them to mean something', () => {
    expect(summary.killsUnderLoad).toBeGreaterThanOrEqual(CYCLES * 0.8)
    expect(summary.acked).toBeGreaterThan(CYCLES * 100)
    expect(summary.entriesVerified).toBe(summary.acked)
    expect(summary.serverKills).toBeGreaterThan(5)
    expect(summary.engineKills).toBeGreaterThan(0)
  })
  it('takes requests again within two seconds', () => {
    // The median: a full test machine may stretch single restarts.
    expect(summary.restartMs.p50).toBeLessThanOrEqual(RESTART_MS_MAX)
  })
})
