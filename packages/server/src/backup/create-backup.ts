import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { chmod, rename } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { AppError } from '@counterfoil/core'
import { openSqliteJournalReader } from '../journal/sqlite/sqlite-reader.js'
import type { Places } from '../moving/move-stores.js'
import { openDatabase } from '../sqlite/driver.js'
import { VERSION } from '../version.js'
import { copyDurably, digestFile, syncFile, syncFolder } from './durable-files.js'
import { digestOfHeads, type Manifest, type ManifestFile, writeManifest } from './manifest.js'
import { type FileKind, Snapshots } from './snapshots.js'

export interface BackupRequest {
  readonly places: Places
  /** Where the backup goes; empty, or not there yet. */
  readonly out: string
  /** Where the signer's state goes: never with the rest, or putting back the one would put back the other. */
  readonly signerOut: string | undefined
  /** The file of the master key, when it shall be in the backup. */
  readonly masterKey: string | undefined
  /** Reads the copy in `folder` back and gives how much was found wrong with it; undefined: nobody does. */
  readonly check: ((folder: string) => Promise<number>) | undefined
  readonly onProgress: (bytes: number, allBytes: number) => void
}

export interface BackupResult {
  readonly manifest: Manifest
  /** Things found wrong with the copy, and so with what was copied. */
  readonly findings: number
}

/** Names in a backup. */
const NAMES: Readonly<Record<FileKind, string>> = {
  journal: 'journal.db',
  ledger: 'ledger.db',
  signer: 'signer.db',
  access: 'access.db',
  catalogue: 'catalogue.db',
}

const CHECKED = 'checking'

/** Name of the master key's file in a backup. */
export const MASTER_KEY_NAME = 'master.key'

/**
 * Copies an installation as it is at one moment, while the server may go on. What is written is durable when this resolves, and
 * the manifest is written last. Throws `invalid_request` when there is something in the way.
 */
export async function createBackup(request: BackupRequest): Promise<BackupResult> {
  const { out, signerOut } = request
  requirePlaces(out, signerOut)
  const begunAt = new Date().toISOString()
  mkdirSync(out, { recursive: true, mode: 0o700 })
  try {
    const kinds = await copyAll(request)
    const { logs, entries, heads } = await readHeads(out)
    const findings = request.check === undefined ? 0 : await checkIn(out, kinds, request.check)
    const about = {
      counterfoil: VERSION,
      begun_at: begunAt,
      logs,
      entries,
      heads,
      checked: request.check !== undefined,
    }
    const finished = (files: readonly ManifestFile[]) => ({
      ...about,
      finished_at: new Date().toISOString(),
      files,
    })
    if (kinds.includes('signer')) {
      const file = await takeSignerAway(out, signerOut)
      if (signerOut !== undefined && file !== undefined)
        await writeManifest(signerOut, { object: 'signer_backup', ...finished([file]) })
    }
    const files: ManifestFile[] = []
    for (const kind of kinds) if (kind !== 'signer') files.push(await describe(join(out, NAMES[kind])))
    if (request.masterKey !== undefined) {
      const digest = await copyDurably(request.masterKey, join(out, MASTER_KEY_NAME))
      files.push({ name: MASTER_KEY_NAME, ...digest })
    }
    await syncFolder(out)
    return { manifest: await writeManifest(out, { object: 'backup', ...finished(files) }), findings }
  } catch (error) {
    // Half a backup would be in the way of the next one, and mistaken for a whole one.
    for (const name of [...Object.values(NAMES), MASTER_KEY_NAME]) removeFile(join(out, name))
    if (signerOut !== undefined) removeFile(join(signerOut, NAMES.signer))
    throw error
  }
}

function requirePlaces(out: string, signerOut: string | undefined): void {
  requireEmpty(out, 'out')
  if (signerOut === undefined) return
  requireEmpty(signerOut, 'signer-out')
  const [one, other] = [resolve(out), resolve(signerOut)]
  if (one !== other && !one.startsWith(other + sep) && !other.startsWith(one + sep)) return
  throw new AppError('invalid_request', {
    param: 'signer-out',
    hint: '--signer-out must be apart from --out: whoever can put back the one must not put back the other along with it.',
  })
}

function requireEmpty(folder: string, option: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return
  throw new AppError('invalid_request', {
    param: option,
    hint: `${folder} is not empty; nothing is ever written over. Name another directory with --${option}.`,
  })
}

async function copyAll({ places, out, onProgress }: BackupRequest): Promise<readonly FileKind[]> {
  const snapshots = await Snapshots.take(places)
  try {
    const kinds = (Object.keys(NAMES) as FileKind[]).filter((kind) => snapshots.has(kind))
    const all = kinds.reduce((sum, kind) => sum + snapshots.bytes(kind), 0)
    let done = 0
    for (const kind of kinds) {
      const bytes = snapshots.bytes(kind)
      const target = join(out, NAMES[kind])
      await snapshots.copy(kind, target, (share) => onProgress(done + share * bytes, all))
      await closeFile(target)
      done += bytes
    }
    return kinds
  } finally {
    await snapshots.close()
  }
}

async function readHeads(folder: string): Promise<Pick<Manifest, 'logs' | 'entries' | 'heads'>> {
  const journal = await openSqliteJournalReader(join(folder, NAMES.journal))
  try {
    const heads = await journal.heads()
    const entries = heads.reduce((sum, { size }) => sum + size, 0)
    return { logs: heads.length, entries, heads: digestOfHeads(heads) }
  } finally {
    await journal.close()
  }
}

/**
 * Looks at the copy through links: whoever opens the signer's state and the access store also writes to them, and what was
 * copied shall stay as it is.
 */
async function checkIn(
  out: string,
  kinds: readonly FileKind[],
  check: (folder: string) => Promise<number>,
): Promise<number> {
  const folder = join(out, CHECKED)
  mkdirSync(folder, { mode: 0o700 })
  try {
    for (const kind of kinds) {
      const copy = resolve(out, NAMES[kind])
      const there = join(folder, NAMES[kind])
      if (kind === 'signer' || kind === 'access') await copyDurably(copy, there)
      else symlinkSync(copy, there)
    }
    return await check(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Makes the file complete in itself, durable, and readable by its owner alone. */
async function closeFile(path: string): Promise<void> {
  const database = await openDatabase(path)
  database.exec('PRAGMA journal_mode = DELETE')
  database.close()
  await chmod(path, 0o600)
  await syncFile(path)
}

/** Moves the signer's state to where it is kept, or removes it; it was there for the check. */
async function takeSignerAway(out: string, signerOut: string | undefined): Promise<ManifestFile | undefined> {
  const here = join(out, NAMES.signer)
  if (signerOut === undefined) {
    removeFile(here)
    return undefined
  }
  mkdirSync(signerOut, { recursive: true, mode: 0o700 })
  const there = join(signerOut, NAMES.signer)
  await rename(here, there).catch(async (error: NodeJS.ErrnoException) => {
    // On another disk.
    if (error.code !== 'EXDEV') throw error
    await copyDurably(here, there)
    removeFile(here)
  })
  return describe(there)
}

async function describe(path: string): Promise<ManifestFile> {
  return { name: basename(path), ...(await digestFile(path)) }
}

function removeFile(path: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(path + end, { force: true })
}
