import { setTimeout as sleep } from 'node:timers/promises'
import { type Ceiling, measureCeiling } from './ceiling/ceiling.js'
import { corpusBody } from './corpus/corpus.js'
import { assertAnswers } from './counterfoil/answers.js'
import { type CounterfoilProcess, startCounterfoil } from './counterfoil/counterfoil-process.js'
import { measureReads } from './counterfoil/reading.js'
import { recordBatches, recordSingles } from './counterfoil/recording.js'
import { measureDialects } from './dialects/measure.js'
import type { Figures } from './figures.js'
import { settledDisk } from './measure/disk.js'
import { MemoryWatch, readTree } from './measure/process-tree.js'
import type { BenchParameters } from './parameters.js'
import { measurePeer, type PeerReport } from './peer/peer.js'

export interface Outcome {
  readonly figures: Figures
  readonly peer: PeerReport | null
}

/** Says on one line what is going on. */
export type Tell = (line: string) => void

const MEMORY_EVERY_MS = 250

/**
 * Runs every phase, Counterfoil's first and then the peer's: never both at once on the same cores. Throws when
 * a request failed or an answer is not what the corpus demands.
 */
export async function runBenchmark(parameters: BenchParameters, tell: Tell): Promise<Outcome> {
  tell('measuring the ceiling of the load generator')
  const ceiling = await measureCeiling({ ...parameters, seconds: parameters.ceilingSeconds })
  const figures = { ...(await measureCounterfoil(parameters, tell)), ...ceilingFigures(parameters, ceiling) }
  if (parameters.peerEntries === 0) return { figures, peer: null }
  tell(`PostgreSQL: recording ${parameters.peerEntries} of the same entries`)
  const peer = await measurePeer({ ...parameters, entries: parameters.peerEntries }, (line) =>
    tell(`  ${line}`),
  )
  return { figures, peer }
}

type CeilingFigures = Pick<
  Figures,
  'sentBytesPerEntry' | 'ceilingBatchEntriesPerSecond' | 'ceilingSingleEntriesPerSecond'
>

function ceilingFigures({ seed, batchEntries }: BenchParameters, ceiling: Ceiling): CeilingFigures {
  const { batches, singles } = ceiling
  return {
    sentBytesPerEntry: corpusBody(seed, 0, 10_000, 'ndjson').length / 10_000 - 1,
    ceilingBatchEntriesPerSecond: (batches.succeeded * batchEntries) / batches.seconds,
    ceilingSingleEntriesPerSecond: singles.succeeded / singles.seconds,
  }
}

async function measureCounterfoil(
  parameters: BenchParameters,
  tell: Tell,
): Promise<Omit<Figures, keyof CeilingFigures>> {
  tell('starting Counterfoil')
  const server = await startCounterfoil()
  try {
    return await measureServer(server, parameters, tell)
  } catch (problem) {
    const tail = await server.logTail()
    throw new Error(`Counterfoil failed. Its last lines:\n${tail}`, { cause: problem })
  } finally {
    await server.stop()
  }
}

async function measureServer(
  server: CounterfoilProcess,
  parameters: BenchParameters,
  tell: Tell,
): Promise<Omit<Figures, keyof CeilingFigures>> {
  await sleep(parameters.idleSeconds * 1_000)
  const idle = readTree(server.pid)
  const memory = new MemoryWatch(server.pid, MEMORY_EVERY_MS)
  tell(`recording ${parameters.entries} entries in batches of ${parameters.batchEntries}`)
  const batches = await recordBatches(server, parameters)
  tell(`recording single entries on ${parameters.singleConnections} connections`)
  const { singlesRecorded, ...singles } = await recordSingles(server, parameters)
  const entriesRecorded = parameters.entries + singlesRecorded
  tell(`comparing answers with the corpus of ${entriesRecorded} entries`)
  await assertAnswers(server, parameters.seed, entriesRecorded)
  tell('reading')
  const readMs = await measureReads(server, parameters)
  const loadRssMbMax = memory.end() ?? null
  tell('waiting for the disk to settle')
  const disk = await settledDisk(server.dataFolder, parameters.settleSecondsMax)
  const highWaterMb = readTree(server.pid)?.highWaterMb ?? null
  // Last, as another log is recorded for it, which would count as disk of this one.
  tell('reading through the dialects')
  const dialects = await measureDialects(server, parameters, entriesRecorded)
  return {
    entriesRecorded,
    ...batches,
    ...singles,
    readMs,
    diskBytesPerEntry: disk.bytes / entriesRecorded,
    ledgerBytesPerEntry: (disk.parts['ledger.db'] ?? 0) / entriesRecorded,
    diskBytesByPart: disk.parts,
    idleRssMb: idle?.rssMb ?? null,
    loadRssMbMax,
    highWaterMb,
    ...dialects,
  }
}
