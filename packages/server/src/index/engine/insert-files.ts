import { mkdirSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from 'chdb'
import { type InsertStatement, settingsClause } from './statement.js'

const NEWLINE = 0x0a

/**
 * Hands rows to the engine in a file. Given along with the SQL they are part of its text, which the engine looks
 * through several times before it parses a row: 26 µs a row of 1 KB on one core, against 16 µs this way.
 */
export class InsertFiles {
  readonly #directory: string
  #count = 0

  /** `directory` is made, and emptied of what an engine that was killed left behind. */
  constructor(directory: string) {
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
    this.#directory = directory
  }

  /** Inserts the statement's rows; resolves to how many there were. */
  async insert(
    session: Session,
    { table, columns, format, settings, values }: InsertStatement,
  ): Promise<number> {
    this.#count += 1
    const path = join(this.#directory, `${this.#count}.rows`)
    try {
      await writeFile(path, values)
      const into = columns === undefined ? table : `${table} (${columns.join(', ')})`
      const from = `FROM INFILE ${quote(path)} COMPRESSION 'none'`
      await session.queryAsync(`INSERT INTO ${into} ${from}${settingsClause(settings)} FORMAT ${format}`)
      return countLines(values)
    } finally {
      await rm(path, { force: true })
    }
  }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** Rows of a line-based format, which are all that chDB takes. */
function countLines(values: Buffer): number {
  let lines = 0
  for (let at = values.indexOf(NEWLINE); at >= 0; at = values.indexOf(NEWLINE, at + 1)) lines += 1
  return values.at(-1) === NEWLINE || values.length === 0 ? lines : lines + 1
}
