const NEWLINE = 0x0a
const QUOTE = 0x22

/** What a file of an export is called behind its dot. A `tar` is evidence: entries with all that proves them. */
export type ExportFormat = 'csv' | 'ndjson' | 'tar'

/** Counts the lines of a CSV or NDJSON file as its bytes come: a line break within quotes ends no row. */
export class RowCounter {
  readonly #isCsv: boolean
  #isQuoted = false
  #lines = 0

  constructor(format: 'csv' | 'ndjson') {
    this.#isCsv = format === 'csv'
  }

  /** Rows so far, without the head of a CSV. */
  get rows(): number {
    return Math.max(0, this.#lines - (this.#isCsv ? 1 : 0))
  }

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === QUOTE && this.#isCsv) this.#isQuoted = !this.#isQuoted
      else if (byte === NEWLINE && !this.#isQuoted) this.#lines++
    }
  }
}
