import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { entryJson } from '../corpus/corpus.js'
import { countMatches, type Wanted } from '../corpus/matches.js'
import { PAGE_LIMIT, questionsOf, READ_KINDS } from '../reads/questions.js'
import type { CounterfoilProcess } from './counterfoil-process.js'
import { histogramPath, pathOf } from './paths.js'

const CLOSED_SEEN_MS = 50

/** An entry as a list shows it when it is asked for every part. */
type ShownEntry = Readonly<Record<string, unknown>> & {
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
  // Counting may take longer than the server keeps an idle connection: that it was closed must be seen before the next
  // request, which would be sent on it.
  await sleep(CLOSED_SEEN_MS)
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

async function pageOf(server: CounterfoilProcess, wanted: Wanted): Promise<readonly ShownEntry[]> {
  const path = `${pathOf('newest', wanted)}&expand[]=data.actor&expand[]=data.diff`
  const answer = (await getJson(server, path)) as { data: readonly ShownEntry[] }
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

function assertAsSent(seed: number, shown: ShownEntry): void {
  const { actor, context, before, after, ...others } = JSON.parse(entryJson(seed, shown.source.seq))
  for (const [field, value] of Object.entries({ ...others, ...context })) {
    assert.deepEqual(shown[field], value, `${field} of the entry at ${shown.seq} as it was sent`)
  }
  assert.deepEqual(partOf(shown.actor, actor), actor, `the actor of the entry at ${shown.seq} as it was sent`)
  assert.deepEqual(shown.before_state, before ?? null)
  assert.deepEqual(shown.after_state, after ?? null)
}

/** The fields of `shown` that `sent` has: a list shows an actor's missing fields as null. */
function partOf(shown: unknown, sent: object): object {
  return Object.fromEntries(
    Object.keys(sent).map((field) => [field, (shown as Record<string, unknown>)[field]]),
  )
}

function assertNewestFirst(page: readonly ShownEntry[]): void {
  for (const [place, entry] of page.entries()) {
    assert(place === 0 || entry.seq < page[place - 1]!.seq, 'a page is newest first')
  }
}
