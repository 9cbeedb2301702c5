import { strict as assert } from 'node:assert'
import { entryJson } from '../corpus/corpus.js'
import { countMatches, type Wanted } from '../corpus/matches.js'
import { PAGE_LIMIT, questionsOf, READ_KINDS } from '../reads/questions.js'
import type { CounterfoilProcess } from './counterfoil-process.js'
import { histogramPath, pathOf } from './paths.js'

interface RecordedEntry {
  readonly seq: number
  readonly source: { readonly seq: number }
}

/**
 * Asserts that every question of the benchmark gets the answer that the corpus demands: the right number of
 * entries in all, a full page of them, newest first, and each entry exactly as it was sent.
 */
export async function assertAnswers(
  server: CounterfoilProcess,
  seed: number,
  entries: number,
): Promise<void> {
  const questions = questionsOf(seed)
  const wanted = READ_KINDS.flatMap((kind) => questions[kind])
  const expected = countMatches(seed, entries, wanted)
  for (const [place, question] of wanted.entries()) {
    const text = JSON.stringify(question)
    assert.equal(await countIn(server, question), expected[place], `Counterfoil's count of ${text}`)
    const page = await pageOf(server, question)
    assert.equal(page.length, Math.min(PAGE_LIMIT, expected[place]!), `Counterfoil's page of ${text}`)
    for (const entry of page) assertAsSent(seed, entry)
    assertNewestFirst(page)
  }
  const newest = await pageOf(server, {})
  assert.equal(newest[0]?.seq, entries - 1, 'the newest entry has the last place in the log')
}

async function countIn(server: CounterfoilProcess, wanted: Wanted): Promise<number> {
  const answer = (await getJson(server, histogramPath(wanted))) as { data: readonly { total: number }[] }
  return answer.data.reduce((sum, bucket) => sum + bucket.total, 0)
}

async function pageOf(server: CounterfoilProcess, wanted: Wanted): Promise<readonly RecordedEntry[]> {
  const answer = (await getJson(server, pathOf('newest', wanted))) as { data: readonly RecordedEntry[] }
  return answer.data
}

async function getJson(server: CounterfoilProcess, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  const text = await response.text()
  assert.equal(response.status, 200, `${path}: ${text}`)
  return JSON.parse(text)
}

function assertAsSent(seed: number, entry: RecordedEntry): void {
  const sent = JSON.parse(entryJson(seed, entry.source.seq)) as Record<string, unknown>
  const returned = entry as unknown as Record<string, unknown>
  for (const [field, value] of Object.entries(sent)) {
    assert.deepEqual(returned[field], value, `${field} of the entry at ${entry.seq} as it was sent`)
  }
}

function assertNewestFirst(page: readonly RecordedEntry[]): void {
  for (const [place, entry] of page.entries()) {
    assert(place === 0 || entry.seq < page[place - 1]!.seq, 'a page is newest first')
  }
}
