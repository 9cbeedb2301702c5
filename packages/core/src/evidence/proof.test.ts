import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../hash/sha256.js'
import {
  foldPlan,
  planRoot,
  proveConsistency,
  proveInclusion,
  rootFromHashes,
  verifyConsistency,
  verifyInclusion,
} from './proof.js'
import {
  naiveConsistency,
  naiveLeaf,
  naiveNode,
  naivePath,
  naiveRoot,
  uniformTree,
} from './testing/naive-tree.js'
import { sha256 } from './testing/node-crypto.js'

const SIZE = 70
const LEAVES = Array.from({ length: SIZE }, (_, i) => naiveLeaf(Uint8Array.of(i)))
const hashOf = (height: number, index: number) =>
  naiveRoot(LEAVES.slice(index * 2 ** height, (index + 1) * 2 ** height))
const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => toHex(hash))
const wrong = Uint8Array.from({ length: 32 }, () => 0x5a)

/** What a forger would try: each must be refused for every proof. */
function forgeries(path: readonly Uint8Array[], root: Uint8Array): (readonly Uint8Array[])[] {
  return [
    [...path, wrong],
    [...path, root],
    [wrong, ...path],
    [...path, new Uint8Array(0)],
    ...path.map((_, i) => path.filter((_, j) => j !== i)),
    ...path.map((hash, i) => path.with(i, hash.with(i % 32, hash[i % 32]! ^ 1))),
    ...path.map((hash, i) => path.with(i, hash.subarray(1))),
    ...path.slice(1).map((_, i) => path.with(i, path[i + 1]!).with(i + 1, path[i]!)),
  ]
}

describe('inclusion', () => {
  it('proves every leaf of every tree up to 70 as RFC 6962 defines it, and nothing else', () => {
    for (let size = 1; size <= SIZE; size++) {
      const leaves = LEAVES.slice(0, size)
      const root = naiveRoot(leaves)
      expect(toHex(rootFromHashes(sha256, hashOf, size))).toBe(toHex(root))
      for (let index = 0; index < size; index++) {
        const path = proveInclusion(sha256, hashOf, index, size)
        expect(hex(path)).toEqual(hex(naivePath(index, leaves)))
        const leaf = LEAVES[index]!
        expect(verifyInclusion(sha256, index, size, leaf, path, root)).toBe(true)
        if (size % 7 !== 0 && size > 20) continue
        expect(verifyInclusion(sha256, index, size, wrong, path, root)).toBe(false)
        expect(verifyInclusion(sha256, index, size, leaf, path, wrong)).toBe(false)
        for (const forged of forgeries(path, root))
          expect(verifyInclusion(sha256, index, size, leaf, forged, root)).toBe(false)
        for (let other = 0; other < size + 2; other++)
          if (other !== index) expect(verifyInclusion(sha256, other, size, leaf, path, root)).toBe(false)
      }
    }
  })

  it('refuses positions and lengths that make no sense', () => {
    const leaf = LEAVES[0]!
    for (const [index, size] of [
      [-1, 1],
      [1, 1],
      [0, 0],
      [0.5, 1],
      [Number.NaN, 1],
      [0, 2 ** 53],
    ] as const)
      expect(verifyInclusion(sha256, index, size, leaf, [], leaf)).toBe(false)
    expect(verifyInclusion(sha256, 0, 1, new Uint8Array(0), [], new Uint8Array(0))).toBe(false)
    expect(() => proveInclusion(sha256, hashOf, 3, 3)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  it('does not take an inner node for a leaf', () => {
    // The second preimage that a tree without domain bytes allows: the root of two leaves as the leaf of one.
    const node = naiveNode(LEAVES[0]!, LEAVES[1]!)
    const root = naiveRoot(LEAVES.slice(0, 4))
    const sibling = naiveNode(LEAVES[2]!, LEAVES[3]!)
    expect(verifyInclusion(sha256, 0, 4, node, [sibling], root)).toBe(false)
    // Its size is not bound by the proof, only by the checkpoint; what is hashed for a leaf can never be that node.
    expect(verifyInclusion(sha256, 0, 2, node, [sibling], root)).toBe(true)
    const bytes = new Uint8Array([...LEAVES[0]!, ...LEAVES[1]!])
    expect(toHex(naiveLeaf(bytes))).not.toBe(toHex(node))
  })
})

describe('consistency', () => {
  it('proves every growth up to 40 as RFC 6962 defines it, and nothing else', () => {
    for (let to = 1; to <= 40; to++) {
      const toRoot = naiveRoot(LEAVES.slice(0, to))
      for (let from = 1; from <= to; from++) {
        const fromRoot = naiveRoot(LEAVES.slice(0, from))
        const path = proveConsistency(sha256, hashOf, from, to)
        expect(hex(path)).toEqual(hex(naiveConsistency(from, LEAVES.slice(0, to))))
        expect(verifyConsistency(sha256, from, fromRoot, to, toRoot, path)).toBe(true)
        if (from !== to) expect(verifyConsistency(sha256, from, wrong, to, toRoot, path)).toBe(false)
        expect(verifyConsistency(sha256, from, fromRoot, to, wrong, path)).toBe(false)
        for (const forged of forgeries(path, toRoot))
          expect(verifyConsistency(sha256, from, fromRoot, to, toRoot, forged)).toBe(false)
        for (const other of [from - 1, from + 1].filter((size) => size >= 1 && size < to))
          expect(verifyConsistency(sha256, other, fromRoot, to, toRoot, path)).toBe(false)
      }
    }
  })

  it('lets every tree extend the empty one by an empty proof, and no tree shrink', () => {
    const empty = naiveRoot([])
    const root = naiveRoot(LEAVES.slice(0, 5))
    expect(proveConsistency(sha256, hashOf, 0, 5)).toEqual([])
    expect(verifyConsistency(sha256, 0, empty, 5, root, [])).toBe(true)
    expect(verifyConsistency(sha256, 0, empty, 5, root, [wrong])).toBe(false)
    expect(verifyConsistency(sha256, 5, root, 0, empty, [])).toBe(false)
    expect(verifyConsistency(sha256, 5, root, 4, root, [])).toBe(false)
    expect(verifyConsistency(sha256, 5, root, 5, root, [])).toBe(true)
    expect(verifyConsistency(sha256, 5, root, 5, wrong, [])).toBe(false)
    expect(verifyConsistency(sha256, 4, root, 5, root, [])).toBe(false)
  })
})

describe('sizes that 32 bits do not hold', () => {
  const leaf = naiveLeaf(Uint8Array.of(7))
  const uniform = uniformTree(leaf)
  const sizes = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 + 5, 2 ** 40 + 123_456_789, 2 ** 53 - 1]

  it.each(sizes)('prove and verify at %d leaves', (size) => {
    const root = rootFromHashes(sha256, uniform, size)
    for (const index of [0, 1, 2 ** 30, Math.floor(size / 2), size - 2, size - 1]) {
      const path = proveInclusion(sha256, uniform, index, size)
      expect(verifyInclusion(sha256, index, size, leaf, path, root)).toBe(true)
      expect(verifyInclusion(sha256, index, size, wrong, path, root)).toBe(false)
    }
    for (const from of [1, 2 ** 30, 2 ** 31 - 1, Math.floor(size / 3), size - 1]) {
      const fromRoot = rootFromHashes(sha256, uniform, from)
      const path = proveConsistency(sha256, uniform, from, size)
      expect(verifyConsistency(sha256, from, fromRoot, size, root, path)).toBe(true)
      expect(verifyConsistency(sha256, from, wrong, size, root, path)).toBe(false)
    }
  })

  it('hold for random growths', () => {
    const size = fc.integer({ min: 1, max: 2 ** 53 - 1 })
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a]
        const fromRoot = rootFromHashes(sha256, uniform, from)
        const toRoot = rootFromHashes(sha256, uniform, to)
        const path = proveConsistency(sha256, uniform, from, to)
        return (
          verifyConsistency(sha256, from, fromRoot, to, toRoot, path) &&
          verifyInclusion(sha256, from - 1, to, leaf, proveInclusion(sha256, uniform, from - 1, to), toRoot)
        )
      }),
      { numRuns: 300 },
    )
  })

  it('need no more than 53 subtrees', () => {
    expect(planRoot(2 ** 53 - 1)[0]).toHaveLength(53)
    expect(foldPlan(sha256, planRoot(2 ** 53 - 1), uniform)).toHaveLength(1)
  })
})
