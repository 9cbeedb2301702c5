import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '@counterfoil/core'

export interface WriteGuardSettings {
  readonly path: string
  /** Recording stops when the disk has fewer free bytes than this. */
  readonly diskReserveBytes: number
  /** Told once when the journal freezes, with what the storage said. */
  readonly onFrozen?: (cause: unknown) => void
}

const DISK_CHECK_INTERVAL_MS = 500
const SQLITE_FULL = 13

/**
 * Decides whether the journal may be written to. Two states differ on purpose: after a failed write or fsync the
 * kernel may have dropped pages that it reported only once, so the journal stays frozen until a restart reads what
 * the disk really holds; a full disk fails before anything is half done, so recording resumes when space is back.
 */
export class WriteGuard {
  readonly #settings: WriteGuardSettings
  #frozenBy: unknown
  #frozen = false
  #full = false
  #checkedAtMs = Number.NEGATIVE_INFINITY

  constructor(settings: WriteGuardSettings) {
    this.#settings = settings
  }

  /** Throws `journal_frozen` or `disk_full`. */
  assertWritable(): void {
    if (this.#frozen) throw this.#frozenError()
    const nowMs = performance.now()
    if (nowMs - this.#checkedAtMs > DISK_CHECK_INTERVAL_MS) {
      this.#checkedAtMs = nowMs
      const { bavail, bsize } = statfsSync(dirname(this.#settings.path))
      this.#full = bavail * bsize < this.#settings.diskReserveBytes
    }
    if (this.#full) throw this.#fullError()
  }

  /** What to answer after `error` ended a transaction; freezes the journal when the storage raised it. */
  refusal(error: unknown): unknown {
    if (error instanceof AppError || !isStorageError(error)) return error
    if ((error.errcode & 0xff) === SQLITE_FULL) {
      this.#full = true
      this.#checkedAtMs = performance.now()
      return this.#fullError(error)
    }
    this.#frozen = true
    this.#frozenBy = error
    this.#settings.onFrozen?.(error)
    return this.#frozenError()
  }

  #frozenError(): AppError {
    return new AppError('journal_frozen', {
      hint: 'The operator has to look at the disk and restart the server. Send the request again after that: with the same ids nothing is stored twice.',
      cause: this.#frozenBy,
    })
  }

  #fullError(cause?: unknown): AppError {
    return new AppError('disk_full', {
      hint: 'Free disk space; recording resumes by itself. Send the request again: with the same ids nothing is stored twice.',
      cause,
    })
  }
}

/** Both drivers put SQLite's extended result code on the error; our own errors have none. */
function isStorageError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && typeof (error as { errcode?: unknown }).errcode === 'number'
}
