import { type AdmittedEntry, AppError, type LogName, type Section, type SectionPath } from '@counterfoil/core'
import type { AppendOutcome, IdConflict, IdempotencyKey, JournalBatch, Receipt } from './journal.js'
import { nameKey, type StoredLog } from './stored-log.js'

/** An entry that is in the journal already. */
export interface RecordedEntry {
  readonly receipt: Receipt
  readonly sections: readonly Section[]
  readonly erased: readonly SectionPath[]
}

/** What a plan must find out about the past; reads only. */
export interface History {
  /** Of access control; undefined where nobody asked, and where it cannot be known. */
  readonly accessVersion?: number | undefined
  log(batch: JournalBatch): StoredLog
  findEntry(log: StoredLog, id: string): RecordedEntry | undefined
  findKey(
    log: StoredLog,
    key: IdempotencyKey,
  ): { readonly bodyHash: string; readonly receipts: readonly Receipt[] } | undefined
}

/** What is new for one log in one append, over all of its batches. */
export interface LogPlan {
  readonly log: StoredLog
  readonly fresh: AdmittedEntry[]
  readonly freshById: Map<string, number>
  /** Receipts of `fresh`, once sealed. */
  receipts: readonly Receipt[]
}

/** Where the receipt of a batch's entry comes from. */
type Place = { readonly recorded: Receipt } | { readonly fresh: number }

export interface Accepted {
  readonly kind: 'accepted'
  readonly plan: LogPlan
  readonly places: readonly Place[]
  readonly replayed: number
  /** Set when the batch's key is new and must be remembered. */
  readonly key?: IdempotencyKey
}
export type AcceptedWithKey = Accepted & { readonly key: IdempotencyKey }
type Decision = Accepted | Exclude<AppendOutcome, { kind: 'recorded' }>

/** How far the clock may be behind a log's newest entry before recording to it is refused. */
const CLOCK_BEHIND_US_MAX = 5 * 60 * 1_000_000
const CLOCK_BEHIND: Decision = { kind: 'clock_behind' }
const ACCESS_CHANGED: Decision = { kind: 'access_changed' }

/** Decides, batch by batch, what of an append is new, what is a repeat, and what is refused. */
export class AppendPlan {
  readonly logs = new Map<string, LogPlan>()
  readonly #history: History
  /** Microseconds since 1970. */
  readonly #now: number
  readonly #decisions: Decision[] = []
  readonly #newKeys = new Map<string, AcceptedWithKey>()

  constructor(history: History, now: number) {
    this.#history = history
    this.#now = now
  }

  add(batch: JournalBatch): void {
    const { accessVersion } = batch
    if (accessVersion !== undefined && accessVersion !== this.#history.accessVersion) {
      this.#decisions.push(ACCESS_CHANGED)
      return
    }
    const plan = this.#logPlan(batch)
    const behind = plan.log.chain.recordedAt - this.#now > CLOCK_BEHIND_US_MAX
    this.#decisions.push(behind ? CLOCK_BEHIND : this.#decideReadable(plan, batch))
  }

  /** A batch that needs something damaged fails alone. */
  #decideReadable(plan: LogPlan, batch: JournalBatch): Decision {
    const freshBefore = plan.fresh.length
    try {
      return this.#earlierRequest(plan, batch) ?? this.#decide(plan, batch)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { code, hint = '' } = error
      if (code !== 'damaged_journal' && code !== 'damaged_ledger') throw error
      this.#withdraw(plan, freshBefore)
      return { kind: 'damaged', code, hint }
    }
  }

  /** Batches whose key must be remembered. */
  get newKeys(): Iterable<AcceptedWithKey> {
    return this.#newKeys.values()
  }

  /** The answer for each batch, once every log's `receipts` are set. */
  outcomes(): AppendOutcome[] {
    return this.#decisions.map((decision) =>
      decision.kind === 'accepted'
        ? { kind: 'recorded', receipts: receiptsOf(decision), replayed: decision.replayed }
        : decision,
    )
  }

  /** The same request sent before: answered as it was then, or refused when its body differs. */
  #earlierRequest(plan: LogPlan, { log, idempotency: key }: JournalBatch): Decision | undefined {
    if (key === undefined) return undefined
    const pending = this.#newKeys.get(useOf(log, key))
    if (pending !== undefined) {
      if (pending.key.bodyHash !== key.bodyHash) return { kind: 'idempotency_key_mismatch' }
      return { kind: 'accepted', plan, places: pending.places, replayed: pending.places.length }
    }
    const earlier = this.#history.findKey(plan.log, key)
    if (earlier === undefined) return undefined
    // Of a request of which something was erased nobody knows any more what it said; it was recorded, and only once.
    if (earlier.bodyHash !== '' && earlier.bodyHash !== key.bodyHash)
      return { kind: 'idempotency_key_mismatch' }
    const places = earlier.receipts.map((recorded) => ({ recorded }))
    return { kind: 'accepted', plan, places, replayed: places.length }
  }

  #decide(plan: LogPlan, batch: JournalBatch): Decision {
    const freshBefore = plan.fresh.length
    const places: Place[] = []
    const conflicts: IdConflict[] = []
    let replayed = 0
    for (const [index, entry] of batch.entries.entries()) {
      const freshSoFar = plan.fresh.length
      const place = this.#place(plan, entry)
      if (place === undefined) {
        conflicts.push({ id: entry.id as string, index })
        continue
      }
      if (plan.fresh.length === freshSoFar) replayed++
      places.push(place)
    }
    if (conflicts.length > 0) {
      this.#withdraw(plan, freshBefore)
      return { kind: 'id_conflict', conflicts }
    }
    if (batch.idempotency === undefined) return { kind: 'accepted', plan, places, replayed }
    const withKey = { kind: 'accepted', plan, places, replayed, key: batch.idempotency } as const
    this.#newKeys.set(useOf(batch.log, batch.idempotency), withKey)
    return withKey
  }

  /** The entry's place; undefined when its id belongs to other content. */
  #place(plan: LogPlan, entry: AdmittedEntry): Place | undefined {
    const { id } = entry
    if (id !== undefined) {
      const pending = plan.freshById.get(id)
      if (pending !== undefined) {
        return sameContent(entry.sections, (plan.fresh[pending] as AdmittedEntry).sections)
          ? { fresh: pending }
          : undefined
      }
      const stored = this.#history.findEntry(plan.log, id)
      if (stored !== undefined) {
        return sameContent(entry.sections, stored.sections, stored.erased)
          ? { recorded: stored.receipt }
          : undefined
      }
      plan.freshById.set(id, plan.fresh.length)
    }
    plan.fresh.push(entry)
    return { fresh: plan.fresh.length - 1 }
  }

  /** Takes back what a refused batch had added. */
  #withdraw(plan: LogPlan, freshBefore: number): void {
    for (const { id } of plan.fresh.splice(freshBefore)) if (id !== undefined) plan.freshById.delete(id)
  }

  #logPlan(batch: JournalBatch): LogPlan {
    const key = nameKey(batch.log)
    let plan = this.logs.get(key)
    if (plan === undefined) {
      plan = { log: this.#history.log(batch), fresh: [], freshById: new Map(), receipts: [] }
      this.logs.set(key, plan)
    }
    return plan
  }
}

/** One text for a use of a key: the same key of another log or route is another key. */
function useOf(log: LogName, { route, key }: IdempotencyKey): string {
  return JSON.stringify([nameKey(log), route, key])
}

/** A decision's receipts, once its log is sealed. */
export function receiptsOf({ plan, places }: Accepted): Receipt[] {
  return places.map((place) =>
    'recorded' in place ? place.recorded : (plan.receipts[place.fresh] as Receipt),
  )
}

/**
 * Sections are canonical JSON, so equal content is equal text. Of those that were erased nobody can tell any more what
 * they said: an entry that is sent again is the same if it has them and the rest is the same.
 */
function sameContent(
  sent: readonly Section[],
  stored: readonly Section[],
  erased: readonly SectionPath[] = [],
): boolean {
  const compared = sent.filter(({ path }) => !erased.includes(path))
  return (
    sent.length === stored.length + erased.length &&
    compared.length === stored.length &&
    compared.every((section, i) => section.path === stored[i]?.path && section.json === stored[i]?.json)
  )
}
