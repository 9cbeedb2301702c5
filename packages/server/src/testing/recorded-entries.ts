import {
  canonicalJson,
  DEFAULT_CATEGORY,
  DEFAULT_OUTCOME,
  DEFAULT_SEVERITY,
  diffJson,
  type Entry,
  type EntryContent,
  type Json,
  type LogName,
} from '@counterfoil/core'
import { type Random, randomEntries } from '../../../core/dist/query/testing/random-query.js'
import type { TestServer } from './test-server.js'

const PATH = '/v1/audit_log_entries'

/** The server's part of an entry. */
type Receipt = Pick<Entry, 'id' | 'seq' | 'recorded_at'>

/**
 * Records entries, so many in a request, and gives them as they must be in the log: what an oracle answers from. Throws
 * when one is refused. Entries of one request may share a moment.
 */
export async function recordEntries(
  server: TestServer,
  key: string,
  contents: readonly object[],
  perRequest = 1,
): Promise<Entry[]> {
  const log = await logOf(server, key)
  const entries: Entry[] = []
  for (let first = 0; first < contents.length; first += perRequest) {
    const batch = contents.slice(first, first + perRequest)
    const { status, body } = await server.call(key, 'POST', PATH, batch)
    if (status !== 201) throw new Error(`refused: ${JSON.stringify(body)}`)
    entries.push(...batch.map((content, i) => asRecorded(content, body.data[i], log)))
  }
  return entries
}

/**
 * Records random entries, hostile text and missing parts among them. They are drawn wider than what may be recorded, so
 * those that the server refuses are left out, and others are drawn.
 */
export async function recordRandomEntries(
  server: TestServer,
  key: string,
  random: Random,
  count: number,
  perRequest = 1,
): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let drawn = 0; entries.length < count; drawn += perRequest) {
    // Were most refused, little would be tested.
    if (drawn > 4 * count + perRequest)
      throw new Error(`of ${drawn} random entries ${entries.length} were taken`)
    const batch = randomEntries(random, Math.min(perRequest, count - entries.length)).map(toContent)
    entries.push(...(await recordEntries(server, key, await admitted(server, key, batch), perRequest)))
  }
  return entries
}

/** The contents that the server would take, by its own word: a batch with one that it refuses is not recorded. */
async function admitted(
  server: TestServer,
  key: string,
  contents: readonly EntryContent[],
): Promise<readonly EntryContent[]> {
  // Never accepted, and refused at a place of its own: so that the others are judged and none is recorded.
  const { status, body } = await server.call(key, 'POST', PATH, [...contents, {}])
  if (status !== 400) throw new Error(`A batch that cannot be recorded was answered with ${status}.`)
  const places = (body.problems as { pointer: string }[]).map(({ pointer }) => Number(pointer.split('/')[1]))
  if (!places.includes(contents.length)) throw new Error('Too many problems to list them all.')
  return contents.filter((_, i) => !places.includes(i))
}

async function logOf(server: TestServer, key: string): Promise<LogName> {
  const found = await server.counterfoil.access.authenticate(key)
  if (found === undefined) throw new Error('The key belongs to no log.')
  return { organization_id: found.organizationId, mode: found.mode }
}

/**
 * What the log must hold of a content that was sent: defaults filled in, the change worked out, nothing else. A context
 * that says nothing is not told from none.
 */
function asRecorded(
  content: Readonly<Partial<EntryContent>>,
  { id, seq, recorded_at }: Receipt,
  log: LogName,
): Entry {
  const { before, after, context, ...others } = content
  const defaults = { category: DEFAULT_CATEGORY, severity: DEFAULT_SEVERITY, outcome: DEFAULT_OUTCOME }
  const change = before === undefined || after === undefined ? {} : { diff: diffJson(before, after) }
  const parts = {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(context === undefined || Object.keys(context).length === 0 ? {} : { context }),
  }
  const whole = { ...defaults, ...others, ...parts, ...change, ...log, id, seq, recorded_at }
  return JSON.parse(canonicalJson(whole as unknown as Json))
}

function toContent({
  id: _id,
  organization_id: _organization,
  mode: _mode,
  seq: _seq,
  recorded_at: _at,
  ...content
}: Entry): EntryContent {
  return content
}
