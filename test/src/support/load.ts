import { setTimeout as delay } from 'node:timers/promises'
import { Acknowledgements, type Receipt } from './acknowledgements.js'
import { Api, codeOf } from './api.js'
import type { Findings } from './findings.js'
import { NumberedEntries } from './numbered-entry.js'
import type { Random } from './random.js'

/** What was sent to a log, and what was acknowledged of it. */
export interface Recorded {
  readonly entries: NumberedEntries
  readonly acknowledgements: Acknowledgements
}

export interface LoadSettings {
  readonly seed: number
  readonly random: Random
  readonly findings: Findings
  readonly connections: number
  /** New entries; as many as are taken when left out. */
  readonly entriesPerSecond?: number
}

const RETRY_MS = 20
const BATCH_MAX = 500

/**
 * Clients that record through a number of connections, each sending its next batch when the last was answered. A batch
 * without an answer is sent again, with the same ids, until it has one; that is what makes "exactly once" a claim
 * that can fail.
 */
export class Load implements Recorded {
  readonly entries: NumberedEntries
  readonly acknowledgements = new Acknowledgements()
  /** How often each failure happened: `network`, or status and code such as `503 disk_full`. */
  readonly failures = new Map<string, number>()
  readonly #settings: LoadSettings
  #target: Target | undefined
  #unanswered: (readonly number[])[] = []
  #workers: Promise<void>[] = []
  #inFlight = 0
  #draining = false
  /** When the next new batch is due. */
  #dueMs = 0

  constructor(settings: LoadSettings) {
    this.#settings = settings
    this.entries = new NumberedEntries(settings.seed)
  }

  /** Requests without an answer at this moment. */
  get inFlight(): number {
    return this.#inFlight
  }

  get failureCount(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Sends to this server, or to whichever `url` names at the moment, until `pause` or `drain`. */
  begin(url: string | (() => string), token: string): void {
    const target = new Target(typeof url === 'string' ? () => url : url, token)
    this.#target = target
    this.#draining = false
    this.#workers = Array.from({ length: this.#settings.connections }, () => this.#work(target))
  }

  /** Sends nothing more; what is under way gets its answer or fails. */
  async pause(): Promise<void> {
    const target = this.#target
    this.#target = undefined
    await Promise.all(this.#workers)
    target?.close()
  }

  /** Sends no new entry, but everything unanswered until it is acknowledged. */
  async drain(): Promise<void> {
    this.#draining = true
    await Promise.all(this.#workers)
    await this.pause()
  }

  async #work(target: Target): Promise<void> {
    while (this.#target === target) {
      const batch = this.#unanswered.shift() ?? (this.#draining ? undefined : this.#newBatch())
      if (batch === undefined) {
        if (this.#inFlight === 0) return
        await delay(RETRY_MS)
        continue
      }
      await this.#due(batch)
      this.#inFlight++
      const failure = await this.#send(target.api(), batch)
      this.#inFlight--
      if (failure === undefined) continue
      this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1)
      this.#unanswered.push(batch)
      await delay(RETRY_MS)
    }
  }

  /** Waits for the turn of a batch at the pace that was asked for. */
  async #due(batch: readonly number[]): Promise<void> {
    const { entriesPerSecond } = this.#settings
    if (entriesPerSecond === undefined) return
    const nowMs = performance.now()
    const dueMs = Math.max(this.#dueMs, nowMs)
    this.#dueMs = dueMs + (1_000 * batch.length) / entriesPerSecond
    if (dueMs > nowMs) await delay(dueMs - nowMs)
  }

  /** Mostly single entries, as most clients send; sometimes a collector's full batch. */
  #newBatch(): number[] {
    const { random } = this.#settings
    const kind = random.next()
    const size = kind < 0.9 ? 1 : kind < 0.99 ? random.between(2, 20) : random.between(21, BATCH_MAX)
    return Array.from({ length: size }, () => this.acknowledgements.issue())
  }

  /** Undefined when the batch was acknowledged, else what happened instead. */
  async #send(api: Api, batch: readonly number[]): Promise<string | undefined> {
    const drafts = batch.map((number) => this.entries.draft(number))
    const asLines = batch.length > 20
    const body = asLines
      ? drafts.map((draft) => `${JSON.stringify(draft)}\n`).join('')
      : JSON.stringify(batch.length === 1 ? drafts[0] : drafts)
    const type = asLines ? 'application/x-ndjson' : 'application/json'
    const answer = await api.post('/v1/audit_log_entries', body, type).catch(() => undefined)
    if (answer === undefined) return 'network'
    if (answer.status !== 201) return `${answer.status} ${codeOf(answer.text)}`
    const parsed = JSON.parse(answer.text) as Receipt & { data?: readonly Receipt[] }
    this.#accept(batch, parsed.data ?? [parsed])
    return undefined
  }

  #accept(batch: readonly number[], receipts: readonly Receipt[]): void {
    const { findings } = this.#settings
    if (receipts.length !== batch.length)
      findings.report('order', `${batch.length} entries were sent, ${receipts.length} acknowledged`)
    batch.forEach((number, i) => {
      const receipt = receipts[i]
      if (receipt?.id === this.entries.idOf(number))
        this.acknowledgements.acknowledge(number, receipt, findings)
      else findings.report('altered', `the receipt of entry ${number} is for ${receipt?.id}`)
    })
  }
}

/** Where requests go: one server, or several in turn, each with connections of its own. */
class Target {
  readonly #url: () => string
  readonly #token: string
  readonly #apis = new Map<string, Api>()

  constructor(url: () => string, token: string) {
    this.#url = url
    this.#token = token
  }

  api(): Api {
    const url = this.#url()
    const known = this.#apis.get(url) ?? new Api(url, this.#token)
    this.#apis.set(url, known)
    return known
  }

  close(): void {
    for (const api of this.#apis.values()) api.close()
  }
}
