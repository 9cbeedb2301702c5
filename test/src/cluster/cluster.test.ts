import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshSeed } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { type ClusterSummary, runCluster } from './cluster-run.js'

// Three server processes on one PostgreSQL, one search engine and one object store, eight clients. Processes are killed with kill -9,
// PostgreSQL crashes, the search engine is away, the object store refuses. "npm run cluster -- --seconds 60" is the same for longer.

describe('three server processes of which everything fails in turn', () => {
  const seed = freshSeed()
  const directory = scratchFolder('cluster')
  let summary: ClusterSummary

  beforeAll(async () => {
    summary = await runCluster({
      seconds: 8,
      seed,
      directory,
      processes: 3,
      clients: 8,
      killEveryMs: 2_000,
      awayMs: 2_500,
      // Both are back before PostgreSQL crashes: recording must have gone on without them.
      awayAt: { engine: 0.1, ledger: 0.15 },
      postgresRestarts: 1,
      onProgress: () => undefined,
    })
    process.stdout.write(`cluster test: ${JSON.stringify(summary)}\n`)
  }, 240_000)
  afterAll(() => discardFolder(directory))

  it(`loses, repeats and changes nothing that was acknowledged (seed ${seed})`, () => {
    expect(summary.findingTexts).toEqual([])
    expect(summary.clean).toBe(true)
  })
  it('met all of it under load', () => {
    expect(summary.kills).toBeGreaterThan(0)
    expect(summary.postgresRestarts).toBe(1)
    expect(summary.acked).toBeGreaterThan(100)
    expect(summary.entriesVerified).toBe(summary.acked)
    expect(summary.evidenceSize).toBe(summary.acked)
    expect(summary.ackedWithoutEngine).toBeGreaterThan(0)
    expect(summary.ackedWithoutLedger).toBeGreaterThan(0)
    expect(summary.ledgerEntries).toBeGreaterThan(0)
  })
})
