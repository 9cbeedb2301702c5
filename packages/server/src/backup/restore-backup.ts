import { existsSync, readFileSync, rmSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@counterfoil/core'
import { restoreMark } from '../service/data-directory.js'
import { MASTER_KEY_NAME } from './create-backup.js'
import { copyDurably, syncFolder, writeDurably } from './durable-files.js'
import { type Manifest, type ManifestFile, readManifest } from './manifest.js'

export interface RestoreRequest {
  readonly from: string
  /** A backup of the signer's state; undefined: what is in the data directory stays, or there is none. */
  readonly signerFrom: string | undefined
  /** Held by the caller. */
  readonly data: string
  /** Whether the master key is known, though it is not in `data`. */
  readonly hasMasterKey: boolean
  /** Where the signer's state is already, as messages name it; undefined where it is not. */
  readonly signerAt: string | undefined
  /** Whether to go on where nothing is left of what was signed. */
  readonly withoutSigner: boolean
  readonly onProgress: (bytes: number, allBytes: number) => void
}

const PARTIAL = '.restoring'
/** What a restore never writes over. The signer's state and the master key may be there: they are kept. */
const NEVER_REPLACED = ['journal.db', 'ledger.db', 'access.db', 'catalogue.db', 'index']

/**
 * Copies a backup into a data directory that has none of what it holds, each byte held against the manifest. Nothing is under its
 * name before all of it was found right; a restore that was cut short keeps everything else from using the directory.
 */
export async function restoreBackup(request: RestoreRequest): Promise<Manifest> {
  const { data, from, signerFrom } = request
  const manifest = readManifest(from, 'backup')
  const signer = signerFrom === undefined ? undefined : readManifest(signerFrom, 'signer_backup')
  undoUnfinished(data)
  requireFree(data)
  const files = [
    ...manifest.files
      .filter(({ name }) => name !== MASTER_KEY_NAME || !existsSync(join(data, name)))
      .map((file) => ({ file, folder: from })),
    ...(signer?.files ?? []).map((file) => ({ file, folder: signerFrom as string })),
  ]
  const names = files.map(({ file }) => file.name)
  requireKeys(request, names)
  await writeDurably(restoreMark(data), `${JSON.stringify({ from, names } satisfies Mark)}\n`)
  const all = files.reduce((sum, { file }) => sum + file.bytes, 0)
  let done = 0
  try {
    for (const { file, folder } of files) {
      await copyChecked(folder, data, file)
      done += file.bytes
      request.onProgress(done, all)
    }
  } catch (error) {
    undoUnfinished(data)
    throw error
  }
  for (const name of names) await rename(join(data, name + PARTIAL), join(data, name))
  await syncFolder(data)
  rmSync(restoreMark(data))
  await syncFolder(data)
  return manifest
}

/** What a restore that was cut short may have written: that alone, never what was there before it. */
interface Mark {
  readonly from: string
  readonly names: readonly string[]
}

function undoUnfinished(data: string): void {
  const mark = restoreMark(data)
  if (!existsSync(mark)) return
  const { names } = JSON.parse(readFileSync(mark, 'utf8')) as Mark
  for (const name of names)
    for (const end of ['', PARTIAL, '-wal', '-shm']) rmSync(join(data, name + end), { force: true })
  rmSync(mark)
}

/** Throws `invalid_request` where a data directory has something that would be restored. */
export function requireFree(data: string): void {
  const inTheWay = NEVER_REPLACED.find((name) => existsSync(join(data, name)))
  if (inTheWay === undefined) return
  throw new AppError('invalid_request', {
    param: 'data',
    hint: `${join(data, inTheWay)} is in the way; nothing is ever written over. Move it away, all but signer.db and master.key, or name another directory with --data.`,
  })
}

/** Both what was signed and what it was signed with are kept apart from backups, and easily forgotten. */
function requireKeys(
  { data, hasMasterKey, withoutSigner, signerFrom, signerAt }: RestoreRequest,
  names: readonly string[],
): void {
  if (!hasMasterKey && !names.includes(MASTER_KEY_NAME) && !existsSync(join(data, MASTER_KEY_NAME))) {
    throw new AppError('wrong_master_key', {
      hint: `The backup does not hold the master key. Put it into ${join(data, MASTER_KEY_NAME)} first, or set COUNTERFOIL_MASTER_KEY.`,
    })
  }
  if (signerAt !== undefined && signerFrom !== undefined) {
    throw new AppError('invalid_request', {
      param: 'signer-from',
      hint: `${signerAt} is there and knows more than any backup of it. Leave out --signer-from.`,
    })
  }
  if (signerAt !== undefined || signerFrom !== undefined || withoutSigner) return
  throw new AppError('invalid_request', {
    param: 'signer-from',
    hint: `What the signer remembers is not there. Put signer.db into the data directory, or name its newest backup with --signer-from. If it is lost, --without-signer goes on without: logs that rest in the ledger will be frozen.`,
  })
}

async function copyChecked(folder: string, data: string, file: ManifestFile): Promise<void> {
  const partial = join(data, file.name + PARTIAL)
  rmSync(partial, { force: true })
  const { bytes, sha256 } = await copyDurably(join(folder, file.name), partial).catch((cause: unknown) => {
    throw damaged(folder, file, (cause as Error).message, cause)
  })
  if (bytes !== file.bytes || sha256 !== file.sha256)
    throw damaged(folder, file, 'its bytes are not those that were written')
}

function damaged(folder: string, { name }: ManifestFile, problem: string, cause?: unknown): AppError {
  return new AppError('damaged_backup', {
    hint: `${join(folder, name)}: ${problem}. Nothing was restored; take another copy of the backup.`,
    cause,
  })
}
