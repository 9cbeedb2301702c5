import type { Receipt } from './journal.js'

/** How long a key is remembered. Entry ids are remembered for ever. */
export const IDEMPOTENCY_KEY_DAYS = 7
export const IDEMPOTENCY_KEY_KEPT_MS = IDEMPOTENCY_KEY_DAYS * 86_400_000

/** `[first seq, count]` of entries that follow one another. */
export type SeqRange = readonly [firstSeq: number, count: number]

export interface EarlierUse {
  /** Empty when something of what was recorded was erased: a hash of it would let its content be guessed. */
  readonly bodyHash: string
  readonly places: readonly SeqRange[]
}

/** The places of receipts, in order. */
export function seqRanges(receipts: readonly Receipt[]): SeqRange[] {
  const ranges: [number, number][] = []
  for (const { seq } of receipts) {
    const last = ranges.at(-1)
    if (last !== undefined && last[0] + last[1] === seq) last[1]++
    else ranges.push([seq, 1])
  }
  return ranges
}
