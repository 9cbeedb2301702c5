import type { ApiClient } from '../api/api-client.js'
import type { Progress } from '../output/progress.js'
import { type BatchOutcome, sendBatch } from './batch-sender.js'
import type { ImportBookmark, ImportProgress } from './import-bookmark.js'
import type { ImportSource, SourceItem } from './import-source.js'
import type { RefusalList } from './refusal-list.js'

export interface ImportRun {
  readonly source: ImportSource
  readonly client: ApiClient
  /** Undefined for standard input, which nobody can read again. */
  readonly bookmark: ImportBookmark | undefined
  readonly from: ImportProgress
  readonly refusals: RefusalList
  readonly progress: Progress
  readonly signal: AbortSignal
}

const BATCH_ENTRIES_MAX = 500
const BATCH_BYTES_MAX = 4 * 1024 * 1024

interface Batch {
  readonly items: readonly SourceItem[]
  readonly fraction: number | undefined
}

/**
 * Imports what is left of a source, in its order. One batch is on its way while the next is read and mapped. Stops
 * between batches when the signal aborts; what it returns says how far it came.
 */
export async function runImport(run: ImportRun): Promise<ImportProgress> {
  let done = run.from
  let sending: Promise<ImportProgress> | undefined
  for await (const batch of batchesOf(run.source, run.from.settled)) {
    if (sending !== undefined) done = await sending
    sending = undefined
    if (run.signal.aborted) return done
    sending = settle(run, done, batch)
    // Looked at again by the await above; until then a failure must not count as unhandled.
    sending.catch(() => undefined)
  }
  return sending === undefined ? done : sending
}

async function settle(run: ImportRun, before: ImportProgress, batch: Batch): Promise<ImportProgress> {
  const outcome = await sendUnlessStopped(run, batch.items)
  if (outcome === undefined) return before
  const after: ImportProgress = {
    settled: batch.items.at(-1)?.number ?? before.settled,
    read: before.read + batch.items.length,
    recorded: before.recorded + outcome.recorded,
    replayed: before.replayed + outcome.replayed,
    refused: before.refused + outcome.refusals.length,
    fraction: batch.fraction ?? 0,
  }
  if (outcome.refusals.length > 0) {
    run.progress.clear()
    run.refusals.add(outcome.refusals)
  }
  run.bookmark?.save(after)
  run.progress.update(after.read, batch.fraction)
  return after
}

/** Undefined when the user asked to stop while it was on its way: it may have arrived, and will be sent again. */
async function sendUnlessStopped(
  { client, signal }: ImportRun,
  items: readonly SourceItem[],
): Promise<BatchOutcome | undefined> {
  try {
    return await sendBatch(client, items)
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

async function* batchesOf(source: ImportSource, skip: number): AsyncIterable<Batch> {
  let items: SourceItem[] = []
  let bytes = 0
  for await (const item of source.items(skip)) {
    const length = 'entry' in item.mapped ? item.mapped.entry.length + 1 : item.original.length
    if (items.length === BATCH_ENTRIES_MAX || bytes + length > BATCH_BYTES_MAX) {
      yield { items, fraction: source.fraction() }
      items = []
      bytes = 0
    }
    items.push(item)
    bytes += length
  }
  if (items.length > 0) yield { items, fraction: source.fraction() }
}
