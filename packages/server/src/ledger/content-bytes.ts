import { setImmediate as nextTurn } from 'node:timers/promises'
import { TILE_WIDTH } from '@counterfoil/core'
import { type Block, blockSections, isKept, recordedAtOf } from '../journal/block.js'
import type { LedgerReader } from './ledger.js'

/** Bundles of which the contents are read: all of them in a log of up to 131,072 entries, evenly spread ones in a longer one. */
export const MEASURED_BUNDLES_MAX = 512
/** Read before other work of the thread gets its turn: some 10 ms. */
const BUNDLES_A_TURN = 8
/** What stands for entries whose category is not there any more. */
export const NO_CATEGORY = ''

/**
 * What entries of a log say takes these bytes in the ledger, compressed as they are there, with their salts. Of bundles that were
 * not read it is what the last one before that was says of its own bytes.
 */
export interface ContentBytes {
  /** The bundle that the first number is of. */
  readonly firstBundle: number
  /** Bytes of each bundle with its tile. */
  readonly bundles: readonly number[]
  /** Bundles with numbers that this divides were read; 1 for all of them. */
  readonly stride: number
  /** By bundle that was read: of its bytes, the share that entries of each category say. */
  readonly shares: ReadonlyMap<number, Readonly<Record<string, number>>>
}

const decoder = new TextDecoder()

/** Measures the contents of a log by category. Throws `damaged_ledger`. */
export async function measureContents(
  ledger: Pick<LedgerReader, 'bundle' | 'bundleBytes' | 'minIndex'>,
  origin: string,
  bundlesMax = MEASURED_BUNDLES_MAX,
): Promise<ContentBytes> {
  const firstBundle = (await ledger.minIndex(origin)) / TILE_WIDTH
  const bundles = await ledger.bundleBytes(origin)
  // A power of two: as the log grows, the same bundles are read, so that one look does not contradict the one before.
  let stride = 1
  while (bundles.length / stride > bundlesMax) stride *= 2
  const shares = new Map<number, Readonly<Record<string, number>>>()
  for (let place = 0; place < bundles.length; place++) {
    const bundle = firstBundle + place
    if (place > 0 && bundle % stride !== 0) continue
    shares.set(bundle, sharesOf(await ledger.bundle(origin, bundle), bundles[place] as number))
    if (shares.size % BUNDLES_A_TURN === 0) await nextTurn()
  }
  return { firstBundle, bundles, stride, shares }
}

/** When the first entry of a bundle was recorded; microseconds since 1970. */
export async function beginningOf(
  ledger: Pick<LedgerReader, 'bundle'>,
  origin: string,
  bundle: number,
): Promise<number> {
  return recordedAtOf(await ledger.bundle(origin, bundle), 0)
}

function sharesOf(block: Block, bytes: number): Readonly<Record<string, number>> {
  const plain = new Map<string, number>()
  let total = 0
  for (const sections of blockSections(block).entries) {
    let said = 0
    let category = NO_CATEGORY
    for (const section of sections) {
      if (!isKept(section)) {
        total += section.commitment.length
        continue
      }
      said += section.json.length
      if (section.path === '/event') category = categoryOf(section.json)
    }
    total += said
    plain.set(category, (plain.get(category) ?? 0) + said)
  }
  const stored = block.contents.length + block.salts.length
  const share = (said: number) => (total === 0 ? 0 : ((said / total) * stored) / bytes)
  return Object.fromEntries([...plain].map(([category, said]) => [category, share(said)]))
}

function categoryOf(json: Uint8Array): string {
  const { category } = JSON.parse(decoder.decode(json)) as { readonly category?: string }
  return category ?? NO_CATEGORY
}

/** Bytes of each bundle, in order, that entries of these categories say. */
function* bytesOf(
  { firstBundle, bundles, stride, shares }: ContentBytes,
  isCounted: (category: string) => boolean,
) {
  let share = 0
  for (const [place, bytes] of bundles.entries()) {
    const read = shares.get(firstBundle + place)
    if (read !== undefined)
      share = Object.entries(read).reduce((sum, [category, one]) => sum + (isCounted(category) ? one : 0), 0)
    else if (stride === 1) throw new RangeError(`bundle ${firstBundle + place} was not measured`)
    yield bytes * share
  }
}

/** How many bytes entries of these categories say. */
export function totalBytes(content: ContentBytes, isCounted: (category: string) => boolean): number {
  let total = 0
  for (const bytes of bytesOf(content, isCounted)) total += bytes
  return Math.round(total)
}

/** The first bundle whose entries of these categories may stay, so that all that stay say no more than `bytesMax`. */
export function firstToKeep(
  content: ContentBytes,
  isCounted: (category: string) => boolean,
  bytesMax: number,
): number {
  const each = [...bytesOf(content, isCounted)]
  let left = each.reduce((sum, bytes) => sum + bytes, 0)
  let place = 0
  // Of what says nothing there is nothing to take.
  while (left > bytesMax && place < each.length) left -= each[place++] as number
  return content.firstBundle + place
}

/** All categories that say something, with their bytes, the greatest first. */
export function bytesByCategory(
  content: ContentBytes,
): readonly { readonly category: string; readonly bytes: number }[] {
  const names = new Set([...content.shares.values()].flatMap((shares) => Object.keys(shares)))
  return [...names]
    .map((category) => ({ category, bytes: totalBytes(content, (one) => one === category) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
}
