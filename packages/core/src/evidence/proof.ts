import { HASH_BYTES, type Sha256Into } from '../hash/sha256.js'
import { malformed } from './evidence-error.js'
import { NodeHasher, type Subtree, splitPoint, subtreesOf } from './subtree.js'
import { equalBytes } from './text.js'

/** Root of the perfect subtree whose leaves are [index × 2^height, (index + 1) × 2^height): 32 bytes. */
export type HashReader = (height: number, index: number) => Uint8Array

/**
 * What a proof is made of: for each of its hashes, in order, the perfect subtrees whose roots fold to it. Whoever must
 * fetch hashes from afar plans first, fetches all of them at once, and then calls `foldPlan`.
 */
export type ProofPlan = readonly (readonly Subtree[])[]

/** PATH(index, D[size]) of RFC 6962 §2.1.1: leaf's sibling first, root's child last. */
export function planInclusion(index: number, size: number): ProofPlan {
  requireSizes(index, size)
  if (index >= size) throw malformed('The entry is not within the tree.')
  const plan: Subtree[][] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const k = start + splitPoint(end - start)
    if (index < k) {
      plan.unshift(subtreesOf(k, end))
      end = k
    } else {
      plan.unshift(subtreesOf(start, k))
      start = k
    }
  }
  return plan
}

/** PROOF(from, D[to]) of RFC 6962 §2.1.2; empty when `from` is 0 or `to`. */
export function planConsistency(from: number, to: number): ProofPlan {
  requireSizes(from, to)
  if (from > to) throw malformed('The first tree is larger than the second.')
  if (from === 0 || from === to) return []
  const plan: Subtree[][] = []
  let start = 0
  let end = to
  let isWhole = true
  while (from !== end) {
    const k = start + splitPoint(end - start)
    if (from <= k) {
      plan.unshift(subtreesOf(k, end))
      end = k
    } else {
      plan.unshift(subtreesOf(start, k))
      start = k
      isWhole = false
    }
  }
  if (!isWhole) plan.unshift(subtreesOf(start, end))
  return plan
}

/** The subtrees that fold to the root of a tree of `size` leaves, 1 or more. */
export function planRoot(size: number): ProofPlan {
  requireSizes(0, size)
  if (size === 0) throw malformed('The empty tree has no subtree.')
  return [subtreesOf(0, size)]
}

/** The hashes of a plan. */
export function foldPlan(sha256: Sha256Into, plan: ProofPlan, hashOf: HashReader): Uint8Array[] {
  const nodes = new NodeHasher(sha256)
  return plan.map((subtrees) =>
    subtrees
      .map(({ height, index }) => hashOf(height, index))
      .reduceRight((right, left) => nodes.join(left, right)),
  )
}

export function proveInclusion(
  sha256: Sha256Into,
  hashOf: HashReader,
  index: number,
  size: number,
): Uint8Array[] {
  return foldPlan(sha256, planInclusion(index, size), hashOf)
}

export function proveConsistency(
  sha256: Sha256Into,
  hashOf: HashReader,
  from: number,
  to: number,
): Uint8Array[] {
  return foldPlan(sha256, planConsistency(from, to), hashOf)
}

/** Root of a tree of `size` leaves, 1 or more. */
export function rootFromHashes(sha256: Sha256Into, hashOf: HashReader, size: number): Uint8Array {
  return foldPlan(sha256, planRoot(size), hashOf)[0] as Uint8Array
}

/** Whether `path` proves that the leaf hash `leaf` is at `index` of the tree of `size` leaves whose root is `root`. */
export function verifyInclusion(
  sha256: Sha256Into,
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([leaf, root, ...path])) return false
  const nodes = new NodeHasher(sha256)
  let fn = index
  let sn = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      hash = nodes.join(sibling, hash)
      for (; fn % 2 === 0 && fn !== 0; fn /= 2) sn = half(sn)
    } else {
      hash = nodes.join(hash, sibling)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equalBytes(hash, root)
}

/**
 * Whether `path` proves that the tree of `to` leaves and root `toRoot` begins with the tree of `from` leaves and root
 * `fromRoot`. Every tree extends the empty one, by an empty proof.
 */
export function verifyConsistency(
  sha256: Sha256Into,
  from: number,
  fromRoot: Uint8Array,
  to: number,
  toRoot: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!isSize(from) || !isSize(to) || from > to || !areHashes([fromRoot, toRoot, ...path])) return false
  if (from === to) return path.length === 0 && equalBytes(fromRoot, toRoot)
  if (from === 0) return path.length === 0
  let fn = from - 1
  let sn = to - 1
  for (; fn % 2 === 1; fn = half(fn)) sn = half(sn)
  // A tree that is one perfect subtree is itself the first hash of the walk.
  const [first, ...rest] = fn === 0 ? [fromRoot, ...path] : path
  if (first === undefined || path.length === 0) return false
  const nodes = new NodeHasher(sha256)
  let fromHash = first
  let toHash = first
  for (const hash of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fromHash = nodes.join(hash, fromHash)
      toHash = nodes.join(hash, toHash)
      for (; fn % 2 === 0 && fn !== 0; fn /= 2) sn = half(sn)
    } else {
      toHash = nodes.join(toHash, hash)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equalBytes(fromHash, fromRoot) && equalBytes(toHash, toRoot)
}

/** JavaScript's shift operators stop at 32 bits. */
function half(value: number): number {
  return Math.floor(value / 2)
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every(({ length }) => length === HASH_BYTES)
}

function requireSizes(...sizes: readonly number[]): void {
  if (!sizes.every(isSize)) throw malformed('A size is a whole number up to 2^53 - 1.')
}
