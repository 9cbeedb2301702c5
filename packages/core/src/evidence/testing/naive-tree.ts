import { createHash } from 'node:crypto'

const digest = (...parts: Uint8Array[]) =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest())
export const naiveLeaf = (bytes: Uint8Array) => digest(Uint8Array.of(0), bytes)
export const naiveNode = (left: Uint8Array, right: Uint8Array) => digest(Uint8Array.of(1), left, right)

/** MTH, PATH and PROOF of RFC 6962 §2.1, word for word, over leaf hashes. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return digest()
  if (leaves.length === 1) return leaves[0]!
  const k = naiveSplit(leaves.length)
  return naiveNode(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)))
}

export function naivePath(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return []
  const k = naiveSplit(leaves.length)
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))]
}

export function naiveConsistency(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  return subproof(m, leaves, true)
}

function subproof(m: number, leaves: readonly Uint8Array[], isWhole: boolean): Uint8Array[] {
  if (m === leaves.length) return isWhole ? [] : [naiveRoot(leaves)]
  const k = naiveSplit(leaves.length)
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), isWhole), naiveRoot(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))]
}

function naiveSplit(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** A tree whose leaves are all alike: a perfect subtree of each height has one hash, so that any size is cheap. */
export function uniformTree(leaf: Uint8Array): (height: number, index: number) => Uint8Array {
  const hashes = [leaf]
  return (height) => {
    while (hashes.length <= height) hashes.push(naiveNode(hashes.at(-1)!, hashes.at(-1)!))
    return hashes[height]!
  }
}
