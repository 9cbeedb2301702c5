import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError, type Epoch, type SectionPath, TILE_WIDTH } from '@counterfoil/core'
import { concurrently } from '../../object-storage/concurrently.js'
import { parseS3Url, type S3Credentials } from '../../object-storage/s3-address.js'
import { type S3Bounds, S3Client } from '../../object-storage/s3-client.js'
import { eraseBundles, type RestingBundle } from '../erase-bundles.js'
import type { KeptRoots, Ledger, LedgerObject } from '../ledger.js'
import { assertReached, missingFromLedger, otherBytes } from '../refusals.js'
import { tileRoot } from '../tile-tree.js'
import { eachRoot, tilesBefore } from '../tiles-before.js'
import { type KnownLogs, knownLogsOf } from './known-logs.js'
import {
  bundleKey,
  ERASURES,
  endOfTile,
  logKey,
  type Mark,
  markKey,
  objectKey,
  parseTilePath,
  rootKey,
  rootsPrefix,
  tileKey,
  tilesPrefix,
} from './object-names.js'
import { sealed, unsealed } from './sealed-bundle.js'

/** A ledger in an S3-compatible object store, in a form that threads can be given. */
export interface S3Place {
  readonly kind: 's3'
  /** See `parseS3Url`. */
  readonly url: string
  readonly credentials: S3Credentials
  /** Shorter in tests. */
  readonly bounds?: Partial<S3Bounds & LedgerBounds>
}

export interface LedgerBounds {
  /** What takes longer to put is not said to be there: somebody else may be at it meanwhile. */
  readonly putMs: number
  /** Objects that nobody has said to be there for so long were left behind by a process that died; well over `putMs`. */
  readonly leftMs: number
  /** How long a reader believes that nothing was erased; an erasure waits as long before it is done. */
  readonly unchangedMs: number
}

export const LEDGER_BOUNDS: LedgerBounds = { putMs: 60_000, leftMs: 180_000, unchangedMs: 1_000 }

const SETTING = 'ledger_url'
const NOTHING = new Uint8Array(0)

/** Requests of one ledger that are under way at once. */
export const REQUESTS_MAX = 16

export function openClient({ url, credentials, bounds }: S3Place): S3Client {
  return new S3Client(parseS3Url(url, SETTING), credentials, SETTING, bounds)
}

/** Opens the ledger in an object store for writing; asks nothing of the store yet, which may be away. */
export function openS3Ledger(place: S3Place): Ledger {
  return new S3Ledger(openClient(place), knownLogsOf(place.url), { ...LEDGER_BOUNDS, ...place.bounds })
}

/**
 * Objects are put first, and then the size that says that they are there; whoever reads looks at no object beyond the size. So a
 * kill at any point leaves a smaller ledger and some objects that are found to be the same when they are put again.
 */
class S3Ledger implements Ledger {
  readonly #client: S3Client
  readonly #known: KnownLogs
  readonly #bounds: LedgerBounds
  /** Whether the store refuses to put what is there; found out before the first object is put. */
  #isConditional: Promise<boolean> | undefined
  readonly #named = new Set<string>()

  constructor(client: S3Client, known: KnownLogs, bounds: LedgerBounds) {
    this.#client = client
    this.#known = known
    this.#bounds = bounds
  }

  async put(origin: string, size: number, objects: readonly LedgerObject[]): Promise<void> {
    const begun = performance.now()
    const { size: before } = await this.#known.readState(this.#client, origin)
    assertReached(origin, before, size, objects)
    const isResting = (object: LedgerObject) => endOf(object) <= before
    // What rests already is looked at before anything is put: a refusal changes nothing.
    await concurrently(REQUESTS_MAX, objects.filter(isResting), (object) => this.#assertSame(origin, object))
    await this.#name(origin)
    const news = objects.filter((object) => !isResting(object))
    await concurrently(REQUESTS_MAX, news, (object) => this.#putNew(origin, object))
    if (size <= before) return
    if (performance.now() - begun > this.#bounds.putMs) {
      throw new AppError('object_storage_unavailable', {
        hint: 'The object store took too long to take what was put. It is tried again.',
      })
    }
    await this.#mark(origin, 'size', before, size)
    for (const object of objects) this.#remember(origin, object)
  }

  async erase(
    epochs: readonly Epoch[],
    seqs: readonly number[],
    paths: readonly SectionPath[],
  ): Promise<void> {
    const { origin } = epochs.at(-1) as Epoch
    const { size, begin } = await this.#known.readState(this.#client, origin)
    const resting = seqs.filter((seq) => seq < size && seq >= begin)
    if (resting.length === 0) return
    const writes = await this.#planErasure(origin, epochs, resting, paths)
    // Readers that look while it goes on look again afterwards.
    await this.#noteErasure()
    let versioned = false
    for (const { index, bytes } of writes) {
      const put = await this.#client.put(bundleKey(origin, index), sealed(bytes))
      versioned ||= put.versioned
    }
    await this.#dropVersions(origin, resting, versioned)
    await this.#noteErasure()
    await delay(this.#bounds.unchangedMs)
  }

  async begin(origin: string, minIndex: number, roots: readonly KeptRoots[]): Promise<void> {
    const { size } = await this.#known.readState(this.#client, origin)
    if (size > 0) return
    await this.#name(origin)
    await concurrently(REQUESTS_MAX, [...eachRoot(roots)], async ({ level, index, root }) => {
      await this.#client.put(rootKey(origin, level, index), root)
    })
    // The size comes last: only then does anybody look.
    for (const mark of ['removed', 'begin', 'size'] as const) await this.#mark(origin, mark, 0, minIndex)
  }

  async prune(origin: string, minIndex: number, bundlesMax: number): Promise<number> {
    const before = await this.#known.readState(this.#client, origin)
    const begin = Math.max(before.begin, Math.min(minIndex, before.size))
    if (begin > before.begin) await this.#mark(origin, 'begin', before.begin, begin)
    const end = Math.min(begin, before.removed + bundlesMax * TILE_WIDTH)
    const first = before.removed / TILE_WIDTH
    const indexes = Array.from({ length: end / TILE_WIDTH - first }, (_, place) => first + place)
    await concurrently(REQUESTS_MAX, indexes, (index) => this.#client.delete(bundleKey(origin, index)))
    if (indexes.length < bundlesMax) await this.#pruneTiles(origin, begin)
    if (end > before.removed) await this.#mark(origin, 'removed', before.removed, end)
    return indexes.length
  }

  async shrink(): Promise<boolean> {
    return true
  }

  async scrub(): Promise<boolean> {
    return true
  }

  async close(): Promise<void> {}

  /**
   * What is to be put, in an order that may be cut off anywhere: a seed that lies in two bundles leaves the neighbour first, as
   * only the bundle that it was erased from tells which seeds these are.
   */
  async #planErasure(
    origin: string,
    epochs: readonly Epoch[],
    seqs: readonly number[],
    paths: readonly SectionPath[],
  ): Promise<readonly BundleWrite[]> {
    const now = new Map<number, RestingBundle>()
    const read = async (index: number) => {
      const bundle = now.get(index) ?? (await this.#resting(origin, index))
      if (bundle !== undefined) now.set(index, bundle)
      return bundle
    }
    const writes: BundleWrite[] = []
    for (const own of new Set(seqs.map((seq) => Math.floor(seq / TILE_WIDTH)))) {
      const inBundle = seqs.filter((seq) => Math.floor(seq / TILE_WIDTH) === own)
      const here: BundleWrite[] = []
      const requests = eraseBundles(epochs, inBundle, paths)
      for (let request = requests.next(); request.done !== true; ) {
        const { value } = request
        if (value.kind === 'write') {
          here.push({ index: value.index, bytes: value.bytes })
          const { hashes } = now.get(value.index) as RestingBundle
          now.set(value.index, { bytes: value.bytes, hashes })
          request = requests.next()
        } else request = requests.next(await read(value.index))
      }
      writes.push(...here.filter(({ index }) => index !== own), ...here.filter(({ index }) => index === own))
    }
    return writes
  }

  async #resting(origin: string, index: number): Promise<RestingBundle | undefined> {
    const { size, begin } = await this.#known.state(this.#client, origin)
    if (index * TILE_WIDTH < begin || (index + 1) * TILE_WIDTH > size) return undefined
    const [bundle, tile] = await Promise.all([
      this.#client.get(bundleKey(origin, index)),
      this.#client.get(tileKey(origin, 0, index)),
    ])
    if (bundle === undefined) throw missingFromLedger(origin, `bundle ${index}`)
    if (tile === undefined) throw missingFromLedger(origin, `tile 0/${index}`)
    return { bytes: unsealed(index, bundle.bytes), hashes: tile.bytes }
  }

  /** A bucket that keeps versions keeps what was erased in the old ones; also of an erasure that was cut off before it came to them. */
  async #dropVersions(origin: string, seqs: readonly number[], versioned: boolean): Promise<void> {
    if (!versioned && !(await this.#client.keepsVersions())) return
    const touched = new Set(
      seqs.flatMap((seq) => [-1, 0, 1].map((step) => Math.floor(seq / TILE_WIDTH) + step)),
    )
    for (const index of touched)
      if (index >= 0) await this.#client.deleteOldVersions(bundleKey(origin, index))
  }

  /** Deletes tiles of nothing but what comes before `begin`. Of those whose parent is kept the roots stay. */
  async #pruneTiles(origin: string, begin: number): Promise<void> {
    const bounds = new Map(Array.from(tilesBefore(begin), (pruned) => [pruned.level, pruned]))
    const list = async (prefix: string) =>
      (await this.#client.list(prefix)).map(({ key }) => parseTilePath(key.slice(prefix.length)))
    const tiles = await list(tilesPrefix(origin))
    const pruned = tiles.filter(({ level, index }) => index < (bounds.get(level)?.whole ?? 0))
    await concurrently(REQUESTS_MAX, pruned, async ({ level, index }) => {
      const key = tileKey(origin, level, index)
      if (index >= (bounds.get(level)?.kept ?? 0)) {
        const tile = await this.#client.get(key)
        if (tile !== undefined) await this.#client.put(rootKey(origin, level, index), tileRoot(tile.bytes))
      }
      await this.#client.delete(key)
    })
    const roots = await list(rootsPrefix(origin))
    const useless = roots.filter(({ level, index }) => index < (bounds.get(level)?.kept ?? 0))
    await concurrently(REQUESTS_MAX, useless, ({ level, index }) =>
      this.#client.delete(rootKey(origin, level, index)),
    )
  }

  /** Says that a number has grown; a smaller one says nothing that the greater one does not. */
  async #mark(origin: string, mark: Mark, before: number, value: number): Promise<void> {
    await this.#client.put(markKey(origin, mark, value), NOTHING)
    this.#known.note(origin, mark, value)
    if (before > 0) await this.#client.delete(markKey(origin, mark, before))
  }

  async #noteErasure(): Promise<void> {
    await this.#client.put(ERASURES, Buffer.from(randomUUID()))
  }

  async #name(origin: string): Promise<void> {
    if (this.#named.has(origin)) return
    await this.#client.put(logKey(origin), NOTHING)
    this.#named.add(origin)
  }

  /** Puts an object that no size speaks of yet. */
  async #putNew(origin: string, object: LedgerObject): Promise<void> {
    const key = objectKey(origin, object)
    const bytes = bytesOf(object)
    this.#isConditional ??= this.#client.refusesToReplace()
    const isConditional = await this.#isConditional.catch((error: unknown) => {
      this.#isConditional = undefined
      throw error
    })
    if (isConditional && (await this.#client.putIfAbsent(key, bytes)) === 'stored') return
    const there = await this.#client.get(key)
    if (there !== undefined && sameBytes(there.bytes, bytes)) return
    // Left behind by a process that died before it said so, and made otherwise now, as something was erased in between.
    const isLeft = there?.ageMs !== undefined && there.ageMs > this.#bounds.leftMs
    if (there !== undefined && !isLeft) throw otherBytes(origin, object)
    await this.#client.put(key, bytes)
    if (isConditional) return
    const now = await this.#client.get(key)
    if (now === undefined || !sameBytes(now.bytes, bytes)) throw otherBytes(origin, object)
  }

  async #assertSame(origin: string, object: LedgerObject): Promise<void> {
    const there = await this.#client.get(objectKey(origin, object))
    if (there === undefined || !sameBytes(there.bytes, bytesOf(object))) throw otherBytes(origin, object)
    if (object.kind === 'tile' && !sameBytes(tileRoot(object.hashes), object.root))
      throw otherBytes(origin, object)
  }

  #remember(origin: string, object: LedgerObject): void {
    if (object.kind !== 'tile') return
    const key = objectKey(origin, object)
    this.#known.noteTile(key, object.hashes)
    this.#known.noteRoot(key, object.root)
  }
}

interface BundleWrite {
  readonly index: number
  readonly bytes: Uint8Array
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}

function bytesOf(object: LedgerObject): Uint8Array {
  return object.kind === 'tile' ? object.hashes : sealed(object.bytes)
}

/** The entries that a log must have for this object to be whole. */
function endOf(object: LedgerObject): number {
  return object.kind === 'tile' ? endOfTile(object.level, object.index) : (object.index + 1) * TILE_WIDTH
}
