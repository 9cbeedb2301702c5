import { strict as assert } from 'node:assert'
import type { CounterfoilProcess } from '../counterfoil/counterfoil-process.js'
import { ENTRIES_PATH } from '../counterfoil/paths.js'
import { assertNoFailure, recordBatches } from '../counterfoil/recording.js'
import { readWhole } from '../exports/read-export.js'
import type { Figures } from '../figures.js'
import { runLoadProcess } from '../load/load-process.js'
import type { BenchParameters } from '../parameters.js'
import {
  DIALECT_PAGE_ENTRIES,
  DIALECT_PAGES,
  type DialectPage,
  type ListedEntry,
  PAGED_DIALECTS,
  type PagedDialect,
} from './pages.js'

type DialectFigures = Pick<Figures, 'dialectPageMs' | 'csvRowsPerSecond' | 'paradimeEntriesPerSecond'>

/** Measures what vendors' clients wait for. Throws when an answer is not what our own list says. */
export async function measureDialects(
  server: CounterfoilProcess,
  parameters: BenchParameters,
  entries: number,
): Promise<DialectFigures> {
  return {
    dialectPageMs: await measurePages(server, parameters),
    csvRowsPerSecond: await measureCsv(server, entries),
    paradimeEntriesPerSecond: await measureParadime(server, parameters),
  }
}

/** First pages on one connection, one after the other. */
async function measurePages(
  server: CounterfoilProcess,
  { readSamples, readWarmUp }: BenchParameters,
): Promise<Figures['dialectPageMs']> {
  const newest = await readNewest(server)
  const measured: [PagedDialect, { p50: number; p99: number }][] = []
  for (const dialect of PAGED_DIALECTS) {
    const page: DialectPage = DIALECT_PAGES[dialect]
    await assertPage(server, dialect, page, newest)
    const report = await runLoadProcess({
      port: server.port,
      token: server.token,
      connections: 1,
      requests: {
        kind: 'read',
        paths: [page.path],
        headers: page.headers(server.token),
        ...(page.body === undefined ? {} : { body: page.body }),
        warmUp: readWarmUp,
      },
      secondsMax: Number.MAX_SAFE_INTEGER,
      requestsMax: readWarmUp + readSamples,
      progressEverySeconds: 0,
    })
    assertNoFailure(report)
    measured.push([dialect, { p50: report.latencyMs.p50, p99: report.latencyMs.p99 }])
  }
  return Object.fromEntries(measured) as Figures['dialectPageMs']
}

/** The newest entries, enough for the pages of dialects that leave some out. */
async function readNewest(server: CounterfoilProcess): Promise<readonly ListedEntry[]> {
  const answer = await askJson(server, {
    path: `${ENTRIES_PATH}?limit=${4 * DIALECT_PAGE_ENTRIES}`,
    headers: { authorization: `Bearer ${server.token}` },
  })
  return (answer as { data: readonly ListedEntry[] }).data
}

async function assertPage(
  server: CounterfoilProcess,
  dialect: PagedDialect,
  page: DialectPage,
  newest: readonly ListedEntry[],
): Promise<void> {
  const expected = newest.filter(page.has).slice(0, DIALECT_PAGE_ENTRIES).map(page.keyOf)
  assert.equal(expected.length, DIALECT_PAGE_ENTRIES, `a whole page for ${dialect}`)
  const answer = await askJson(server, { ...page, headers: page.headers(server.token) })
  assert.deepEqual(page.keysIn(answer), expected, `the first page of ${dialect}`)
}

async function askJson(
  { port }: Pick<CounterfoilProcess, 'port'>,
  { path, headers, body }: { path: string; headers: Readonly<Record<string, string>>; body?: string },
): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { method: 'POST', body }),
  })
  const text = await response.text()
  assert.equal(response.status, 200, `${path}: ${text.slice(0, 1_000)}`)
  return JSON.parse(text)
}

const CSV_ROUNDS = 3

/** Wherobots' export of the whole log; the best of a few rounds, as a busy neighbour makes them worse, never better. */
async function measureCsv(server: CounterfoilProcess, entries: number): Promise<number> {
  let best = 0
  for (let round = 0; round < CSV_ROUNDS; round++) {
    const startMs = performance.now()
    const { rows } = await readWhole(server)
    const seconds = (performance.now() - startMs) / 1_000
    // Of each export before there is an entry, too.
    assert.equal(rows, entries + round, 'rows of the export')
    best = Math.max(best, rows / seconds)
  }
  return best
}

const PARADIME_FIELDS =
  'id createdDttm updatedDttm workspaceId workspaceName actorType actorUserId actorEmail eventSourceId eventSource eventId eventType metadataJson'

/** Paradime's list knows no pages: all of a log at once, of another organization's that is as large as they come. */
async function measureParadime(server: CounterfoilProcess, parameters: BenchParameters): Promise<number> {
  const { paradimeEntries: entries } = parameters
  const other = { ...server, token: server.otherToken }
  await recordBatches(other, { ...parameters, entries })
  const startMs = performance.now()
  const answer = (await askJson(other, {
    path: '/graphql',
    headers: { authorization: `Bearer ${other.token}` },
    body: JSON.stringify({ query: `{ getAuditLogs { auditLogs { ${PARADIME_FIELDS} } } }` }),
  })) as { data: { getAuditLogs: { auditLogs: readonly { id: number }[] } } }
  const seconds = (performance.now() - startMs) / 1_000
  const { auditLogs } = answer.data.getAuditLogs
  assert.equal(auditLogs.length, entries, "entries of Paradime's list")
  assert(
    auditLogs.every(({ id }, place) => id === entries - place),
    "Paradime's list is newest first",
  )
  return entries / seconds
}
