import { strict as assert } from 'node:assert'
import { countMatches, type Wanted } from '../corpus/matches.js'
import { LatencyHistogram } from '../load/latency-histogram.js'
import { PAGE_LIMIT, type Questions, questionsOf, READ_KINDS, type ReadKind } from '../reads/questions.js'
import { askPeer, countInPeer } from './ask.js'
import { type InsertForm, insertStatement } from './fill.js'
import { POSTGRES_SETTINGS, type Postgres, type SqlClient, startPostgres } from './postgres.js'
import { CREATE_TABLE } from './schema.js'

export interface PeerParameters {
  readonly seed: number
  readonly entries: number
  readonly batchEntries: number
  readonly singleConnections: number
  readonly singleSeconds: number
  readonly readSamples: number
  readonly readWarmUp: number
}

export interface PeerReport {
  readonly version: string
  readonly settings: typeof POSTGRES_SETTINGS
  readonly insertForm: InsertForm
  readonly batchConnections: number
  readonly batchEntriesPerSecond: number
  readonly singleEntriesPerSecond: number
  readonly singleMsP50: number
  readonly singleMsP99: number
  /** Table and indexes, after a vacuum, without the write-ahead log. */
  readonly bytesPerEntry: number
  readonly readMs: Readonly<Record<ReadKind, { readonly p50: number; readonly p99: number }>>
}

const INSERT_FORM: InsertForm = 'json'
// Four connections were slower and left twice the pending trigram pages behind.
const BATCH_CONNECTIONS = 2

/** Records the corpus in PostgreSQL, asserts its answers against the corpus, and measures both. */
export async function measurePeer(
  parameters: PeerParameters,
  tell: (line: string) => void,
): Promise<PeerReport> {
  const postgres = await startPostgres()
  const client = await postgres.connect()
  try {
    for (const statement of CREATE_TABLE) await client.query(statement)
    const version = await client.query<{ server_version: string }>('SHOW server_version')
    const batchEntriesPerSecond = await fill(postgres, parameters, tell)
    // Sets the visibility map, without which no query reads an index alone, and merges pending trigrams.
    await client.query('VACUUM ANALYZE audit_log_entries')
    const bytesPerEntry = await measureBytes(client, parameters.entries)
    tell('asking the same questions')
    const questions = questionsOf(parameters.seed)
    await assertAnswers(client, parameters, questions)
    const readMs = await measureReads(client, parameters, questions)
    tell(`single entries on ${parameters.singleConnections} connections`)
    const singles = await recordSingles(postgres, parameters)
    return {
      version: version.rows[0]!.server_version,
      settings: POSTGRES_SETTINGS,
      insertForm: INSERT_FORM,
      batchConnections: BATCH_CONNECTIONS,
      batchEntriesPerSecond,
      bytesPerEntry,
      readMs,
      ...singles,
    }
  } finally {
    await client.end()
    await postgres.stop()
  }
}

async function fill(
  postgres: Postgres,
  { seed, entries, batchEntries }: PeerParameters,
  tell: (line: string) => void,
): Promise<number> {
  const startedMs = performance.now()
  let next = 0
  let nextLineMs = startedMs + 10_000
  await eachConnection(postgres, BATCH_CONNECTIONS, async (client) => {
    while (next < entries) {
      const first = next
      next += batchEntries
      const count = Math.min(batchEntries, entries - first)
      await client.query(insertStatement(INSERT_FORM, seed, first, count))
      if (performance.now() < nextLineMs) continue
      nextLineMs += 10_000
      tell(`${((performance.now() - startedMs) / 1_000).toFixed(0)} s: ${next} entries inserted`)
    }
  })
  return entries / ((performance.now() - startedMs) / 1_000)
}

async function recordSingles(postgres: Postgres, parameters: PeerParameters) {
  const latencies = new LatencyHistogram()
  const startedMs = performance.now()
  const endMs = startedMs + parameters.singleSeconds * 1_000
  let next = parameters.entries
  await eachConnection(postgres, parameters.singleConnections, async (client) => {
    while (performance.now() < endMs) {
      const sentMs = performance.now()
      await client.query(insertStatement('values', parameters.seed, next++, 1))
      latencies.add(performance.now() - sentMs)
    }
  })
  return {
    singleEntriesPerSecond: latencies.count / ((performance.now() - startedMs) / 1_000),
    singleMsP50: latencies.percentileMs(0.5),
    singleMsP99: latencies.percentileMs(0.99),
  }
}

async function eachConnection(
  postgres: Postgres,
  connections: number,
  work: (client: SqlClient) => Promise<void>,
): Promise<void> {
  const clients = await Promise.all(Array.from({ length: connections }, () => postgres.connect()))
  await Promise.all(clients.map(work))
  await Promise.all(clients.map((client) => client.end()))
}

async function measureBytes(client: SqlClient, entries: number): Promise<number> {
  const size = await client.query<{ bytes: string }>(
    `SELECT pg_total_relation_size('audit_log_entries') AS bytes`,
  )
  return Number(size.rows[0]!.bytes) / entries
}

async function assertAnswers(
  client: SqlClient,
  { seed, entries }: PeerParameters,
  questions: Questions,
): Promise<void> {
  const wanted: Wanted[] = READ_KINDS.flatMap((kind) => questions[kind])
  const expected = countMatches(seed, entries, wanted)
  for (const [place, question] of wanted.entries()) {
    const count = await countInPeer(client, question)
    assert.equal(count, expected[place], `the peer's count of ${JSON.stringify(question)}`)
    const rows = await askPeer(client, 'newest', question)
    assert.equal(rows, Math.min(PAGE_LIMIT, count), `the peer's page of ${JSON.stringify(question)}`)
  }
}

async function measureReads(
  client: SqlClient,
  { readSamples, readWarmUp }: PeerParameters,
  questions: Questions,
): Promise<PeerReport['readMs']> {
  const measured: [ReadKind, { p50: number; p99: number }][] = []
  for (const kind of READ_KINDS) {
    const latencies = new LatencyHistogram()
    for (let sample = -readWarmUp; sample < readSamples; sample += 1) {
      const wanted = questions[kind][(sample + readWarmUp) % questions[kind].length]!
      const sentMs = performance.now()
      await askPeer(client, kind, wanted)
      if (sample >= 0) latencies.add(performance.now() - sentMs)
    }
    measured.push([kind, { p50: latencies.percentileMs(0.5), p99: latencies.percentileMs(0.99) }])
  }
  return Object.fromEntries(measured) as PeerReport['readMs']
}
