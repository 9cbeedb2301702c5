import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestClickHouse } from '@counterfoil/server/dist/index/testing/clickhouse-server.js'
import { startEmbeddedServer } from '@counterfoil/server/dist/postgres/testing/embedded-server.js'
import { createKeyByCommand, type RunningServer, startServer } from '../counterfoil/counterfoil-process.js'
import { ENTRIES_PATH } from '../counterfoil/paths.js'
import { PositionWatch } from '../counterfoil/positions.js'
import { assertNoFailure } from '../counterfoil/recording.js'
import { runLoadProcess } from '../load/load-process.js'
import { readTree } from '../measure/process-tree.js'
import type { BenchParameters } from '../parameters.js'
import { POSTGRES_SETTINGS } from '../peer/postgres.js'
import { measureReadAfterWrite, type ReadAfterWrite } from './read-after-write.js'

export type PostgresParameters = Pick<
  BenchParameters,
  'seed' | 'entries' | 'batchEntries' | 'batchConnections' | 'singleConnections' | 'singleSeconds'
>

type LoadKind = 'batches' | 'singles'

/** What was recorded of one kind of load, and what it took. */
export interface RecordedLoad {
  readonly entriesPerSecond: number
  readonly msP50: number
  readonly msP99: number
  /** CPU time for each entry until it was acknowledged, µs: of the servers, of PostgreSQL. That of the search engine is left out. */
  readonly cpuUsPerEntry: { readonly servers: number; readonly postgres: number }
  /** Share of one core that the load generators took. */
  readonly generatorCpuShare: number
  /** How long after the load everything was signed and searchable. */
  readonly settledSeconds: number
}

/**
 * The same load by one of the servers with all connections and by both with half of them each, in turns, each first in every other round:
 * what one round measures depends on the minute.
 */
export interface InTurns {
  readonly rounds: readonly {
    readonly one: RecordedLoad
    readonly two: RecordedLoad
    /** Entries a second of two servers for each that one records. */
    readonly twoOverOne: number
  }[]
  readonly twoOverOneMedian: number
}

export interface PostgresFigures {
  readonly batches: RecordedLoad
  /** One entry a request, all of one log. */
  readonly hotLog: RecordedLoad
  /** The same by a second server on the same database, alone: what the first had before the second was there. */
  readonly ofSecond: { readonly batches: RecordedLoad; readonly hotLog: RecordedLoad }
  /** Batches, a tenth of the entries in each. */
  readonly batchesInTurns: InTurns
  /** One entry a request of one log, half of the time in each. */
  readonly hotLogInTurns: InTurns
  /** Nothing else going on: recorded and searched by the server that fills the index, and recorded by one and searched by the other. */
  readonly readAfterWrite: {
    readonly byWhoRecorded: ReadAfterWrite
    readonly byAnother: ReadAfterWrite
    readonly byAnotherTheOtherWay: ReadAfterWrite
  }
}

/** Records through servers that share a PostgreSQL and a search engine on the same machine. */
export async function measureOnPostgres(
  parameters: PostgresParameters,
  tell: (line: string) => void,
): Promise<PostgresFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'counterfoil-bench-postgres-'))
  const postgres = await startEmbeddedServer(POSTGRES_SETTINGS)
  const clickhouse = await TestClickHouse.open()
  const servers: RunningServer[] = []
  try {
    const environment = {
      COUNTERFOIL_DATABASE_URL: await postgres.createDatabase('counterfoil'),
      COUNTERFOIL_CLICKHOUSE_URL: clickhouse.url,
      COUNTERFOIL_CLICKHOUSE_USER: clickhouse.user,
      COUNTERFOIL_CLICKHOUSE_PASSWORD: clickhouse.password,
      COUNTERFOIL_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    }
    const [first, second] = [join(folder, 'one'), join(folder, 'two')]
    await mkdir(first)
    const token = createKeyByCommand(first, 'bench', environment)
    await cp(first, second, { recursive: true })
    const pid = await postgres.pid()
    let next = 0
    const measure = async (kind: LoadKind, by = servers, size = parameters): Promise<RecordedLoad> => {
      const load = await recordLoad(by, kind, { ...size, token, first: next, postgres: pid })
      next += 2 * parameters.entries
      // What is signed and indexed behind a load must not be counted to the next.
      const endedMs = performance.now()
      for (const server of servers) await settle(server, token)
      return { ...load, settledSeconds: (performance.now() - endedMs) / 1_000 }
    }
    servers.push(await startServer(first, environment))
    tell(`recording ${parameters.entries} entries in batches of ${parameters.batchEntries}`)
    const batches = await measure('batches')
    tell(`recording single entries of one log on ${parameters.singleConnections} connections`)
    const hotLog = await measure('singles')
    tell('the same, by a second server alone')
    servers.push(await startServer(second, environment))
    // In its first seconds a server compiles what it does often, and takes twice the CPU for an entry.
    const alone = servers.slice(1)
    const ofSecond = { batches: await measure('batches', alone), hotLog: await measure('singles', alone) }
    const inTurns = async (kind: LoadKind, what: string): Promise<InTurns> => {
      const rounds: InTurns['rounds'][number][] = []
      const part = {
        ...parameters,
        entries: parameters.entries / 10,
        singleSeconds: parameters.singleSeconds / 2,
      }
      for (let round = 1; round <= TURNS; round++) {
        tell(`${what} by one server and by two, ${round} of ${TURNS}`)
        const twoFirst = round % 2 === 0 ? await measure(kind, servers, part) : undefined
        const one = await measure(kind, servers.slice(0, 1), part)
        const two = twoFirst ?? (await measure(kind, servers, part))
        const twoOverOne = two.entriesPerSecond / one.entriesPerSecond
        rounds.push({ one, two, twoOverOne })
        tell(`  two over one: ${twoOverOne.toFixed(2)}`)
      }
      const twoOverOneMedian = median(rounds.map(({ twoOverOne }) => twoOverOne))
      tell(`  their median: ${twoOverOneMedian.toFixed(2)}`)
      return { rounds, twoOverOneMedian }
    }
    const batchesInTurns = await inTurns('batches', 'batches')
    const hotLogInTurns = await inTurns('singles', 'single entries of one log')
    tell('searching for what was recorded a moment ago')
    const readAfterWrite = await readAfterWriteBy(servers, token, parameters.entries)
    return { batches, hotLog, ofSecond, batchesInTurns, hotLogInTurns, readAfterWrite }
  } finally {
    for (const server of servers) await server.stop()
    await clickhouse.remove()
    await postgres.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

const READ_AFTER_WRITE_SAMPLES = 200

/** The first of the servers was there first and fills the index. */
async function readAfterWriteBy(servers: readonly RunningServer[], token: string, entries: number) {
  const [one, other] = servers.map(({ port }) => port) as [number, number]
  const samples = Math.min(READ_AFTER_WRITE_SAMPLES, entries / 100)
  return {
    byWhoRecorded: await measureReadAfterWrite({ writer: one, reader: one }, token, samples),
    byAnother: await measureReadAfterWrite({ writer: one, reader: other }, token, samples),
    byAnotherTheOtherWay: await measureReadAfterWrite({ writer: other, reader: one }, token, samples),
  }
}

/** Odd, so that one of them is the median. */
const TURNS = 9
const SETTLE_MS_MAX = 120_000
const SETTLE_LOOK_MS = 250

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

/** Resolves when all that was recorded so far is signed, and in the index. */
async function settle({ port }: RunningServer, token: string): Promise<void> {
  const endMs = performance.now() + SETTLE_MS_MAX
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}${ENTRIES_PATH}?wait=checkpoint`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"action":"bench.settle"}',
    })
    const text = await response.text()
    if (response.status === 201) break
    if (performance.now() > endMs) throw new Error(`The server did not come to rest: ${text}`)
  }
  await new PositionWatch(port, SETTLE_LOOK_MS).endWhenCaughtUp(SETTLE_MS_MAX / 1_000)
}

async function recordLoad(
  servers: readonly RunningServer[],
  kind: LoadKind,
  parameters: PostgresParameters & {
    readonly token: string
    readonly first: number
    readonly postgres: number
  },
): Promise<Omit<RecordedLoad, 'settledSeconds'>> {
  const { seed, token, entries, batchEntries, first, singleConnections, batchConnections } = parameters
  const entriesPerRequest = kind === 'batches' ? batchEntries : 1
  const share = 1 / servers.length
  const before = cpuSeconds(servers, parameters.postgres)
  const reports = await Promise.all(
    servers.map((server, nth) =>
      runLoadProcess({
        port: server.port,
        token,
        progressEverySeconds: 0,
        connections: share * (kind === 'batches' ? batchConnections : singleConnections),
        requestsMax: kind === 'batches' ? share * (entries / batchEntries) : Number.MAX_SAFE_INTEGER,
        secondsMax: kind === 'batches' ? Number.MAX_SAFE_INTEGER : parameters.singleSeconds,
        requests: {
          kind: 'record',
          path: ENTRIES_PATH,
          seed,
          first: first + nth * entries,
          entriesPerRequest,
          format: kind === 'batches' ? 'array' : 'single',
        },
      }),
    ),
  )
  for (const report of reports) assertNoFailure(report)
  const after = cpuSeconds(servers, parameters.postgres)
  const recorded = reports.reduce((sum, { succeeded }) => sum + succeeded, 0) * entriesPerRequest
  const seconds = Math.max(...reports.map((report) => report.seconds))
  const perEntry = (used: number) => (used * 1e6) / recorded
  return {
    entriesPerSecond: recorded / seconds,
    msP50: Math.max(...reports.map(({ latencyMs }) => latencyMs.p50)),
    msP99: Math.max(...reports.map(({ latencyMs }) => latencyMs.p99)),
    cpuUsPerEntry: {
      servers: perEntry(after.servers - before.servers),
      postgres: perEntry(after.postgres - before.postgres),
    },
    generatorCpuShare: reports.reduce((sum, report) => sum + report.generatorCpuShare, 0),
  }
}

function cpuSeconds(servers: readonly RunningServer[], postgres: number) {
  const of = (pid: number) => {
    const use = readTree(pid)
    return use === undefined ? Number.NaN : use.rootCpuSeconds + use.belowCpuSeconds
  }
  return {
    servers: servers.reduce((sum, { pid }) => sum + of(pid), 0),
    postgres: of(postgres),
  }
}
