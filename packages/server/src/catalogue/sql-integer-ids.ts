import type { Sql, SqlDatabase } from '../sql/sql-database.js'
import { ASSIGNED_ID_MIN, derivedNumber, INTEGER_ID_MAX, type IntegerIds, ownNumber } from './integer-ids.js'

/** Kept in memory; the rest costs a look-up. Assignments never change, so what is kept is never wrong. */
const CACHED_MAX = 100_000
/** Numbers of one look-up. Always so many, so that its text stays the same: what is left over is filled up. */
const NUMBERS_AT_ONCE = 64

/**
 * Integers in the table `integer_ids`, which is there, of any engine. A text is found by its number alone: at the one that is
 * derived from it, or behind others that were there before it, without a gap, as none is ever taken away.
 */
export class SqlIntegerIds implements IntegerIds {
  readonly #database: SqlDatabase
  readonly #known = new Map<string, number>()

  /** The database is ours from now on. */
  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async assign(organizationId: string, kind: string, texts: readonly string[]): Promise<readonly number[]> {
    const numbers = texts.map((text) => ownNumber(text) ?? this.#known.get(keyOf(organizationId, kind, text)))
    if (!numbers.includes(undefined)) return numbers as number[]
    const missing = new Set(texts.filter((_, i) => numbers[i] === undefined))
    const found = await this.#findOrAssign({ organizationId, kind }, [...missing])
    return texts.map((text, i) => numbers[i] ?? (found.get(text) as number))
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  async #findOrAssign(space: NumberSpace, texts: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { organizationId, kind } = space
    const there = await placesOf(this.#database.of(organizationId), space, texts)
    let numbers = there.numbers
    if (there.free.length > 0) {
      numbers = await this.#database.transaction(async (transaction) => {
        const sql = transaction.of(organizationId)
        // Looked at again now that nobody else can assign: another process may have done so in between.
        const places = await placesOf(sql, space, texts)
        await sql.runEach(
          'INSERT INTO integer_ids (organization_id, kind, number, text) VALUES (?, ?, ?, ?)',
          places.free.map((text) => [organizationId, kind, places.numbers.get(text) as number, text]),
        )
        return places.numbers
      })
    }
    if (this.#known.size + numbers.size > CACHED_MAX) this.#known.clear()
    for (const [text, number] of numbers) this.#known.set(keyOf(organizationId, kind, text), number)
    return numbers
  }
}

/** Within which each text has one number, and each number one text. */
interface NumberSpace {
  readonly organizationId: string
  readonly kind: string
}

/** Numbers of texts: those that they have, or would be given. */
interface Places {
  readonly numbers: ReadonlyMap<string, number>
  /** Texts that do not have their number yet. */
  readonly free: readonly string[]
}

async function placesOf(sql: Sql, space: NumberSpace, texts: readonly string[]): Promise<Places> {
  const derived = texts.map((text) => derivedNumber(space.kind, text))
  const textAt = new Map(await textsAt(sql, space, derived))
  const numbers = new Map<string, number>()
  const free: string[] = []
  for (const [i, text] of texts.entries()) {
    let number = derived[i] as number
    while ((textAt.get(number) ?? text) !== text) {
      number = number === INTEGER_ID_MAX ? ASSIGNED_ID_MIN : number + 1
      if (!textAt.has(number))
        for (const [next, other] of await textsAt(sql, space, [number])) textAt.set(next, other)
    }
    if (!textAt.has(number)) free.push(text)
    textAt.set(number, text)
    numbers.set(text, number)
  }
  return { numbers, free }
}

const PLACES = Array.from({ length: NUMBERS_AT_ONCE }, () => '?').join(', ')
const TEXTS_AT = `SELECT number, text FROM integer_ids WHERE organization_id = ? AND kind = ? AND number IN (${PLACES})`

/** Texts that have these numbers. */
async function textsAt(
  sql: Sql,
  { organizationId, kind }: NumberSpace,
  numbers: readonly number[],
): Promise<readonly (readonly [number: number, text: string])[]> {
  const looks: Promise<readonly { readonly number: number; readonly text: string }[]>[] = []
  for (let first = 0; first < numbers.length; first += NUMBERS_AT_ONCE) {
    const some = numbers.slice(first, first + NUMBERS_AT_ONCE)
    const filled = Array.from({ length: NUMBERS_AT_ONCE }, (_, i) => some[i] ?? (some[0] as number))
    looks.push(sql.all(TEXTS_AT, organizationId, kind, ...filled))
  }
  return (await Promise.all(looks)).flat().map(({ number, text }) => [number, text] as const)
}

function keyOf(organizationId: string, kind: string, text: string): string {
  return `${organizationId} ${kind} ${text}`
}
