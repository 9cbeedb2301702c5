import { closeSync, copyFileSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '@counterfoil/server/dist/sqlite/driver.js'
import { openTestServer } from '@counterfoil/server/dist/testing/test-server.js'

/** Files whose every bit is evidence, or what evidence is found by. */
export const EVIDENCE_FILES = ['journal.db', 'ledger.db', 'signer.db'] as const
export type EvidenceFile = (typeof EVIDENCE_FILES)[number]

const ENTRIES = 1_300

/** Makes an installation with entries in rows and in the ledger, ids in runs, Idempotency-Keys, and an erasure. */
export async function makeInstallation(directory: string): Promise<void> {
  const server = await openTestServer({}, directory)
  const key = await server.makeKey()
  const body = Array.from({ length: ENTRIES }, (_, i) => ({
    action: 'order.created',
    actor: { type: 'user', id: `u${i % 37}`, email: `u${i}@example.com` },
    metadata: { i, text: `${i * 7919}`.repeat(4) },
  }))
  for (let from = 0; from < ENTRIES; from += 325) {
    const path = '/v1/audit_log_entries?wait=checkpoint'
    const { status } = await server.call(key, 'POST', path, body.slice(from, from + 325))
    if (status !== 201) throw new Error(`not recorded: ${status}`)
  }
  await server.counterfoil.close()
  for (const file of EVIDENCE_FILES) {
    const database = await openDatabase(join(directory, file))
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    database.exec('PRAGMA journal_mode = DELETE')
    database.close()
    copyFileSync(join(directory, file), join(directory, `${file}.sound`))
  }
}

/** Puts all files back as they were, but for one bit. */
export function flipBit(directory: string, file: EvidenceFile, bit: number): void {
  putBackAll(directory)
  const path = join(directory, file)
  const byte = Buffer.alloc(1)
  const descriptor = openSync(path, 'r+')
  readSync(descriptor, byte, 0, 1, Math.floor(bit / 8))
  byte[0] = (byte[0] as number) ^ (1 << (bit % 8))
  writeSync(descriptor, byte, 0, 1, Math.floor(bit / 8))
  closeSync(descriptor)
}

/** Puts all files back as they were. */
export function putBackAll(directory: string): void {
  for (const file of EVIDENCE_FILES) putBack(directory, file)
}

function putBack(directory: string, file: EvidenceFile): void {
  // A new file each time: what a check that broke off has still open belongs to the old one.
  for (const suffix of ['', '-wal', '-shm', '-journal'])
    rmSync(join(directory, file + suffix), { force: true })
  copyFileSync(join(directory, `${file}.sound`), join(directory, file))
}

export function bitsOf(directory: string, file: EvidenceFile): number {
  return 8 * statSync(join(directory, `${file}.sound`)).size
}

/** Every row of every table as text, in the order of its key, and what makes the tables: all that a reader can be given. */
export async function contentsOf(path: string): Promise<ReadonlyMap<string, string>> {
  const database = await openDatabase(path, { readOnly: true })
  try {
    const schema = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all()
    const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    // Comments in a definition tell nobody anything but people.
    const definitions = JSON.stringify(schema).replace(/--.*?(?=\\n|"})/g, '')
    const contents = new Map([['schema', `${user_version} ${definitions}`]])
    for (const { type, name } of schema as unknown as { type: string; name: string }[]) {
      if (type !== 'table') continue
      const rows = database.prepare(`SELECT * FROM "${name}"`).all().map(Object.values)
      contents.set(name, JSON.stringify(rows, inHex))
    }
    return contents
  } finally {
    database.close()
  }
}

function inHex(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}
