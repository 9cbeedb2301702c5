import { createHash } from 'node:crypto'
import { type Database, inTransaction, type Statement } from '../sqlite/driver.js'
import { openCatalogueDatabase } from './catalogue-database.js'
import { ASSIGNED_ID_MIN, INTEGER_ID_MAX, type IntegerIds, ownNumber } from './integer-ids.js'

/** Kept in memory; the rest costs a look-up. Assignments never change, so what is kept is never wrong. */
const CACHED_MAX = 100_000

/** Opens, and if need be makes, the file. Several threads and processes may have it open at once. */
export async function openSqliteIntegerIds(path: string): Promise<IntegerIds> {
  // FULL: a number that was answered must not be given to another text after a power cut.
  return new SqliteIntegerIds(path, await openCatalogueDatabase(path, 'FULL'))
}

class SqliteIntegerIds implements IntegerIds {
  readonly path: string
  readonly #database: Database
  readonly #find: Statement
  readonly #isTaken: Statement
  readonly #insert: Statement
  readonly #known = new Map<string, number>()

  constructor(path: string, database: Database) {
    this.path = path
    this.#database = database
    const whose = 'FROM integer_ids WHERE organization_id = ? AND kind = ?'
    this.#find = database.prepare(`SELECT number ${whose} AND text = ?`)
    this.#isTaken = database.prepare(`SELECT 1 ${whose} AND number = ?`)
    this.#insert = database.prepare('INSERT INTO integer_ids VALUES (?, ?, ?, ?)')
  }

  assign(organizationId: string, kind: string, texts: readonly string[]): readonly number[] {
    const numbers = texts.map((text) => ownNumber(text) ?? this.#known.get(keyOf(organizationId, kind, text)))
    if (!numbers.includes(undefined)) return numbers as number[]
    const missing = new Set(texts.filter((_, i) => numbers[i] === undefined))
    const found = this.#findOrAssign(organizationId, kind, [...missing])
    return texts.map((text, i) => numbers[i] ?? (found.get(text) as number))
  }

  close(): void {
    this.#database.close()
  }

  #findOrAssign(organizationId: string, kind: string, texts: readonly string[]): Map<string, number> {
    const found = new Map<string, number>()
    const look = () => {
      for (const text of texts) {
        const row = this.#find.get(organizationId, kind, text) as { number: number } | undefined
        if (row !== undefined) found.set(text, row.number)
      }
    }
    look()
    if (found.size < texts.length) {
      inTransaction(this.#database, () => {
        // Looked up again now that nobody else can assign: another process may have done so in between.
        look()
        for (const text of texts) {
          if (!found.has(text)) found.set(text, this.#assignOne(organizationId, kind, text))
        }
      })
    }
    if (this.#known.size + found.size > CACHED_MAX) this.#known.clear()
    for (const [text, number] of found) this.#known.set(keyOf(organizationId, kind, text), number)
    return found
  }

  #assignOne(organizationId: string, kind: string, text: string): number {
    let number = derivedNumber(kind, text)
    while (this.#isTaken.get(organizationId, kind, number) !== undefined) {
      number = number === INTEGER_ID_MAX ? ASSIGNED_ID_MIN : number + 1
    }
    this.#insert.run(organizationId, kind, number, text)
    return number
  }
}

/** Where a text's search for a number begins: 48 bits of SHA-256, folded into what there is. */
export function derivedNumber(kind: string, text: string): number {
  const hash = createHash('sha256').update(`${kind}\n${text}`).digest()
  return ASSIGNED_ID_MIN + (hash.readUIntBE(0, 6) % (INTEGER_ID_MAX - ASSIGNED_ID_MIN + 1))
}

function keyOf(organizationId: string, kind: string, text: string): string {
  return `${organizationId} ${kind} ${text}`
}
