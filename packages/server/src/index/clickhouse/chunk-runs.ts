/** Consecutive lines of a chunk that belong to one partition of the table. */
export interface ChunkRun {
  readonly firstPosition: number
  readonly lastPosition: number
  readonly rowCount: number
  readonly lines: Buffer
}

const NEWLINE = 0x0a
const TAB = 0x09

/**
 * Cuts rows of `encodeIndexRow` where the month of `recorded_at` changes. ClickHouse stores each month of an
 * insert on its own, one after the other; inserted run by run, what is in the table after any interruption is
 * a prefix of the chunk.
 */
export function chunkRuns(rows: Buffer): readonly ChunkRun[] {
  const runs: ChunkRun[] = []
  let month: Month | undefined
  let start = 0
  let firstPosition = 0
  let lastPosition = 0
  let rowCount = 0
  const endRun = (end: number): void => {
    if (rowCount > 0) runs.push({ firstPosition, lastPosition, rowCount, lines: rows.subarray(start, end) })
    start = end
    rowCount = 0
  }
  for (let line = 0; line < rows.length; ) {
    const positionEnd = rows.indexOf(TAB, line)
    const recordedAt = readInteger(rows, positionEnd + 1, rows.indexOf(TAB, positionEnd + 1))
    if (month === undefined || recordedAt < month.start || recordedAt >= month.end) {
      endRun(line)
      month = monthOf(recordedAt)
    }
    lastPosition = readInteger(rows, line, positionEnd)
    if (rowCount === 0) firstPosition = lastPosition
    rowCount += 1
    line = rows.indexOf(NEWLINE, line) + 1
  }
  endRun(rows.length)
  return runs
}

/** Microseconds since 1970, `end` excluded. */
interface Month {
  readonly start: number
  readonly end: number
}

function monthOf(us: number): Month {
  const moment = new Date(us / 1000)
  const year = moment.getUTCFullYear()
  const month = moment.getUTCMonth()
  return { start: Date.UTC(year, month) * 1000, end: Date.UTC(year, month + 1) * 1000 }
}

function readInteger(bytes: Buffer, start: number, end: number): number {
  const value = Number(bytes.toString('latin1', start, end))
  if (!Number.isSafeInteger(value))
    throw new RangeError(`An index row starts with ${value} where an integer belongs`)
  return value
}
