import { HASH_BYTES, type Sha256Into } from '../hash/sha256.js'
import { TREE_SIZE_MAX } from '../tree/frontier.js'
import { malformed } from './evidence-error.js'
import { foldHashes } from './subtree.js'
import { parseDecimal } from './text.js'

/** Hashes of a full tile, entries of a full bundle. */
export const TILE_WIDTH = 256
const TILE_HEIGHT = 8
/** The spec's bound; trees here end at 2^53 - 1 leaves, which is level 6. */
const TILE_LEVEL_MAX = 63

/** Which tile: `width` hashes, 256 when it is full. Hash i of it covers 256^level leaves. */
export interface TilePlace {
  readonly level: number
  readonly index: number
  /** 1 to 256. */
  readonly width: number
}

/** Which bundle of entries. */
export interface BundlePlace {
  readonly index: number
  /** 1 to 256. */
  readonly width: number
}

/** `tile/<L>/<N>[.p/<W>]` (c2sp.org/tlog-tiles), relative to the log's prefix. */
export function tilePath({ level, index, width }: TilePlace): string {
  return `tile/${level}/${indexPath(index)}${partialSuffix(width)}`
}

/** `tile/entries/<N>[.p/<W>]`. */
export function bundlePath({ index, width }: BundlePlace): string {
  return `tile/entries/${indexPath(index)}${partialSuffix(width)}`
}

/** Reads what `tilePath` writes; throws for every other spelling. */
export function parseTilePath(path: string): TilePlace {
  const parts = /^tile\/(0|[1-9]\d?)\/([^.]+)(\.p\/[^/]*)?$/.exec(path)
  if (parts === null) throw malformed('A tile is at tile/<level>/<index>[.p/<width>].')
  const level = Number(parts[1])
  if (level > TILE_LEVEL_MAX) throw malformed(`The level of a tile is at most ${TILE_LEVEL_MAX}.`)
  return { level, index: parseIndexPath(parts[2]!), width: parseSuffix(parts[3]) }
}

/** Reads what `bundlePath` writes; throws for every other spelling. */
export function parseBundlePath(path: string): BundlePlace {
  const parts = /^tile\/entries\/([^.]+)(\.p\/[^/]*)?$/.exec(path)
  if (parts === null) throw malformed('A bundle is at tile/entries/<index>[.p/<width>].')
  return { index: parseIndexPath(parts[1]!), width: parseSuffix(parts[2]) }
}

/** How many hashes tiles of `level` hold in a tree of `size` leaves. */
export function hashesAtLevel(size: number, level: number): number {
  let count = size
  for (let i = 0; i < level; i++) count = Math.floor(count / TILE_WIDTH)
  return count
}

/** Every tile of a tree, level by level, partial ones last. */
export function* tilesOf(size: number): Generator<TilePlace> {
  requireSize(size)
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    for (const place of piecesOf(count)) yield { level, ...place }
  }
}

/** Every bundle of a log of `size` entries. */
export function bundlesOf(size: number): Generator<BundlePlace> {
  requireSize(size)
  return piecesOf(size)
}

/**
 * The tiles of a tree of `size` leaves whose first hashes are of entries before `minIndex`, a multiple of 256, lowest level first:
 * they are kept when the log is pruned. `prefix` tells how many hashes those are.
 */
export function tilesAcross(
  size: number,
  minIndex: number,
): readonly (TilePlace & { readonly prefix: number })[] {
  const tiles: (TilePlace & { readonly prefix: number })[] = []
  for (let level = 0, count = minIndex; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const prefix = count % TILE_WIDTH
    const place = prefix === 0 ? undefined : tileWithin(size, level, Math.floor(count / TILE_WIDTH))
    if (place !== undefined) tiles.push({ ...place, prefix })
  }
  return tiles
}

/** The tile `index` of `level` as it is in a tree of `size`; undefined when it has no hash there. */
export function tileWithin(size: number, level: number, index: number): TilePlace | undefined {
  const width = Math.min(TILE_WIDTH, hashesAtLevel(size, level) - index * TILE_WIDTH)
  return width > 0 ? { level, index, width } : undefined
}

/** Where a perfect subtree is found: `count` hashes of a tile from `first` on, which fold to its root. */
export interface TileSlots {
  readonly level: number
  readonly index: number
  readonly first: number
  readonly count: number
}

/** Where the subtree is whose leaves are [index × 2^height, (index + 1) × 2^height). */
export function slotsOfSubtree(height: number, index: number): TileSlots {
  const level = Math.floor(height / TILE_HEIGHT)
  const count = 2 ** (height % TILE_HEIGHT)
  const first = index * count
  return { level, index: Math.floor(first / TILE_WIDTH), first: first % TILE_WIDTH, count }
}

/** The root of the perfect subtree that lies at `slots` of the tile `hashes`. */
export function subtreeFromTile(sha256: Sha256Into, hashes: Uint8Array, slots: TileSlots): Uint8Array {
  const start = slots.first * HASH_BYTES
  const end = start + slots.count * HASH_BYTES
  if (end > hashes.length) throw malformed('The tile is narrower than the subtree that is looked for in it.')
  // A copy in any case: slice() of a Buffer would be a view, and folding overwrites.
  return foldHashes(sha256, new Uint8Array(hashes.subarray(start, end)))
}

/** Hashes of a tile file, which must hold exactly `width`. */
export function decodeTile(bytes: Uint8Array, width: number): Uint8Array {
  if (bytes.length !== width * HASH_BYTES)
    throw malformed(`A tile of ${width} hashes has ${width * HASH_BYTES} bytes, not ${bytes.length}.`)
  return bytes
}

function* piecesOf(count: number): Generator<BundlePlace> {
  const full = Math.floor(count / TILE_WIDTH)
  for (let index = 0; index < full; index++) yield { index, width: TILE_WIDTH }
  const width = count % TILE_WIDTH
  if (width > 0) yield { index: full, width }
}

/** 1234067 is `x001/x234/067`. */
function indexPath(index: number): string {
  const groups = [String(index % 1000).padStart(3, '0')]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  return groups.join('/')
}

function parseIndexPath(text: string): number {
  if (text.length > 32 || !/^(?:x\d{3}\/)*\d{3}$/.test(text))
    throw malformed('This is not the path of a tile index.')
  const index = Number(text.replaceAll(/[x/]/g, ''))
  if (!Number.isSafeInteger(index) || indexPath(index) !== text)
    throw malformed('The path of a tile index is not in its one right form.')
  return index
}

function partialSuffix(width: number): string {
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH)
    throw malformed(`A tile has 1 to ${TILE_WIDTH} hashes.`)
  return width === TILE_WIDTH ? '' : `.p/${width}`
}

function parseSuffix(suffix: string | undefined): number {
  if (suffix === undefined) return TILE_WIDTH
  const width = parseDecimal(suffix.slice('.p/'.length), 'The width of a tile')
  if (width < 1 || width >= TILE_WIDTH) throw malformed('A partial tile has 1 to 255 hashes.')
  return width
}

function requireSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0 || size > TREE_SIZE_MAX)
    throw malformed('A size is a whole number up to 2^53 - 1.')
}
