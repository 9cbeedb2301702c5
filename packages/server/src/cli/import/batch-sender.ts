import type { Problem } from '@counterfoil/core'
import type { ApiClient, Recording } from '../api/api-client.js'
import { ServerError } from '../api/server-error.js'
import type { SourceItem } from './import-source.js'

/** An item that was not recorded, and why. */
export interface Refusal {
  readonly number: number
  readonly place: string
  readonly code: string
  readonly reason: string
  readonly original: string
}

export interface BatchOutcome {
  readonly recorded: number
  /** Entries that an earlier import, or this one, had recorded before. */
  readonly replayed: number
  /** In the order of the source. */
  readonly refusals: readonly Refusal[]
}

interface Sendable {
  readonly item: SourceItem
  readonly entry: Uint8Array
}

const LINE_FEED = Buffer.from('\n')
const REFUSAL_CODES: ReadonlySet<string> = new Set(['invalid_entry', 'id_conflict', 'body_too_large'])

/**
 * Records a batch. The server takes a request whole or not at all, so what it refuses is left out and the rest sent
 * again; every entry has its own id, so that nothing is recorded twice. Rejects with what is no refusal.
 */
export async function sendBatch(client: ApiClient, items: readonly SourceItem[]): Promise<BatchOutcome> {
  const refusals: Refusal[] = []
  const sendable: Sendable[] = []
  for (const item of items) {
    if ('entry' in item.mapped) sendable.push({ item, entry: item.mapped.entry })
    else refusals.push(toRefusal(item, item.mapped.code, item.mapped.reason))
  }
  const counts = await send(client, sendable, refusals)
  return { ...counts, refusals: refusals.toSorted((a, b) => a.number - b.number) }
}

async function send(
  client: ApiClient,
  sendable: readonly Sendable[],
  refusals: Refusal[],
): Promise<{ readonly recorded: number; readonly replayed: number }> {
  let left = sendable
  while (left.length > 0) {
    const body = Buffer.concat(left.flatMap(({ entry }) => [entry, LINE_FEED]))
    try {
      return countsOf(await client.record(body, { format: 'ndjson' }))
    } catch (error) {
      if (!(error instanceof ServerError) || !REFUSAL_CODES.has(error.code)) throw error
      const reasons = reasonsByIndex(error)
      if (reasons.size === 0) return sendHalves(client, left, refusals, error)
      for (const [index, reason] of reasons) {
        const found = left[index]
        if (found !== undefined) refusals.push(toRefusal(found.item, reason.code, reason.text))
      }
      left = left.filter((_, index) => !reasons.has(index))
    }
  }
  return { recorded: 0, replayed: 0 }
}

/** For a refusal that names no entry: what is refused even alone is the culprit. */
async function sendHalves(
  client: ApiClient,
  sendable: readonly Sendable[],
  refusals: Refusal[],
  error: ServerError,
): Promise<{ readonly recorded: number; readonly replayed: number }> {
  const [only] = sendable
  if (sendable.length === 1 && only !== undefined) {
    refusals.push(toRefusal(only.item, error.code, error.hint ?? error.message))
    return { recorded: 0, replayed: 0 }
  }
  const middle = Math.ceil(sendable.length / 2)
  const first = await send(client, sendable.slice(0, middle), refusals)
  const second = await send(client, sendable.slice(middle), refusals)
  return { recorded: first.recorded + second.recorded, replayed: first.replayed + second.replayed }
}

/** Why the server refuses which entries of a body, by their place in it. */
function reasonsByIndex(
  error: ServerError,
): ReadonlyMap<number, { readonly code: string; readonly text: string }> {
  const reasons = new Map<number, { readonly code: string; readonly text: string }>()
  for (const { pointer, code, message } of error.problems as readonly Problem[]) {
    const [, index, rest] = /^\/(\d+)(\/.*)?$/s.exec(pointer) ?? []
    if (index === undefined) continue
    const earlier = reasons.get(Number(index))
    const text = rest === undefined ? message : `${rest}: ${message}`
    reasons.set(Number(index), {
      code: earlier?.code ?? code,
      text: earlier === undefined ? text : `${earlier.text} ${text}`,
    })
  }
  return reasons
}

/** New entries of a request are recorded at the same moment, which is the latest in its receipts. */
function countsOf({ receipts, replayed }: Recording): {
  readonly recorded: number
  readonly replayed: number
} {
  if (replayed === 'none') return { recorded: receipts.length, replayed: 0 }
  if (replayed === 'all') return { recorded: 0, replayed: receipts.length }
  const latest = receipts
    .map(({ recorded_at }) => recorded_at)
    .sort()
    .at(-1)
  const fresh = new Set(receipts.filter(({ recorded_at }) => recorded_at === latest).map(({ id }) => id))
  return { recorded: fresh.size, replayed: receipts.length - fresh.size }
}

function toRefusal({ number, place, original }: SourceItem, code: string, reason: string): Refusal {
  return { number, place, code, reason, original }
}
