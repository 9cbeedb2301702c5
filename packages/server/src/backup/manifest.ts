import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@counterfoil/core'
import type { LogHead } from '../journal/journal.js'
import { writeDurably } from './durable-files.js'

/** Written last: a folder without it is no backup. */
export const MANIFEST = 'backup.json'
const FORMAT = 1

export interface ManifestFile {
  readonly name: string
  readonly bytes: number
  /** 64 hex digits. */
  readonly sha256: string
}

/** What a backup holds. Names of fields are those of the file. */
export interface Manifest {
  /** `signer_backup`: what the signer remembers, which is kept apart from the rest. */
  readonly object: 'backup' | 'signer_backup'
  readonly format: number
  /** Version of Counterfoil that wrote it. */
  readonly counterfoil: string
  /** Everything that was acknowledged before this time is in it. */
  readonly begun_at: string
  readonly finished_at: string
  readonly logs: number
  readonly entries: number
  /** SHA-256 over a line `origin size root` for each log, by origin: what `counterfoil restore` must come to. */
  readonly heads: string
  /** Whether every entry was read back from the copy and recomputed. */
  readonly checked: boolean
  readonly files: readonly ManifestFile[]
}

export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<Manifest> {
  const whole: Manifest = { ...manifest, format: FORMAT }
  await writeDurably(join(folder, MANIFEST), `${JSON.stringify(whole, undefined, 2)}\n`)
  return whole
}

/** Reads what a backup says of itself. Throws `not_found` where there is none, `damaged_backup` when it cannot be used. */
export function readManifest(folder: string, object: Manifest['object']): Manifest {
  let text: string
  try {
    text = readFileSync(join(folder, MANIFEST), 'utf8')
  } catch (cause) {
    throw new AppError('not_found', {
      hint: `${folder} holds no finished backup: there is no ${MANIFEST} in it.`,
      cause,
    })
  }
  const manifest = parse(text)
  if (manifest?.object !== object) {
    throw new AppError('damaged_backup', {
      hint: `${join(folder, MANIFEST)} is not that of a ${object === 'backup' ? 'backup' : "backup of the signer's state"}.`,
    })
  }
  if (manifest.format !== FORMAT) {
    throw new AppError('damaged_backup', {
      hint: `${folder} was written in format ${manifest.format}, this Counterfoil reads ${FORMAT}. Use version ${manifest.counterfoil} or a newer one.`,
    })
  }
  return manifest
}

/** One number for where all logs stand. */
export function digestOfHeads(heads: readonly LogHead[]): string {
  const hash = createHash('sha256')
  const lines = heads.map(({ origin, size, root }) => `${origin} ${size} ${root}\n`)
  for (const line of lines.toSorted()) hash.update(line)
  return hash.digest('hex')
}

function parse(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return undefined
  }
}
