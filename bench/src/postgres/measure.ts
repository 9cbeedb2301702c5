import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedServer } from '@counterfoil/server/dist/postgres/testing/embedded-server.js'
import { createKeyByCommand, type RunningServer, startServer } from '../counterfoil/counterfoil-process.js'
import { ENTRIES_PATH } from '../counterfoil/paths.js'
import { assertNoFailure } from '../counterfoil/recording.js'
import { runLoadProcess } from '../load/load-process.js'
import { readTree } from '../measure/process-tree.js'
import type { BenchParameters } from '../parameters.js'
import { POSTGRES_SETTINGS } from '../peer/postgres.js'

export type PostgresParameters = Pick<
  BenchParameters,
  'seed' | 'entries' | 'batchEntries' | 'batchConnections' | 'singleConnections' | 'singleSeconds'
>

/** What was recorded of one kind of load, and what it took. */
export interface RecordedLoad {
  readonly entriesPerSecond: number
  readonly msP50: number
  readonly msP99: number
  /** CPU time for each entry until it was acknowledged, µs: of the servers and their search engines, of PostgreSQL. */
  readonly cpuUsPerEntry: { readonly servers: number; readonly postgres: number }
  /** Share of one core that the load generators took. */
  readonly generatorCpuShare: number
}

export interface PostgresFigures {
  readonly batches: RecordedLoad
  /** One entry a request, all of one log. */
  readonly hotLog: RecordedLoad
  /** The same batches in two servers on one database, half of the connections each. */
  readonly twoServers: RecordedLoad
  readonly twoServersHotLog: RecordedLoad
}

interface Target {
  readonly server: RunningServer
  readonly token: string
}

/** Records through servers whose journal is in a PostgreSQL that runs on the same machine. */
export async function measureOnPostgres(
  parameters: PostgresParameters,
  tell: (line: string) => void,
): Promise<PostgresFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'counterfoil-bench-postgres-'))
  const postgres = await startEmbeddedServer(POSTGRES_SETTINGS)
  const targets: Target[] = []
  const open = async (name: string): Promise<Target> => {
    const dataFolder = join(folder, name)
    await mkdir(dataFolder)
    const environment = { COUNTERFOIL_DATABASE_URL: url }
    const token = createKeyByCommand(dataFolder, name, environment)
    const target = { server: await startServer(dataFolder, environment), token }
    targets.push(target)
    return target
  }
  const url = await postgres.createDatabase('counterfoil')
  const pid = await postgres.pid()
  try {
    const one = await open('one')
    let next = 0
    const measure = async (used: readonly Target[], kind: 'batches' | 'singles') => {
      const load = await recordLoad(used, kind, { ...parameters, first: next, postgres: pid })
      next += 2 * parameters.entries
      return load
    }
    tell(`recording ${parameters.entries} entries in batches of ${parameters.batchEntries}`)
    const batches = await measure([one], 'batches')
    tell(`recording single entries of one log on ${parameters.singleConnections} connections`)
    const hotLog = await measure([one], 'singles')
    tell('the same, by two servers')
    const two = await open('two')
    const twoServers = await measure([one, two], 'batches')
    return { batches, hotLog, twoServers, twoServersHotLog: await measure([one, two], 'singles') }
  } finally {
    for (const { server } of targets) await server.stop()
    await postgres.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

async function recordLoad(
  targets: readonly Target[],
  kind: 'batches' | 'singles',
  parameters: PostgresParameters & { readonly first: number; readonly postgres: number },
): Promise<RecordedLoad> {
  const { seed, entries, batchEntries, first, singleConnections, batchConnections } = parameters
  const entriesPerRequest = kind === 'batches' ? batchEntries : 1
  const share = 1 / targets.length
  const before = cpuSeconds(targets, parameters.postgres)
  const reports = await Promise.all(
    targets.map(({ server, token }, nth) =>
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
  const after = cpuSeconds(targets, parameters.postgres)
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

function cpuSeconds(targets: readonly Target[], postgres: number) {
  const of = (pid: number) => {
    const use = readTree(pid)
    return use === undefined ? Number.NaN : use.rootCpuSeconds + use.belowCpuSeconds
  }
  return {
    servers: targets.reduce((sum, { server }) => sum + of(server.pid), 0),
    postgres: of(postgres),
  }
}
