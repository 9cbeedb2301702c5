import { type AppError, HASH_BYTES, TILE_WIDTH } from '@counterfoil/core'
import type { Block } from '../../journal/block.js'
import { concurrently } from '../../object-storage/concurrently.js'
import type { S3Client } from '../../object-storage/s3-client.js'
import { decodeBundle, TILE_BYTES } from '../bundle.js'
import type { LedgerReader } from '../ledger.js'
import { missingFromLedger, prunedFromLedger } from '../refusals.js'
import { tileRoot } from '../tile-tree.js'
import { type KnownLogs, knownLogsOf, type LogState } from './known-logs.js'
import {
  bundleKey,
  bundlesPrefix,
  ERASURES,
  endOfTile,
  LOGS,
  originOfLogKey,
  rootKey,
  tileKey,
  tilesPrefix,
} from './object-names.js'
import { LEDGER_BOUNDS, openClient, REQUESTS_MAX, type S3Place } from './s3-ledger.js'
import { unsealed } from './sealed-bundle.js'

/** Reads a ledger in an object store also as it rests, for whoever copies it. */
export interface ObjectLedgerReader extends LedgerReader {
  /** A bundle as it was put; see bundle.ts. Throws as `bundle` does. */
  bundleAsPut(origin: string, index: number): Promise<Uint8Array>
}

/** Opens the ledger in an object store for reading; asks nothing of the store yet. */
export function openS3LedgerReader(place: S3Place): ObjectLedgerReader {
  const { unchangedMs } = { ...LEDGER_BOUNDS, ...place.bounds }
  return new S3LedgerReader(openClient(place), knownLogsOf(place.url), unchangedMs)
}

class S3LedgerReader implements ObjectLedgerReader {
  readonly #client: S3Client
  readonly #known: KnownLogs
  readonly #unchangedMs: number
  #version: { readonly at: number; readonly value: Promise<number> } | undefined

  constructor(client: S3Client, known: KnownLogs, unchangedMs: number) {
    this.#client = client
    this.#known = known
    this.#unchangedMs = unchangedMs
  }

  async version(): Promise<number> {
    const now = performance.now()
    // Half of the time that an erasure waits, so that what was read before it is not believed after it.
    if (this.#version === undefined || now - this.#version.at > this.#unchangedMs / 2) {
      const value = this.#readVersion()
      this.#version = { at: now, value }
      value.catch(() => {
        this.#version = undefined
      })
    }
    return this.#version.value
  }

  async size(origin: string): Promise<number> {
    return (await this.#known.state(this.#client, origin)).size
  }

  async minIndex(origin: string): Promise<number> {
    return (await this.#known.state(this.#client, origin)).begin
  }

  async tile(origin: string, level: number, index: number): Promise<Uint8Array> {
    const what = `tile ${level}/${index}`
    await this.#assertHeld(origin, endOfTile(level, index), what)
    const key = tileKey(origin, level, index)
    const known = this.#known.tile(key)
    if (known !== undefined) return known
    const stored = await this.#client.get(key)
    if (stored?.bytes.length !== TILE_BYTES) throw await this.#missing(origin, endOfTile(level, index), what)
    this.#known.noteTile(key, stored.bytes)
    return stored.bytes
  }

  async roots(origin: string, level: number, first: number, count: number): Promise<Uint8Array> {
    const roots = new Uint8Array(HASH_BYTES * count)
    const places = Array.from({ length: count }, (_, place) => place)
    await concurrently(REQUESTS_MAX, places, async (place) => {
      roots.set(await this.#root(origin, level, first + place), HASH_BYTES * place)
    })
    return roots
  }

  async bundle(origin: string, index: number): Promise<Block> {
    const [bytes, hashes] = await Promise.all([this.bundleAsPut(origin, index), this.tile(origin, 0, index)])
    return decodeBundle(index, bytes, hashes)
  }

  async bundleAsPut(origin: string, index: number): Promise<Uint8Array> {
    const what = `bundle ${index}`
    await this.#assertHeld(origin, endOfTile(0, index), what)
    const stored = await this.#client.get(bundleKey(origin, index))
    if (stored === undefined) throw await this.#missing(origin, endOfTile(0, index), what)
    return unsealed(index, stored.bytes)
  }

  async bundleBytes(origin: string): Promise<readonly number[]> {
    const { size, begin } = await this.#known.state(this.#client, origin)
    const sizes = new Map(
      (await this.#client.list(bundlesPrefix(origin))).map(({ key, bytes }) => [key, bytes]),
    )
    const first = begin / TILE_WIDTH
    return Array.from({ length: size / TILE_WIDTH - first }, (_, i) => {
      return (sizes.get(bundleKey(origin, first + i)) ?? 0) + TILE_BYTES
    })
  }

  async objects(origin: string): Promise<{ readonly bundles: number; readonly tiles: number }> {
    const [bundles, tiles] = await Promise.all([
      this.#client.list(bundlesPrefix(origin)),
      this.#client.list(tilesPrefix(origin)),
    ])
    return { bundles: bundles.length, tiles: tiles.length }
  }

  async origins(): Promise<readonly string[]> {
    return (await this.#client.list(LOGS)).map(({ key }) => originOfLogKey(key))
  }

  async close(): Promise<void> {}

  async #root(origin: string, level: number, index: number): Promise<Uint8Array> {
    const key = tileKey(origin, level, index)
    const known = this.#known.root(key)
    if (known !== undefined) return known
    const root = await this.#readRoot(origin, level, index)
    this.#known.noteRoot(key, root)
    return root
  }

  async #readRoot(origin: string, level: number, index: number): Promise<Uint8Array> {
    const { begin } = await this.#known.state(this.#client, origin)
    if (endOfTile(level, index) > begin) return tileRoot(await this.tile(origin, level, index))
    const kept = await this.#client.get(rootKey(origin, level, index))
    if (kept?.bytes.length === HASH_BYTES) return kept.bytes
    // Pruned just now, and not taken away yet.
    const tile = await this.#client.get(tileKey(origin, level, index))
    if (tile?.bytes.length === TILE_BYTES) return tileRoot(tile.bytes)
    throw missingFromLedger(origin, `the root of tile ${level}/${index}`)
  }

  /** Looks again before it says that something is not there: somebody else may have put it just now. */
  async #assertHeld(origin: string, end: number, what: string): Promise<void> {
    const isHeld = ({ size, begin }: LogState) => end > begin && end <= size
    if (isHeld(await this.#known.state(this.#client, origin))) return
    if (!isHeld(await this.#known.readState(this.#client, origin)))
      throw await this.#missing(origin, end, what)
  }

  async #missing(origin: string, end: number, what: string): Promise<AppError> {
    const { begin } = await this.#known.readState(this.#client, origin)
    return end > begin ? missingFromLedger(origin, what) : prunedFromLedger(origin, what, begin)
  }

  async #readVersion(): Promise<number> {
    const stored = await this.#client.get(ERASURES)
    if (stored === undefined) return 0
    return Number.parseInt(Buffer.from(stored.bytes).toString('latin1').replaceAll('-', '').slice(0, 12), 16)
  }
}
