import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tell } from '../benchmark.js'
import type { CounterfoilProcess } from '../counterfoil/counterfoil-process.js'
import { ENTRIES_PATH } from '../counterfoil/paths.js'
import { gauge } from '../counterfoil/positions.js'
import { assertNoFailure, recordBatches } from '../counterfoil/recording.js'
import { runLoadProcess } from '../load/load-process.js'
import { readTree } from '../measure/process-tree.js'
import type { ExportParameters } from './parameters.js'
import { openExport, readSlowly, readWhole } from './read-export.js'

/** What one run found; of several rounds the best. */
export interface ExportFigures {
  readonly rowsPerSecond: number
  readonly megabytesPerSecond: number
  /** CPU of the server process, all its threads, for a row. */
  readonly cpuUsPerRow: number | null
  /** How far the server's resident memory grew over what it was before, at most. */
  readonly fastGrowthMb: number
  readonly slowGrowthMb: number
  /** From the reader going away until the server had let go of the export. */
  readonly abandonedMs: number
  readonly quiet: Beside
  readonly exporting: Beside
}

/** Others at the same time. */
export interface Beside {
  readonly pageMsP50: number
  readonly pageMsP99: number
  readonly recordMsP50: number
  readonly recordMsP99: number
}

const REST_MS = 1_000
const MEMORY_EVERY_MS = 50
const RECORDING_CONNECTIONS = 4

/** Records the corpus and exports it in every way. Throws when an export is not whole. */
export async function measureExports(
  server: CounterfoilProcess,
  parameters: ExportParameters,
  tell: Tell,
): Promise<ExportFigures> {
  const { recording, rounds } = parameters
  tell(`recording ${recording.entries} entries`)
  await recordBatches(server, recording)
  await sleep(REST_MS)
  tell('exporting at a slow pace')
  const slow = await measureSlow(server, parameters)
  const whole: Whole[] = []
  for (let round = 1; round <= rounds; round++) {
    tell(`exporting everything, ${round} of ${rounds}`)
    whole.push(await measureWhole(server, recording.entries))
  }
  const beside = { quiet: [] as Beside[], exporting: [] as Beside[] }
  const taken = { first: recording.entries }
  for (let round = 1; round <= rounds; round++) {
    tell(`pages and recording without and beside an export, ${round} of ${rounds}`)
    beside.quiet.push(await measureBeside(server, parameters, taken))
    beside.exporting.push(await whileExporting(server, () => measureBeside(server, parameters, taken)))
  }
  const best = whole.toSorted((a, b) => b.rowsPerSecond - a.rowsPerSecond)[0] as Whole
  return {
    ...best,
    fastGrowthMb: Math.max(...whole.map(({ fastGrowthMb }) => fastGrowthMb)),
    ...slow,
    quiet: bestOf(beside.quiet),
    exporting: bestOf(beside.exporting),
  }
}

type Whole = Pick<ExportFigures, 'rowsPerSecond' | 'megabytesPerSecond' | 'cpuUsPerRow' | 'fastGrowthMb'>

async function measureWhole(server: CounterfoilProcess, entries: number): Promise<Whole> {
  const size = await logSize(server)
  const growth = new Growth(server.pid)
  const before = readTree(server.pid)
  const startMs = performance.now()
  const { rows, bytes } = await readWhole(server)
  const seconds = (performance.now() - startMs) / 1_000
  const after = readTree(server.pid)
  // Every export before this one has added an entry about itself.
  assert(size >= entries)
  assert.equal(rows, size, 'rows of the export')
  const cpuSeconds = before && after && after.rootCpuSeconds - before.rootCpuSeconds
  return {
    rowsPerSecond: rows / seconds,
    megabytesPerSecond: bytes / 1e6 / seconds,
    cpuUsPerRow: cpuSeconds === undefined ? null : (cpuSeconds * 1e6) / rows,
    fastGrowthMb: growth.end(),
  }
}

async function measureSlow(
  server: CounterfoilProcess,
  { slowBytesPerSecond, slowSeconds }: ExportParameters,
): Promise<Pick<ExportFigures, 'slowGrowthMb' | 'abandonedMs'>> {
  const growth = new Growth(server.pid)
  await readSlowly(server, slowBytesPerSecond, slowSeconds)
  const goneMs = performance.now()
  while ((await runningExports(server)) > 0) await sleep(5)
  return { slowGrowthMb: growth.end(), abandonedMs: performance.now() - goneMs }
}

/** How many entries the log holds. */
async function logSize({ port, token }: CounterfoilProcess): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${ENTRIES_PATH}?limit=1&include_count=true`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return ((await response.json()) as { total_count: number }).total_count
}

async function runningExports({ port }: CounterfoilProcess): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  return gauge(await response.text(), 'counterfoil_running_exports')
}

/** Runs `work` while exports follow one another without a pause. */
async function whileExporting<T>(server: CounterfoilProcess, work: () => Promise<T>): Promise<T> {
  let working = true
  const exporting = (async () => {
    while (working) {
      const answer = await openExport(server)
      answer.on('error', () => {})
      for await (const _chunk of answer) if (!working) break
    }
  })()
  try {
    return await work()
  } finally {
    working = false
    await exporting
  }
}

async function measureBeside(
  { port, token }: CounterfoilProcess,
  { recording, besideSeconds }: ExportParameters,
  taken: { first: number },
): Promise<Beside> {
  const shared = { port, token, progressEverySeconds: 0, secondsMax: besideSeconds }
  const pages = await runLoadProcess({
    ...shared,
    connections: 1,
    requestsMax: Number.MAX_SAFE_INTEGER,
    requests: { kind: 'read', paths: ['/audit-log?size=50', `${ENTRIES_PATH}?limit=50`], warmUp: 1 },
  })
  assertNoFailure(pages)
  const recorded = await runLoadProcess({
    ...shared,
    connections: RECORDING_CONNECTIONS,
    requestsMax: Number.MAX_SAFE_INTEGER,
    requests: {
      kind: 'record',
      path: ENTRIES_PATH,
      seed: recording.seed,
      first: taken.first,
      entriesPerRequest: 1,
      format: 'single',
    },
  })
  assertNoFailure(recorded)
  taken.first += recorded.succeeded
  return {
    pageMsP50: pages.latencyMs.p50,
    pageMsP99: pages.latencyMs.p99,
    recordMsP50: recorded.latencyMs.p50,
    recordMsP99: recorded.latencyMs.p99,
  }
}

function bestOf(rounds: readonly Beside[]): Beside {
  const least = (name: keyof Beside) => Math.min(...rounds.map((round) => round[name]))
  return {
    pageMsP50: least('pageMsP50'),
    pageMsP99: least('pageMsP99'),
    recordMsP50: least('recordMsP50'),
    recordMsP99: least('recordMsP99'),
  }
}

/** Watches how far a process's own resident memory rises over what it is at the start. */
class Growth {
  readonly #pid: number
  readonly #beforeMb: number
  readonly #timer: NodeJS.Timeout
  #peakMb: number

  constructor(pid: number) {
    this.#pid = pid
    this.#beforeMb = this.#peakMb = residentMb(pid)
    this.#timer = setInterval(() => this.#look(), MEMORY_EVERY_MS)
  }

  end(): number {
    clearInterval(this.#timer)
    this.#look()
    return this.#peakMb - this.#beforeMb
  }

  #look(): void {
    this.#peakMb = Math.max(this.#peakMb, residentMb(this.#pid))
  }
}

/** Of the server alone, without its engine; Linux only. */
function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / 1e6
}
