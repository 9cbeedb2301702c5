import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@counterfoil/core'
import { openAccessStore } from '../access/open-access-store.js'
import { openJournalReader } from '../journal/open-journal.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import { copyRecords, copyRest, type Move, type Places } from '../moving/move-stores.js'
import { verifyBoth } from '../moving/verify-both.js'
import { restoreMark } from '../service/data-directory.js'
import { openSignerStore } from '../signer/open-signer-store.js'
import { MASTER_KEY_NAME } from './create-backup.js'
import { syncFolder, writeDurably } from './durable-files.js'
import type { Manifest } from './manifest.js'
import { type RestoreRequest, requireFree, restoreBackup } from './restore-backup.js'

export interface RestoreElsewhereRequest extends Omit<RestoreRequest, 'signerAt'> {
  /** Where everything goes; some of it is not in the data directory. */
  readonly to: Places
  /** Where everything of the backup is once it was put into a directory. */
  readonly placesIn: (folder: string) => Places
  /** Looks at the backup as it was put there; throws to stop before anything is written elsewhere. */
  readonly check: (folder: string, signerIsKept: boolean) => Promise<void>
  /** Whether every log is recomputed in both places. */
  readonly verifies: boolean
}

/** Where a backup is put on its way. */
const STAGE = 'restoring'

/**
 * Restores a backup into stores that are not in the data directory: first into a directory, held against the manifest, and from
 * there as a move goes. They must be empty. One that was cut short is begun anew by the same request; until then no server starts on
 * the data directory.
 */
export async function restoreElsewhere(request: RestoreElsewhereRequest): Promise<Manifest> {
  const { data, to, signerFrom } = request
  const stage = join(data, STAGE)
  const mark = restoreMark(data)
  const isBegunBefore = existsSync(mark)
  requireFree(data)
  if (!isBegunBefore) await requireEmpty(to)
  // What an attempt before this one brought is brought once more.
  const signerIsKept = (signerFrom === undefined || !isBegunBefore) && (await hasSigned(to))
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { mode: 0o700 })
  let manifest: Manifest
  try {
    manifest = await restoreBackup({
      ...request,
      data: stage,
      hasMasterKey: request.hasMasterKey || existsSync(join(data, MASTER_KEY_NAME)),
      signerAt: signerIsKept ? 'What the signer remembers' : undefined,
    })
    await request.check(stage, signerIsKept)
  } catch (error) {
    rmSync(stage, { recursive: true })
    throw error
  }
  await writeDurably(mark, `${JSON.stringify({ from: request.from, names: [] })}\n`)
  const staged = request.placesIn(stage)
  const from = signerFrom === undefined ? { ...staged, signer: to.signer } : staged
  await moveAll({ from, to, originHost: '', index: '', onProgress: () => undefined }, request.verifies)
  const key = join(stage, MASTER_KEY_NAME)
  if (existsSync(key) && !existsSync(join(data, MASTER_KEY_NAME)))
    renameSync(key, join(data, MASTER_KEY_NAME))
  rmSync(stage, { recursive: true })
  rmSync(mark)
  await syncFolder(data)
  return manifest
}

async function moveAll(move: Move, verifies: boolean): Promise<void> {
  await copyRecords(move)
  if (verifies) await verifyBoth(move, () => undefined)
  await copyRest(move)
}

/** Nothing is ever written over. */
async function requireEmpty({ journal, ledger, access }: Places): Promise<void> {
  const refuse = (what: string, setting: string): never => {
    throw new AppError('invalid_request', {
      param: setting,
      hint: `${setting}: there are ${what} already; nothing is ever written over. Name an empty place.`,
    })
  }
  if (ledger.kind !== 'sqlite') {
    const reader = await openLedgerReader(ledger)
    const { length } = await reader.origins().finally(() => reader.close())
    if (length > 0) refuse('logs in the ledger', 'setting' in ledger ? ledger.setting : 'ledger_url')
  }
  if (journal.kind === 'postgres') {
    const reader = await openJournalReader(journal, 'restore', () => openLedgerReader(ledger))
    const { length } = await reader.logs().finally(() => reader.close())
    if (length > 0) refuse('logs in the database', 'database_url')
  }
  if (access.kind === 'postgres') {
    const store = await openAccessStore(access)
    const { length } = await store.organizations().finally(() => store.close())
    if (length > 0) refuse('organizations in the database', 'database_url')
  }
}

/** Whether the signer's store knows of anything that was signed. */
async function hasSigned({ signer }: Places): Promise<boolean> {
  if (signer.kind === 'sqlite' && !existsSync(signer.path)) return false
  const store = await openSignerStore(signer, new Uint8Array(32))
  return (await store.heads().finally(() => store.close())).length > 0
}
