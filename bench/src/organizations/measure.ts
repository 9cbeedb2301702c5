import { mkdir, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSqliteAccessStore } from '@counterfoil/server/dist/access/sqlite-access-store.js'
import { type RunningServer, startServer } from '../counterfoil/counterfoil-process.js'
import { measureDisk } from '../measure/disk.js'
import { readTree } from '../measure/process-tree.js'

export interface OrganizationsParameters {
  readonly organizations: number
  readonly connections: number
  /** How long it is watched while nearly nothing is asked of it; a checkpoint of an idle log is renewed every 5 minutes. */
  readonly idleSeconds: number
  readonly folder: string
}

/** What so many organizations cost, each with one entry in its log. */
export interface OrganizationsFigures {
  /** One request an entry, each with the key of another organization. */
  readonly recordedPerSecond: number
  readonly cpuUsPerEntry: number
  /** From the last entry acknowledged until all of them can be searched, and until all are under a signed checkpoint. */
  readonly indexLagSeconds: number
  readonly evidenceLagSeconds: number
  readonly rssMbAfterRecording: number
  /** From the start of the process until it was ready, with all logs there. */
  readonly startSeconds: number
  /** Of server and engine, until all that was recorded is known to be signed. */
  readonly startCpuSeconds: number
  readonly rssMbAfterStart: number
  /** Of one core, while nothing is asked of it. */
  readonly idleCpuShare: number
  /** The longest that an answer with a checkpoint took, of one a second, while nothing else was asked of it. */
  readonly receiptSecondsMax: number
  readonly diskMb: number
}

const LAG_SECONDS_MAX = 1_800

/** Makes organizations, records an entry for each, waits for everything that follows, and starts anew. */
export async function measureOrganizations(
  { organizations, connections, idleSeconds, folder }: OrganizationsParameters,
  say: (line: string) => void,
): Promise<OrganizationsFigures> {
  const dataFolder = join(folder, 'data')
  const tokens = await makeOrganizations(dataFolder, organizations)
  say(`Made ${organizations} organizations`)
  const first = await startServer(dataFolder)
  let recorded: Pick<
    OrganizationsFigures,
    'recordedPerSecond' | 'cpuUsPerEntry' | 'indexLagSeconds' | 'evidenceLagSeconds' | 'rssMbAfterRecording'
  >
  try {
    recorded = await record(first, tokens, connections, say)
  } finally {
    await first.stop()
  }
  const startMs = performance.now()
  const second = await startServer(dataFolder)
  try {
    const startSeconds = (performance.now() - startMs) / 1_000
    say(`Started in ${startSeconds} s`)
    await untilZero(second.port, 'counterfoil_checkpoint_behind_seconds')
    const startCpuSeconds = cpuOf(second.pid)
    const rssMbAfterStart = readTree(second.pid)?.rssMb ?? 0
    return {
      ...recorded,
      startSeconds,
      startCpuSeconds,
      rssMbAfterStart,
      ...(await idle(second, tokens[0] as string, idleSeconds)),
      diskMb: (await measureDisk(dataFolder)).bytes / 1e6,
    }
  } finally {
    await second.stop()
    await rm(dataFolder, { recursive: true })
  }
}

/** In the store itself: what is measured is having them, not making them. */
async function makeOrganizations(dataFolder: string, count: number): Promise<readonly string[]> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const store = await openSqliteAccessStore(join(dataFolder, 'access.db'))
  const tokens: string[] = []
  try {
    while (tokens.length < count)
      await store.transaction(async (records) => {
        for (let i = 0; i < 1_000 && tokens.length < count; i++) {
          const slug = `org-${tokens.length}`
          const organization = await records.tenants.create(slug, slug)
          const scopes = ['audit:write', 'audit:read'] as const
          const made = await records.apiKeys.create({ organization, mode: 'live', scopes, name: '' })
          tokens.push(made.token)
        }
      })
    return tokens
  } finally {
    await store.close()
  }
}

async function record(
  server: RunningServer,
  tokens: readonly string[],
  connections: number,
  say: (line: string) => void,
) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const cpuBefore = cpuOf(server.pid)
  const startMs = performance.now()
  let next = 0
  const send = async () => {
    for (let i = next++; i < tokens.length; i = next++) await post(agent, server.port, tokens[i] as string)
  }
  await Promise.all(Array.from({ length: connections }, send))
  const seconds = (performance.now() - startMs) / 1_000
  const cpuSeconds = cpuOf(server.pid) - cpuBefore
  say(`Recorded ${tokens.length} entries in ${seconds} s`)
  const doneMs = performance.now()
  const [indexLagSeconds, evidenceLagSeconds] = await Promise.all([
    untilCaughtUp(server.port).then(() => (performance.now() - doneMs) / 1_000),
    untilZero(server.port, 'counterfoil_checkpoint_behind_seconds').then(
      () => (performance.now() - doneMs) / 1_000,
    ),
  ])
  agent.destroy()
  say(`Searchable after ${indexLagSeconds} s, signed after ${evidenceLagSeconds} s`)
  return {
    recordedPerSecond: tokens.length / seconds,
    cpuUsPerEntry: (cpuSeconds / tokens.length) * 1e6,
    indexLagSeconds,
    evidenceLagSeconds,
    rssMbAfterRecording: readTree(server.pid)?.rssMb ?? 0,
  }
}

/** Nothing but one entry a second, which waits for its checkpoint. */
async function idle({ pid, port }: RunningServer, token: string, idleSeconds: number) {
  const agent = new Agent({ keepAlive: true })
  const cpuBefore = cpuOf(pid)
  const startMs = performance.now()
  let receiptSecondsMax = 0
  for (let i = 0; i < idleSeconds; i++) {
    const sentMs = performance.now()
    await post(agent, port, token, '?wait=checkpoint')
    const tookMs = performance.now() - sentMs
    receiptSecondsMax = Math.max(receiptSecondsMax, tookMs / 1_000)
    await sleep(Math.max(0, 1_000 - tookMs))
  }
  agent.destroy()
  const seconds = (performance.now() - startMs) / 1_000
  return { idleCpuShare: (cpuOf(pid) - cpuBefore) / seconds, receiptSecondsMax }
}

function post(agent: Agent, port: number, token: string, query = ''): Promise<void> {
  const body = JSON.stringify({
    action: 'order.created',
    actor: { type: 'user', id: 'u_1', label: 'Ada' },
    resource: { type: 'order', id: '42' },
    metadata: { amount: 42, currency: 'EUR' },
  })
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: `/v1/audit_log_entries${query}`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    }
    const sent = request(options, (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 201
          ? resolve()
          : reject(new Error(`recording answered ${response.statusCode}`)),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function untilCaughtUp(port: number): Promise<void> {
  await until(async () => {
    const metrics = await readMetrics(port)
    return gaugeOf(metrics, 'counterfoil_index_position') >= gaugeOf(metrics, 'counterfoil_journal_position')
  }, 'the index to catch up')
}

async function untilZero(port: number, metric: string): Promise<void> {
  await until(async () => gaugeOf(await readMetrics(port), metric) === 0, `${metric} to be 0`)
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + LAG_SECONDS_MAX * 1_000
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited ${LAG_SECONDS_MAX} s in vain for ${what}`)
    await sleep(250)
  }
}

async function readMetrics(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

function gaugeOf(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
}

function cpuOf(pid: number): number {
  const tree = readTree(pid)
  return tree === undefined ? 0 : tree.rootCpuSeconds + tree.belowCpuSeconds
}
