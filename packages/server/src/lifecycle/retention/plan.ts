import {
  type Filter,
  type LogName,
  microsecondsOf,
  parseSearch,
  type Selection,
  TILE_WIDTH,
} from '@counterfoil/core'
import type { LegalHold, RetentionPolicy } from '../../access/tables/retention-tables.js'
import { IndexUnavailable } from '../../index/search-index.js'
import { type ContentBytes, firstToKeep, NO_CATEGORY, totalBytes } from '../../ledger/content-bytes.js'
import type { Reads } from '../../reading/reads.js'

/** What is read to find out what need not be kept. */
export interface PlanParts {
  readonly reads: Pick<Reads, 'page' | 'count' | 'head' | 'entries'>
  readonly evidence: {
    of(log: LogName): { readonly size: number } | undefined
    bundleBytes(log: LogName): Promise<readonly number[]>
  }
  /** See ledger/content-bytes.ts. */
  readonly contents: {
    measure(log: LogName): Promise<ContentBytes>
    beginningOf(log: LogName, bundle: number): Promise<number>
  }
}

export interface PlanRequest {
  readonly log: LogName
  readonly policies: readonly RetentionPolicy[]
  /** Those that were not lifted. */
  readonly holds: readonly LegalHold[]
  /** Milliseconds since 1970: nothing that was recorded later counts as old by this. */
  readonly nowMs: number
}

/** A hold, and what it keeps from going. */
export interface HeldBack {
  readonly hold: LegalHold
  /** The first entry under it. */
  readonly seq: number
}

/** The beginning of a log that need not be kept. */
export interface PlannedPrune {
  readonly policy: RetentionPolicy
  readonly from: number
  /** The first entry that stays, a multiple of 256. */
  readonly to: number
  readonly bytes: number
  /** Holds without which more would go. */
  readonly heldBack: readonly HeldBack[]
}

/** Entries that need not say anything any more. */
export interface PlannedExpiry {
  readonly policy: RetentionPolicy
  readonly selection: Selection
  /** Of a policy in bytes: what its entries say takes this much now. */
  readonly bytes: { readonly now: number; readonly estimated: boolean } | undefined
  /** Those that are selected; holds keep some of them. */
  readonly entries: number
  /** Of the selected ones, how many each hold keeps. */
  readonly heldBack: readonly { readonly hold: LegalHold; readonly entries: number }[]
}

export interface RetentionPlan {
  readonly prune: PlannedPrune | undefined
  readonly expiries: readonly PlannedExpiry[]
}

const DAY_US = 86_400_000_000
/** Ids and keys of requests that may be sent again must be known: those of younger entries stay. */
export const PRUNED_AGE_DAYS_MIN = 8

/** What would go of a log now, by its policies and in spite of none of its holds. */
export async function planRetention(parts: PlanParts, request: PlanRequest): Promise<RetentionPlan> {
  const [newest] = (await parts.reads.page({ log: request.log, order: 'newest_first', limit: 1 })).entries
  if (newest === undefined) return { prune: undefined, expiries: [] }
  // Both must allow it: a clock that runs ahead makes nothing old that was recorded by the right one.
  const nowUs = Math.min(request.nowMs * 1_000, microsecondsOf(newest.recorded_at))
  const whole = request.policies.find(({ category }) => category === null)
  return {
    prune: whole?.removes === 'entries' ? await planPrune(parts, request, whole, nowUs) : undefined,
    expiries: await planExpiries(parts, request, nowUs),
  }
}

async function planPrune(
  { reads, evidence }: PlanParts,
  { log, holds }: PlanRequest,
  policy: RetentionPolicy,
  nowUs: number,
): Promise<PlannedPrune | undefined> {
  const { size = 0, minIndex: from = 0 } = (await reads.head(log)) ?? {}
  const agedBy = async (days: number) =>
    from + (await reads.count({ log, to: nowUs - days * DAY_US - 1 })).count
  const bundles = await evidence.bundleBytes(log)
  const byAge = policy.keepDays === null ? from : await agedBy(policy.keepDays)
  const byBytes =
    policy.keepBytes === null ? from : from + excessBundles(bundles, policy.keepBytes) * TILE_WIDTH
  const signed = evidence.of(log)?.size ?? 0
  const due = Math.min(Math.max(byAge, byBytes), await agedBy(PRUNED_AGE_DAYS_MIN))
  // 256 entries that the ledger has stay at least: a log is never emptied.
  const resting = Math.min(from + bundles.length * TILE_WIDTH, signed, size) - TILE_WIDTH
  const possible = wholeBundles(Math.min(due, resting))
  const heldBack: HeldBack[] = []
  let to = possible
  for (const hold of holds) {
    const seq = await firstUnder(reads, hold)
    if (seq === undefined || seq >= possible) continue
    heldBack.push({ hold, seq })
    to = Math.min(to, wholeBundles(seq))
  }
  if (to <= from && heldBack.length === 0) return undefined
  const goes = bundles.slice(0, Math.max(0, to - from) / TILE_WIDTH)
  return { policy, from, to: Math.max(from, to), bytes: goes.reduce((sum, one) => sum + one, 0), heldBack }
}

/** How many of the oldest bundles make up what is more than `bytesMax`. */
function excessBundles(bundles: readonly number[], bytesMax: number): number {
  let bytes = bundles.reduce((sum, one) => sum + one, 0)
  let count = 0
  while (bytes > bytesMax) bytes -= bundles[count++] as number
  return count
}

function wholeBundles(entries: number): number {
  return entries - (entries % TILE_WIDTH)
}

/** The oldest entry under a hold. */
async function firstUnder(reads: PlanParts['reads'], hold: LegalHold): Promise<number | undefined> {
  const page = requireWhole(await reads.page({ ...selectionOf(hold), order: 'oldest_first', limit: 1 }))
  return page.entries[0]?.seq
}

/** An answer that may lack something tells nothing: what was recorded last may be under a hold. */
export function requireWhole<Answer extends { readonly complete: boolean }>(answer: Answer): Answer {
  if (answer.complete) return answer
  throw new IndexUnavailable('The index has not taken in all that was recorded')
}

/** What a hold is over. */
export function selectionOf({ query, log, madeAt }: LegalHold): Selection {
  // Relative times are meant as of the day on which it was made.
  const parsed = parseSearch(query, madeAt * 1_000)
  return parsed.ok ? { ...parsed.selection, log } : { log }
}

async function planExpiries(
  { reads, contents }: PlanParts,
  { log, policies, holds }: PlanRequest,
  nowUs: number,
): Promise<readonly PlannedExpiry[]> {
  const own = policies.flatMap(({ category }) => (category === null ? [] : [category]))
  const expiries: PlannedExpiry[] = []
  const byContent = policies.filter(({ removes }) => removes === 'content')
  const content = byContent.some(({ keepBytes }) => keepBytes !== null)
    ? await contents.measure(log)
    : undefined
  for (const policy of byContent) {
    const filter = filterOf(policy, own)
    const excess =
      content === undefined || policy.keepBytes === null
        ? undefined
        : await excessOf(contents, content, policy, own)
    const byAge = policy.keepDays === null ? Number.NEGATIVE_INFINITY : nowUs - policy.keepDays * DAY_US
    const byBytes = Math.min(excess?.until ?? Number.NEGATIVE_INFINITY, nowUs - PRUNED_AGE_DAYS_MIN * DAY_US)
    const until = Math.max(byAge, byBytes)
    if (until === Number.NEGATIVE_INFINITY) continue
    const selection = { log, filter, to: until - 1 }
    const { count } = requireWhole(await reads.count(selection))
    if (count === 0) continue
    const heldBack: { hold: LegalHold; entries: number }[] = []
    for (const hold of holds) {
      const { count: entries } = requireWhole(await reads.count(bothOf(selection, selectionOf(hold))))
      if (entries > 0) heldBack.push({ hold, entries })
    }
    expiries.push({ policy, selection, bytes: excess?.bytes, entries: count, heldBack })
  }
  return expiries
}

/** What a policy in bytes has too much, and until when that was recorded; microseconds since 1970. */
async function excessOf(
  contents: PlanParts['contents'],
  content: ContentBytes,
  { log, category, keepBytes }: RetentionPolicy,
  own: readonly string[],
) {
  const isCounted = (one: string) =>
    category === null ? one !== NO_CATEGORY && !own.includes(one) : one === category
  const bytes = { now: totalBytes(content, isCounted), estimated: content.stride > 1 }
  const bundle = firstToKeep(content, isCounted, keepBytes ?? Number.POSITIVE_INFINITY)
  if (bundle === content.firstBundle) return { bytes, until: Number.NEGATIVE_INFINITY }
  // What was recorded at that very moment stays. Where nothing may stay, age alone decides.
  const isEnd = bundle === content.firstBundle + content.bundles.length
  return { bytes, until: isEnd ? Number.POSITIVE_INFINITY : await contents.beginningOf(log, bundle) }
}

/** Entries of the policy's category that still say something; of one for all, those without a policy of their own. */
function filterOf({ category }: RetentionPolicy, own: readonly string[]): Filter {
  if (category !== null) return { op: 'equals', field: 'category', values: [category] }
  const present: Filter = { op: 'present', field: 'action' }
  if (own.length === 0) return present
  const other: Filter = { op: 'not', filter: { op: 'equals', field: 'category', values: own } }
  return { op: 'and', filters: [present, other] }
}

function bothOf(a: Selection, b: Selection): Selection {
  const filters = [a.filter, b.filter].filter((filter) => filter !== undefined)
  const from = Math.max(a.from ?? Number.NEGATIVE_INFINITY, b.from ?? Number.NEGATIVE_INFINITY)
  const to = Math.min(a.to ?? Number.POSITIVE_INFINITY, b.to ?? Number.POSITIVE_INFINITY)
  return {
    log: a.log,
    filter: { op: 'and', filters },
    ...(Number.isFinite(from) ? { from } : {}),
    ...(Number.isFinite(to) ? { to } : {}),
  }
}
