import {
  decodeBundle,
  encodeBundle,
  HASH_BYTES,
  parseBundlePath,
  parseTilePath,
  TILE_WIDTH,
} from '@counterfoil/core'
import type { EvidenceSource } from './source.js'

/** Attempts for each file, and the pause before the next. */
const ATTEMPTS = 4
const PAUSE_MS = 500
const TIMEOUT_MS = 30_000

/** The server cannot be asked: no connection, no permission, no such log. Not a fault of the evidence. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
}

/** A log as a server publishes it (c2sp.org/tlog-tiles): `<prefix>/checkpoint`, `<prefix>/tile/…`. */
export class ServerSource implements EvidenceSource {
  readonly #prefix: string
  readonly #headers: Readonly<Record<string, string>>

  /** `token` is an API key; a log that is published needs none. */
  constructor(prefix: string, token?: string) {
    this.#prefix = prefix.replace(/\/+$/, '')
    this.#headers = token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#fetch(path)
    // A partial tile may be gone once the full one exists; its hashes are the first of that.
    return bytes ?? (path.includes('.p/') ? this.#readFromFull(path) : undefined)
  }

  async #readFromFull(path: string): Promise<Uint8Array | undefined> {
    const full = await this.#fetch(path.slice(0, path.indexOf('.p/')))
    if (full === undefined) return undefined
    if (path.startsWith('tile/entries/')) {
      const leaves = decodeBundle(full, TILE_WIDTH)
      return encodeBundle(leaves.slice(0, parseBundlePath(path).width))
    }
    return full.subarray(0, parseTilePath(path).width * HASH_BYTES)
  }

  async #fetch(path: string): Promise<Uint8Array | undefined> {
    const url = `${this.#prefix}/${path}`
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(url, { headers: this.#headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
        if (response.ok) return new Uint8Array(await response.arrayBuffer())
        await response.body?.cancel()
        if (response.status === 404) return undefined
        if (response.status < 500 && response.status !== 429)
          throw new ServerError(`${url} answers with status ${response.status}.`)
        if (attempt === ATTEMPTS) throw new ServerError(`${url} answers with status ${response.status}.`)
      } catch (error) {
        if (error instanceof ServerError) throw error
        if (attempt === ATTEMPTS)
          throw new ServerError(`${url} cannot be read: ${reasonOf(error)}.`, { cause: error })
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
    }
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}
