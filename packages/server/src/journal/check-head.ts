import { HASH_BYTES, toHex } from '@counterfoil/core'
import { type BlockRow, isCut } from './block-row.js'
import type { JournalRows } from './journal-rows.js'
import type { StoredLog } from './stored-log.js'

/**
 * What a log's head says that its rows contradict, a sentence each: nothing that is hashed covers these columns, and the next
 * entry is recorded by them.
 */
export async function headProblems(rows: JournalRows, log: StoredLog): Promise<readonly string[]> {
  const problems = epochProblems(log)
  const [newest] = await rows.containing(log.number, log.chain.size === 0 ? [] : [log.chain.size - 1])
  if (newest !== undefined) problems.push(...newestProblems(newest, log))
  if (!(await isTrimmedAsSaid(rows, log)))
    problems.push(
      `The head says that rows are trimmed up to entry ${log.trimmedSize}; the rows say otherwise.`,
    )
  return problems
}

/** Of the row that holds the newest entry. */
export function newestProblems(newest: BlockRow, { chain, lastPosition }: StoredLog): string[] {
  const problems: string[] = []
  const newestHash = newest.entry_hashes?.subarray(-HASH_BYTES)
  if (newestHash === undefined || toHex(newestHash) !== toHex(chain.headHash))
    problems.push('The head does not have the hash of the newest entry.')
  if (newest.recorded_at !== chain.recordedAt)
    problems.push(`The newest entry is of ${newest.recorded_at}, the head says ${chain.recordedAt}.`)
  if (newest.position !== lastPosition)
    problems.push(`The newest row is at position ${newest.position}, the head says ${lastPosition}.`)
  return problems
}

function epochProblems({ epochs, chain }: StoredLog): string[] {
  const isInOrder = epochs.every(
    ({ firstSeq }, i) =>
      (i === 0 ? firstSeq === 0 : firstSeq >= (epochs[i - 1]?.firstSeq ?? 0)) && firstSeq <= chain.size,
  )
  return isInOrder ? [] : ['The epochs of the head do not follow each other from entry 0 on.']
}

/** Rows are cut up to there, and no further. */
async function isTrimmedAsSaid(
  rows: JournalRows,
  { number, start, trimmedSize, chain }: StoredLog,
): Promise<boolean> {
  const from = Math.max(start.size, trimmedSize)
  if (from > chain.size) return false
  const [next] = await rows.from(number, from, 1)
  if (next !== undefined && isCut(next)) return false
  if (trimmedSize <= start.size) return true
  const [last] = await rows.containing(number, [trimmedSize - 1])
  return last !== undefined && isCut(last) && last.first_seq + last.count === trimmedSize
}
