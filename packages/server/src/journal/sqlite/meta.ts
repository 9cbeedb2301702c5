import { createHash } from 'node:crypto'
import { AppError } from '@counterfoil/core'
import type { Database } from '../../sqlite/driver.js'

/** What was fixed when a journal was made, by its key. */
export interface MetaRow {
  readonly key: string
  readonly value: string
}

/** Of all other rows: nothing else in the journal would tell that a bit of them flipped, and ids are looked up by one of them. */
const CHECKSUM = 'checksum'

/** The rows with their checksum. */
export function withChecksum(rows: readonly MetaRow[]): readonly MetaRow[] {
  const others = rows.filter(({ key }) => key !== CHECKSUM)
  return [...others, { key: CHECKSUM, value: checksumOf(others) }]
}

/** Writes the checksum of the rows as they are. */
export function sealMeta(database: Database): void {
  database
    .prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
    .run(CHECKSUM, checksumOf(readRows(database).filter(({ key }) => key !== CHECKSUM)))
}

/** Throws `damaged_journal` when the rows are not as they were sealed. */
export function assertMeta(database: Database, path: string): void {
  const rows = readRows(database)
  const found = rows.find(({ key }) => key === CHECKSUM)?.value
  if (found === checksumOf(rows.filter(({ key }) => key !== CHECKSUM))) return
  throw new AppError('damaged_journal', {
    hint: `What was fixed when the journal ${path} was made is not as it was written. Restore a backup.`,
  })
}

/** A value that was fixed when the journal was made. */
export function readMeta(database: Database, key: string): string {
  const row = database.prepare('SELECT value FROM meta WHERE key = ?').get(key) as
    | { value: string }
    | undefined
  if (row === undefined) throw new AppError('damaged_journal', { hint: `The journal's "${key}" is missing.` })
  return row.value
}

function readRows(database: Database): readonly MetaRow[] {
  return database.prepare('SELECT key, value FROM meta').all() as unknown as MetaRow[]
}

function checksumOf(rows: readonly MetaRow[]): string {
  const pairs = rows.map(({ key, value }) => [key, value]).toSorted()
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex')
}
