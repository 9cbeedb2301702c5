import type { Database, Statement } from '../../sqlite/driver.js'
import { type EarlierUse, IDEMPOTENCY_KEY_KEPT_MS, type SeqRange, seqRanges } from '../idempotency.js'
import type { IdempotencyKey, Receipt } from '../journal.js'

/** Idempotency keys, written in the transaction that records what they stand for. */
export class IdempotencyTable {
  readonly #read: Statement
  readonly #insert: Statement
  readonly #expire: Statement
  readonly #forgetBody: Statement
  readonly #forgetBefore: Statement

  constructor(database: Database) {
    this.#read = database.prepare(
      'SELECT body_hash, places FROM idempotency_keys WHERE log = ? AND route = ? AND key = ? AND expires_at > ?',
    )
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO idempotency_keys (log, route, key, body_hash, places, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#forgetBody = database.prepare(
      `UPDATE idempotency_keys SET body_hash = '' WHERE log = ? AND body_hash <> '' AND EXISTS (
         SELECT 1 FROM json_each(places) AS place, json_each(?) AS seq
         WHERE seq.value BETWEEN place.value ->> 0 AND (place.value ->> 0) + (place.value ->> 1) - 1)`,
    )
    this.#forgetBefore = database.prepare(
      `DELETE FROM idempotency_keys WHERE log = ? AND EXISTS (
         SELECT 1 FROM json_each(places) AS place WHERE place.value ->> 0 < ?)`,
    )
    this.#expire = database.prepare(
      'DELETE FROM idempotency_keys WHERE (log, route, key) IN (SELECT log, route, key FROM idempotency_keys WHERE expires_at <= ? LIMIT 8)',
    )
  }

  /** Forgets the hashes of requests that recorded any of these entries; their keys still give the first receipts. */
  forgetBodies(log: number, seqs: readonly number[]): void {
    this.#forgetBody.run(log, JSON.stringify(seqs))
  }

  /** Forgets keys of requests that recorded an entry before `minIndex`: there are no receipts of it any more. */
  forgetBefore(log: number, minIndex: number): void {
    this.#forgetBefore.run(log, minIndex)
  }

  find(log: number, { route, key }: IdempotencyKey, nowMs: number): EarlierUse | undefined {
    const row = this.#read.get(log, route, key, nowMs) as { body_hash: string; places: string } | undefined
    return row === undefined
      ? undefined
      : { bodyHash: row.body_hash, places: JSON.parse(row.places) as SeqRange[] }
  }

  /** Remembers a key and forgets a few that are past their time, so that the table never needs a sweep. */
  insert(
    log: number,
    { route, key, bodyHash }: IdempotencyKey,
    receipts: readonly Receipt[],
    nowMs: number,
  ): void {
    this.#insert.run(
      log,
      route,
      key,
      bodyHash,
      JSON.stringify(seqRanges(receipts)),
      nowMs + IDEMPOTENCY_KEY_KEPT_MS,
    )
    this.#expire.run(nowMs)
  }
}
