import { setTimeout as delay } from 'node:timers/promises'
import type { Api } from './api.js'
import { codeOf } from './api.js'
import type { Findings } from './findings.js'
import type { Recorded } from './load.js'
import { EVERY_ACTION, type ListedEntry } from './numbered-entry.js'

interface Page {
  readonly data: readonly ListedEntry[]
  readonly next_cursor: string | null
  readonly partial?: boolean
}

interface Verification {
  readonly verified: boolean
  readonly broken_seq?: number
  readonly broken_reason: string | null
  readonly verified_to_seq: number | null
}

const PAGE_LIMIT = 200
const VERIFY_LIMIT = 10_000
const COMPLETE_WAIT_MS = 60_000
const JOURNAL_LISTING = ''
const INDEX_LISTING = `&action=${encodeURIComponent(EVERY_ACTION)}`
const GENESIS_HASH = '0'.repeat(64)

/** What a check looked at. */
export interface LogCheck {
  readonly size: number
  readonly verified: number
}

/** Whoever has not had its turn by then never gets it. */
const TURN_WAIT_MS = 60_000

/**
 * Holds a whole log against what was acknowledged, through the public API: every entry by the journal's listing, again
 * by a filtered listing that the search index answers, the index's own counts, and the hash chain. Nothing may be
 * recording meanwhile. Everything wrong goes to `findings`.
 */
export async function checkLog(api: Api, recorded: Recorded, findings: Findings): Promise<LogCheck> {
  const journal = new WalkCheck(recorded, findings, 'journal listing')
  await walk(api, JOURNAL_LISTING, journal)
  journal.finish()
  const index = new WalkCheck(recorded, findings, 'index listing')
  await walk(api, INDEX_LISTING, index)
  index.finish()
  if (index.size !== journal.size)
    findings.report('index', `the index lists ${index.size} entries, the journal ${journal.size}`)
  await checkTotals(api, journal.size, findings)
  const verified = await verifyAll(api, journal, findings)
  return { size: journal.size, verified }
}

/** Reads entries one by one by id and holds each against its receipt. */
export async function checkById(
  api: Api,
  recorded: Recorded,
  numbers: readonly number[],
  findings: Findings,
): Promise<void> {
  await Promise.all(
    numbers.map(async (number) => {
      const id = recorded.entries.idOf(number)
      const answer = await getInTurn(api, `/v1/audit_log_entries/${id}?expand[]=chain`)
      if (answer.status === 404) findings.report('lost', `entry ${number} (${id}) is not found by id`)
      else if (answer.status !== 200)
        findings.report('refused', `reading ${id} answered ${answer.status} ${codeOf(answer.text)}`)
      else checkReceipt(recorded, number, JSON.parse(answer.text) as ListedEntry, findings, 'by id')
    }),
  )
}

/** All of them ask at once. Where other work leaves the server little, some are told to come again, and do. */
async function getInTurn(api: Api, path: string): Promise<Awaited<ReturnType<Api['get']>>> {
  const deadlineMs = performance.now() + TURN_WAIT_MS
  for (;;) {
    const answer = await api.get(path)
    if (answer.status !== 429 || performance.now() > deadlineMs) return answer
    await delay(500)
  }
}

/** Walks a listing from its oldest entry to its end, by cursor. Waits where the index is not there yet. */
async function walk(api: Api, filter: string, check: WalkCheck): Promise<void> {
  let cursor: string | null = ''
  const deadlineMs = performance.now() + COMPLETE_WAIT_MS
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const path = `/v1/audit_log_entries?order=asc&limit=${PAGE_LIMIT}&expand[]=data.chain${filter}${after}`
    const page: Page = await api.read<Page>(path)
    if (page.partial === true) {
      if (performance.now() > deadlineMs) throw new Error(`${path} stays partial`)
      await delay(50)
      continue
    }
    for (const entry of page.data) check.visit(entry)
    cursor = page.next_cursor
  }
}

/** Takes the entries of a log in order of their places. */
class WalkCheck {
  readonly #recorded: Recorded
  readonly #findings: Findings
  readonly #name: string
  readonly #seen: Uint8Array
  /** Places at which `created_at` changes: verification is paged by time. */
  readonly #times: { readonly seq: number; readonly createdAt: string }[] = []
  #nextSeq = 0
  #headHash = GENESIS_HASH

  constructor(recorded: Recorded, findings: Findings, name: string) {
    this.#recorded = recorded
    this.#findings = findings
    this.#name = name
    this.#seen = new Uint8Array(recorded.acknowledgements.issued)
  }

  get size(): number {
    return this.#nextSeq
  }

  visit(entry: ListedEntry): void {
    const { seq, created_at, _chain } = entry
    if (seq !== this.#nextSeq) this.#report('order', `place ${this.#nextSeq} was due, ${seq} came`)
    if (_chain.prev_hash !== this.#headHash)
      this.#report('chain', `${seq} does not follow on its predecessor`)
    this.#nextSeq = seq + 1
    this.#headHash = _chain.entry_hash
    const time = this.#times.at(-1)
    if (time !== undefined && created_at < time.createdAt) this.#report('order', `time goes back at ${seq}`)
    if (time?.createdAt !== created_at) this.#times.push({ seq, createdAt: created_at })
    const number = this.#recorded.entries.numberOf(entry.id)
    if (number === undefined || number >= this.#seen.length) {
      this.#report('altered', `${entry.id} at ${seq} was never sent`)
      return
    }
    if (this.#seen[number] === 1) this.#report('duplicated', `entry ${number} comes again at ${seq}`)
    this.#seen[number] = 1
    checkReceipt(this.#recorded, number, entry, this.#findings, this.#name)
  }

  /** Looks for what was acknowledged and did not come. */
  finish(): void {
    this.#seen.forEach((seen, number) => {
      const seq = this.#recorded.acknowledgements.seqOf(number)
      if (seq !== undefined && seen === 0)
        this.#report('lost', `entry ${number}, acknowledged at ${seq}, of ${this.#nextSeq} there`)
    })
  }

  /** `created_at` of the entry at a place. */
  timeOf(seq: number): string {
    let low = 0
    let high = this.#times.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#times[middle]?.seq as number) <= seq) low = middle
      else high = middle - 1
    }
    return this.#times[low]?.createdAt as string
  }

  #report(kind: Parameters<Findings['report']>[0], text: string): void {
    this.#findings.report(kind, `${this.#name}: ${text}`)
  }
}

function checkReceipt(
  { acknowledgements, entries }: Recorded,
  number: number,
  entry: ListedEntry,
  findings: Findings,
  where: string,
): void {
  const difference = entries.difference(number, entry)
  if (difference !== undefined) findings.report('altered', `${where}: entry ${number}: ${difference}`)
  const seq = acknowledgements.seqOf(number)
  if (seq === undefined) return
  if (seq !== entry.seq)
    findings.report('altered', `${where}: entry ${number} was acknowledged at ${seq}, is at ${entry.seq}`)
  if (acknowledgements.hashOf(number) !== entry._chain.entry_hash)
    findings.report('altered', `${where}: entry ${number} has another hash than was acknowledged`)
}

/** The index must count each entry once: neither a chunk that came twice nor one that never came. */
async function checkTotals(api: Api, size: number, findings: Findings): Promise<void> {
  const { data } = await readComplete<{ data: readonly { total: number }[] }>(
    api,
    '/v1/audit_log_entries/histogram?interval=day',
  )
  const histogram = data.reduce((sum, { total }) => sum + total, 0)
  const { total_count } = await api.read<{ total_count: number }>(
    '/v1/audit_log_entries?limit=1&include_count=true',
  )
  if (histogram !== size || total_count !== size)
    findings.report(
      'index',
      `of ${size} entries the histogram counts ${histogram}, total_count is ${total_count}`,
    )
}

/** An answer that calls itself complete; waits while the index is not there yet. */
async function readComplete<T>(api: Api, path: string): Promise<T> {
  const deadlineMs = performance.now() + COMPLETE_WAIT_MS
  for (;;) {
    const answer = await api.read<T & { readonly partial?: boolean }>(path)
    if (answer.partial !== true) return answer
    if (performance.now() > deadlineMs) throw new Error(`${path} stays partial`)
    await delay(50)
  }
}

/** Verifies the whole chain, page by page; gives how many entries that were. */
async function verifyAll(api: Api, log: WalkCheck, findings: Findings): Promise<number> {
  let from: string | undefined
  while (log.size > 0) {
    const body = JSON.stringify({ limit: VERIFY_LIMIT, ...(from === undefined ? {} : { from_date: from }) })
    const answer = await api.post('/v1/audit_log_entries/verify', body)
    const verdict = JSON.parse(answer.text) as Verification
    if (answer.status !== 200 || !verdict.verified || verdict.verified_to_seq === null) {
      findings.report('chain', `verification from ${from} answered ${answer.status} ${answer.text}`)
      return 0
    }
    if (verdict.verified_to_seq >= log.size - 1) return log.size
    const next = log.timeOf(verdict.verified_to_seq)
    // The next page begins with the first entry of that time; more than a page of one time cannot be paged.
    if (next === from) throw new Error(`more than ${VERIFY_LIMIT} entries were recorded at ${next}`)
    from = next
  }
  return 0
}
