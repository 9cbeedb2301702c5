import { strict as assert } from 'node:assert'
import type { Figures } from '../figures.js'
import { runLoadProcess } from '../load/load-process.js'
import type { LoadPlan, LoadReport } from '../load/plan.js'
import { lagsMs } from '../measure/lag.js'
import { readTree, type TreeUse } from '../measure/process-tree.js'
import type { BenchParameters } from '../parameters.js'
import type { CounterfoilProcess } from './counterfoil-process.js'
import { ENTRIES_PATH } from './paths.js'
import { PositionWatch } from './positions.js'
import { ReceiptWatch } from './receipts.js'

const POSITIONS_EVERY_MS = 250
const CATCH_UP_SECONDS_MAX = 300
const UNBOUNDED = Number.MAX_SAFE_INTEGER

/** Records the first `entries` of the corpus in batches and waits until the index has them. */
export async function recordBatches(server: CounterfoilProcess, parameters: BenchParameters) {
  const { entries, batchEntries, batchConnections } = parameters
  const before = readTree(server.pid)
  const watch = new PositionWatch(server.port, POSITIONS_EVERY_MS)
  const receipts = new ReceiptWatch(server)
  const report = await runLoadProcess({
    ...recordPlan(server, parameters, 0, batchEntries),
    connections: batchConnections,
    requestsMax: entries / batchEntries,
    secondsMax: UNBOUNDED,
  })
  const endedMs = performance.now()
  assertNoFailure(report)
  const receiptsMs = await receipts.end()
  const samples = await watch.endWhenCaughtUp(CATCH_UP_SECONDS_MAX)
  const lags = lagsMs(samples).toSorted((a, b) => a - b)
  return {
    batchEntriesPerSecond: (report.succeeded * batchEntries) / report.seconds,
    batchEntriesInSlowestSecond: slowestSecond(report) * batchEntries,
    batchMsP50: report.latencyMs.p50,
    batchMsP99: report.latencyMs.p99,
    indexLagMsP50: lags[Math.floor(lags.length / 2)] ?? 0,
    indexLagMsMax: lags.at(-1) ?? 0,
    indexCatchUpMs: Math.max(0, (samples.at(-1)?.atMs ?? endedMs) - endedMs),
    receiptMsP50: receiptsMs[Math.ceil(receiptsMs.length * 0.5) - 1] ?? null,
    receiptMsP99: receiptsMs[Math.ceil(receiptsMs.length * 0.99) - 1] ?? null,
    batchCpuUsPerEntry: cpuUsPerEntry(server, before, entries),
    generatorCpuShareBatches: report.generatorCpuShare,
  }
}

/** Records one entry a request, going on in the corpus where the batches ended. */
export async function recordSingles(server: CounterfoilProcess, parameters: BenchParameters) {
  const before = readTree(server.pid)
  const watch = new PositionWatch(server.port, POSITIONS_EVERY_MS)
  const report = await runLoadProcess({
    ...recordPlan(server, parameters, parameters.entries, 1),
    connections: parameters.singleConnections,
    requestsMax: UNBOUNDED,
    secondsMax: parameters.singleSeconds,
  })
  assertNoFailure(report)
  await watch.endWhenCaughtUp(CATCH_UP_SECONDS_MAX)
  return {
    singlesRecorded: report.succeeded,
    singleEntriesPerSecond: report.succeeded / report.seconds,
    singleMsP50: report.latencyMs.p50,
    singleMsP99: report.latencyMs.p99,
    singleMsMax: report.latencyMs.max,
    singleCpuUsPerEntry: cpuUsPerEntry(server, before, report.succeeded),
    generatorCpuShareSingles: report.generatorCpuShare,
  }
}

/** CPU time of the server and of its engine for each entry, until it can be searched. */
function cpuUsPerEntry(
  server: CounterfoilProcess,
  before: TreeUse | undefined,
  entries: number,
): Figures['batchCpuUsPerEntry'] {
  const after = readTree(server.pid)
  if (before === undefined || after === undefined) return null
  return {
    server: ((after.rootCpuSeconds - before.rootCpuSeconds) * 1e6) / entries,
    engine: ((after.belowCpuSeconds - before.belowCpuSeconds) * 1e6) / entries,
  }
}

/** Requests answered in the slowest full second; the mean of a run that was shorter. */
function slowestSecond({ answeredBySecond, succeeded, seconds }: LoadReport): number {
  return answeredBySecond.length > 0 ? Math.min(...answeredBySecond) : succeeded / seconds
}

/** A failed request fails the benchmark: speed counts only where nothing is refused. */
export function assertNoFailure(report: LoadReport): void {
  assert.equal(report.failed, 0, `${report.failed} requests failed, the first with: ${report.firstFailure}`)
}

function recordPlan(
  server: CounterfoilProcess,
  { seed, progressEverySeconds }: BenchParameters,
  first: number,
  entriesPerRequest: number,
): Omit<LoadPlan, 'connections' | 'secondsMax' | 'requestsMax'> {
  return {
    port: server.port,
    token: server.token,
    progressEverySeconds,
    requests: {
      kind: 'record',
      path: ENTRIES_PATH,
      seed,
      first,
      entriesPerRequest,
      format: entriesPerRequest === 1 ? 'single' : 'array',
    },
  }
}
