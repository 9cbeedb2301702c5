import { createCipheriv, randomBytes } from 'node:crypto'
import { SALT_BYTES } from '@counterfoil/core'

/**
 * The salts of a row or a bundle, 16 bytes a present section, as they rest:
 *
 * ```
 * salts    = salt *                                     none but the salts, a multiple of 16 bytes
 *          | 0x01 || seed (32)                          all of them from one seed
 *          | 0x02 || run * || padding to an odd length
 * run      = count (u16 LE, at least 1) || skip (u16 LE) || seed (32)       from a seed, after `skip` others
 *          | count (u16 LE, at least 1) || 0xffff || salt (16) * count      as they are
 * padding  = nothing | 0x00 0x00
 * ```
 *
 * A seed is 32 random bytes; its salts are the key stream of AES-256-CTR under it, from counter 0. Random bytes cannot be
 * compressed, and five salts of their own were a quarter of what an entry took. To erase a section, the seed is destroyed
 * and the salts of the sections that stay are kept as they are.
 */
const ONE_SEED = 1
const RUNS = 2
export const SEED_BYTES = 32
const RUN_HEAD_BYTES = 4
const NO_SEED = 0xffff
const COUNTER = new Uint8Array(16)
let zeros = new Uint8Array(64 * 5 * SALT_BYTES)

/** Salts that follow one another and have one source. */
export interface SaltRun {
  readonly count: number
  /** The seed and how many of its salts come before these; or the salts themselves. */
  readonly source: { readonly seed: Uint8Array; readonly skip: number } | { readonly salts: Uint8Array }
}

/** A new seed, as a row keeps it. */
export function newSeededSalts(): Uint8Array {
  const salts = new Uint8Array(1 + SEED_BYTES)
  salts[0] = ONE_SEED
  salts.set(randomBytes(SEED_BYTES), 1)
  return salts
}

/** The first `count` salts, one after another. Throws a RangeError when there are not so many, or the bytes make no sense. */
export function expandSalts(stored: Uint8Array, count: number): Uint8Array {
  if (isPlain(stored)) {
    if (stored.length !== count * SALT_BYTES)
      throw new RangeError('the number of salts does not fit the sections')
    return stored
  }
  const runs = saltRuns(stored, count)
  if (runs.length === 1 && runs[0] !== undefined) return saltsOf(runs[0])
  return Buffer.concat(runs.map(saltsOf))
}

/** Where `count` salts come from. Throws a RangeError when there are not so many, or the bytes make no sense. */
export function saltRuns(stored: Uint8Array, count: number): SaltRun[] {
  if (isPlain(stored)) return count === 0 ? [] : [{ count, source: { salts: stored } }]
  if (stored[0] === ONE_SEED && stored.length === 1 + SEED_BYTES)
    return count === 0 ? [] : [{ count, source: { seed: stored.subarray(1), skip: 0 } }]
  if (stored[0] !== RUNS) throw new RangeError('unknown form of salts')
  const runs = readRuns(stored)
  const total = runs.reduce((sum, run) => sum + run.count, 0)
  if (total !== count) throw new RangeError('the number of salts does not fit the sections')
  return runs
}

/** The part of `runs` that gives `count` salts after the first `skip`. */
export function sliceRuns(runs: readonly SaltRun[], skip: number, count: number): SaltRun[] {
  const slices: SaltRun[] = []
  let start = 0
  for (const { count: length, source } of runs) {
    const from = Math.max(skip, start)
    const to = Math.min(skip + count, start + length)
    if (from < to) {
      const before = from - start
      slices.push({
        count: to - from,
        source:
          'seed' in source
            ? { seed: source.seed, skip: source.skip + before }
            : { salts: source.salts.subarray(before * SALT_BYTES, (to - start) * SALT_BYTES) },
      })
    }
    start += length
  }
  return slices
}

/**
 * The salts without those at the places of `erased`. A seed that gave one of these is destroyed: the salts of it that stay
 * are kept as they are. `destroyed` are such seeds, wherever else they may rest.
 */
export function eraseSalts(
  runs: readonly SaltRun[],
  erased: ReadonlySet<number>,
): { readonly runs: readonly SaltRun[]; readonly destroyed: readonly Uint8Array[] } {
  const left: SaltRun[] = []
  const destroyed: Uint8Array[] = []
  let start = 0
  for (const run of runs) {
    const kept = Array.from({ length: run.count }, (_, i) => i).filter((i) => !erased.has(start + i))
    start += run.count
    if (kept.length === run.count) {
      left.push(run)
      continue
    }
    if ('seed' in run.source) destroyed.push(run.source.seed)
    const salts = saltsOf(run)
    const parts = kept.map((i) => salts.subarray(SALT_BYTES * i, SALT_BYTES * (i + 1)))
    if (kept.length > 0) left.push({ count: kept.length, source: { salts: Buffer.concat(parts) } })
  }
  return { runs: left, destroyed }
}

/** The same salts without these seeds; undefined when none of them is there. */
export function withoutSeeds(
  runs: readonly SaltRun[],
  destroyed: readonly Uint8Array[],
): readonly SaltRun[] | undefined {
  const isDestroyed = ({ source }: SaltRun) =>
    'seed' in source && destroyed.some((seed) => Buffer.compare(seed, source.seed) === 0)
  if (!runs.some(isDestroyed)) return undefined
  return runs.map((run) => (isDestroyed(run) ? { count: run.count, source: { salts: saltsOf(run) } } : run))
}

/** Runs as they rest. */
export function encodeRuns(runs: readonly SaltRun[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(RUNS)]
  for (const { count, source } of runs) {
    const head = Buffer.alloc(RUN_HEAD_BYTES)
    head.writeUInt16LE(count, 0)
    head.writeUInt16LE('seed' in source ? source.skip : NO_SEED, 2)
    parts.push(head, 'seed' in source ? source.seed : source.salts)
  }
  const bytes = Buffer.concat(parts)
  // Bytes that are a multiple of 16 are salts as they are.
  return bytes.length % SALT_BYTES === 0 ? Buffer.concat([bytes, new Uint8Array(2)]) : bytes
}

function readRuns(stored: Uint8Array): SaltRun[] {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length)
  const runs: SaltRun[] = []
  let at = 1
  while (at + RUN_HEAD_BYTES <= stored.length) {
    const count = view.getUint16(at, true)
    const skip = view.getUint16(at + 2, true)
    at += RUN_HEAD_BYTES
    if (count === 0) throw new RangeError('a run of salts is empty')
    const length = skip === NO_SEED ? count * SALT_BYTES : SEED_BYTES
    const bytes = stored.subarray(at, at + length)
    if (bytes.length !== length) throw new RangeError('the salts end within a run')
    runs.push({ count, source: skip === NO_SEED ? { salts: bytes } : { seed: bytes, skip } })
    at += length
  }
  const rest = stored.subarray(at)
  if (rest.length !== 0 && !(rest.length === 2 && rest.every((byte) => byte === 0)))
    throw new RangeError('the salts end within a run')
  return runs
}

function saltsOf({ count, source }: SaltRun): Uint8Array {
  if ('salts' in source) return source.salts
  const length = (source.skip + count) * SALT_BYTES
  if (zeros.length < length) zeros = new Uint8Array(2 * length)
  const stream = createCipheriv('aes-256-ctr', source.seed, COUNTER).update(zeros.subarray(0, length))
  return stream.subarray(source.skip * SALT_BYTES)
}

function isPlain(stored: Uint8Array): boolean {
  return stored.length % SALT_BYTES === 0
}
