import { AppError, type Epoch, epochNumber, GENESIS_HASH, type LogName, toHex } from '@counterfoil/core'
import type { LogStart } from './journal.js'
import type { ChainState } from './sealer.js'

/** A log as the journal knows it: its number in this journal and its head. */
export interface StoredLog {
  readonly number: number
  readonly name: LogName
  readonly chain: ChainState
  /** In order; the origin of the newest is that of `chain`. */
  readonly epochs: readonly Epoch[]
  readonly lastPosition: number
  /** Rows whose entries are all below may be trimmed. */
  readonly trimmedSize: number
  /** Where it begins: what came before was pruned. */
  readonly start: LogStart
}

/** The start of a log of which nothing was pruned. */
export const WHOLE: LogStart = { size: 0, headHash: GENESIS_HASH, frontier: new Uint8Array(0) }

/** One text for a log's name, to look it up by. */
export function nameKey({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}

/** Epochs as an engine keeps them: a JSON array of [number, first seq]. Origins differ in the number alone. */
export function epochsText(epochs: readonly Epoch[]): string {
  return JSON.stringify(epochs.map(({ origin, firstSeq }) => [epochNumber(origin) as number, firstSeq]))
}

/** Reads such a text; `origin` is that of the newest. Throws `damaged_journal`. */
export function readEpochs(origin: string, text: string): Epoch[] {
  const prefix = origin.slice(0, origin.lastIndexOf('/') + 1)
  const damaged = (cause?: unknown) =>
    new AppError('damaged_journal', {
      hint: `The epochs that the journal keeps of ${origin} are not as they were written. Restore a backup.`,
      cause,
    })
  let epochs: Epoch[]
  try {
    const numbers = JSON.parse(text) as [number, number][]
    epochs = numbers.map(([epoch, firstSeq]) => ({ origin: `${prefix}${epoch}`, firstSeq }))
  } catch (error) {
    throw damaged(error)
  }
  if (epochs.at(-1)?.origin !== origin || epochs.some(({ firstSeq }) => !Number.isSafeInteger(firstSeq)))
    throw damaged()
  return epochs
}

/** The columns that say where a log begins, as engines keep them. */
export interface StoredStart {
  readonly origin: string
  readonly min_index: number
  readonly min_hash: Uint8Array | null
  readonly min_frontier: Uint8Array | null
}

/** Where a log begins. Throws `damaged_journal` when what came before was pruned and its hash is missing. */
export function readStart({ origin, min_index, min_hash, min_frontier }: StoredStart): LogStart {
  if (min_index === 0) return WHOLE
  if (min_hash === null || min_frontier === null) {
    throw new AppError('damaged_journal', {
      hint: `What came before entry ${min_index} of ${origin} was pruned, and its hash is missing. Run "counterfoil verify" and restore a backup.`,
    })
  }
  return { size: min_index, headHash: toHex(min_hash), frontier: new Uint8Array(min_frontier) }
}
