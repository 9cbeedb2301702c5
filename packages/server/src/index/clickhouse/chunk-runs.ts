/** Consecutive lines of a chunk that ClickHouse takes as one part: all of them or none. */
export interface ChunkRun {
  readonly lines: Buffer
  readonly rowCount: number
  readonly firstPosition: number
  readonly lastPosition: number
}

/** ClickHouse reads a file in blocks of 65,409 rows and makes a part of each. */
const RUN_ROWS_MAX = 65_409
/** More entries than a journal row has. */
const POSITION_ROWS_MAX = 4_096
/** Bounds the memory of one insert. A run ends after it with its last position, a few MiB later at most. */
const RUN_BYTES_MAX = 16 * 1024 * 1024
const NEWLINE = 0x0a
const TAB = 0x09

/**
 * The rows of `encodeIndexRow` that come after `position`, cut where the month of `recorded_at` changes and where
 * a run has grown long. ClickHouse stores each month of an insert on its own, one after the other; inserted run by
 * run, what is in the table after any interruption is a prefix of the chunk. Rows of one position were recorded at
 * one time, and no cut parts them. Throws a RangeError when a position comes after a later one.
 */
export function chunkRuns(rows: Buffer, position: number): readonly ChunkRun[] {
  const runs: ChunkRun[] = []
  let month: Month = { start: 0, end: 0 }
  let run = { start: 0, rowCount: 0, firstPosition: -1 }
  let previous = -1
  const end = (at: number): void => {
    const { start, rowCount, firstPosition } = run
    if (rowCount > 0)
      runs.push({ lines: rows.subarray(start, at), rowCount, firstPosition, lastPosition: previous })
  }
  for (let line = 0, next = 0; line < rows.length; line = next) {
    next = rows.indexOf(NEWLINE, line) + 1
    const head = readHead(rows, line)
    if (head.position < previous) throw new RangeError(`Position ${head.position} comes after ${previous}`)
    if (head.position <= position) {
      previous = head.position
      continue
    }
    const isLong = run.rowCount >= RUN_ROWS_MAX - POSITION_ROWS_MAX || line - run.start >= RUN_BYTES_MAX
    if (!isWithin(month, head.recordedAt) || (isLong && head.position > previous)) {
      end(line)
      month = monthOf(head.recordedAt)
      run = { start: line, rowCount: 0, firstPosition: head.position }
    }
    previous = head.position
    run.rowCount += 1
  }
  end(rows.length)
  return runs
}

/** The first two columns of the line that starts at `line`. */
function readHead(rows: Buffer, line: number): { readonly position: number; readonly recordedAt: number } {
  const positionEnd = rows.indexOf(TAB, line)
  return {
    position: readInteger(rows, line, positionEnd),
    recordedAt: readInteger(rows, positionEnd + 1, rows.indexOf(TAB, positionEnd + 1)),
  }
}

function readInteger(bytes: Buffer, start: number, end: number): number {
  const value = Number(bytes.toString('latin1', start, end))
  if (!Number.isSafeInteger(value)) throw new RangeError(`An index row starts with ${value}, not an integer`)
  return value
}

/** Microseconds since 1970, `end` excluded. */
interface Month {
  readonly start: number
  readonly end: number
}

function isWithin({ start, end }: Month, us: number): boolean {
  return us >= start && us < end
}

function monthOf(us: number): Month {
  const moment = new Date(us / 1000)
  const year = moment.getUTCFullYear()
  const month = moment.getUTCMonth()
  return { start: Date.UTC(year, month) * 1000, end: Date.UTC(year, month + 1) * 1000 }
}
