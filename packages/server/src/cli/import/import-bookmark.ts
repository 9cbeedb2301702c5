import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** What tells one import from another. */
export interface ImportIdentity {
  /** Absolute. */
  readonly path: string
  readonly url: string
  /** Public part of the key: another key may write into another log. */
  readonly keyId: string
  readonly format: string
  /** Size and age of the file, or the commit of a repository: what changed is read from its start again. */
  readonly version: string
}

export interface ImportProgress {
  /** Number of the last item of which everything before is settled. */
  readonly settled: number
  readonly read: number
  readonly recorded: number
  readonly replayed: number
  readonly refused: number
  /** Share of the source that was read, to show progress from there. */
  readonly fraction: number
}

export const NO_PROGRESS: ImportProgress = {
  settled: 0,
  read: 0,
  recorded: 0,
  replayed: 0,
  refused: 0,
  fraction: 0,
}

/**
 * Where an import has come to, in a file of its own. It only saves work: ids follow from content, so losing it, or
 * going back to an older one, records nothing twice.
 */
export class ImportBookmark {
  readonly #file: string
  readonly #version: string

  constructor(identity: ImportIdentity, environment: Readonly<Record<string, string | undefined>>) {
    const { path, url, keyId, format, version } = identity
    const name = createHash('sha256')
      .update(JSON.stringify([path, url, keyId, format]))
      .digest('hex')
    this.#file = join(stateDirectory(environment), 'counterfoil', 'imports', `${name.slice(0, 32)}.json`)
    this.#version = version
  }

  /** The progress of an import that was not finished; undefined when there is none, or the source has changed. */
  read(): ImportProgress | undefined {
    try {
      const saved = JSON.parse(readFileSync(this.#file, 'utf8')) as { version?: unknown; progress?: unknown }
      return saved.version === this.#version ? toProgress(saved.progress) : undefined
    } catch {
      return undefined
    }
  }

  save(progress: ImportProgress): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
    const written = `${this.#file}.${process.pid}`
    writeFileSync(written, JSON.stringify({ version: this.#version, progress }), { mode: 0o600 })
    // Renaming is whole or nothing: a kill in the middle leaves the older file.
    renameSync(written, this.#file)
  }

  remove(): void {
    rmSync(this.#file, { force: true })
  }
}

/** The progress in a file that somebody else may have written to. */
function toProgress(value: unknown): ImportProgress | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const members = value as Record<string, unknown>
  const names = Object.keys(NO_PROGRESS) as (keyof ImportProgress)[]
  if (!names.every((name) => typeof members[name] === 'number' && (members[name] as number) >= 0))
    return undefined
  return Object.fromEntries(names.map((name) => [name, members[name]])) as unknown as ImportProgress
}

function stateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const given = environment.XDG_STATE_HOME
  if (given?.startsWith('/') === true) return given
  return join(environment.HOME ?? homedir(), '.local', 'state')
}
