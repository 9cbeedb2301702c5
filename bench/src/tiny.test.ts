import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runBenchmark } from './benchmark.js'
import { measureCeiling } from './ceiling/ceiling.js'
import { TINY } from './parameters.js'
import { measurePeer } from './peer/peer.js'
import { readEnvironment } from './record/environment.js'
import { keepRecord, toRecord } from './record/record.js'
import { toTable } from './record/table.js'

const silent = () => {}

describe('the benchmark at a tiny size', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'counterfoil-bench-test-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('loads a server that does nothing without a failure', async () => {
    const { batches, singles } = await measureCeiling({ ...TINY, seconds: TINY.ceilingSeconds })
    expect(batches).toMatchObject({ failed: 0, firstFailure: null })
    expect(singles).toMatchObject({ failed: 0, firstFailure: null })
    expect(singles.succeeded).toBeGreaterThan(TINY.singleConnections)
  })

  it('gets from PostgreSQL the answers that the corpus demands', async () => {
    const peer = await measurePeer({ ...TINY, entries: TINY.peerEntries }, silent)
    expect(peer.batchEntriesPerSecond).toBeGreaterThan(0)
    expect(peer.singleEntriesPerSecond).toBeGreaterThan(0)
    expect(peer.bytesPerEntry).toBeGreaterThan(800)
  })

  it('gets from Counterfoil the answers that the corpus demands, and keeps a line of the run', async () => {
    const parameters = { ...TINY, peerEntries: 0 }
    const outcome = await runBenchmark(parameters, silent)
    const record = toRecord(readEnvironment(), parameters, outcome)
    const path = await keepRecord(folder, record)
    expect(outcome.figures.entriesRecorded).toBeGreaterThan(TINY.entries)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ what: 'counterfoil', parameters })
    expect(toTable(record)).toContain('batches (entries/s)')
    expect(toTable(record)).toContain('first page of arize-rest, median (ms)')
  })
})
