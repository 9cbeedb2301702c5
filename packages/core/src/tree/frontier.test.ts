import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { naiveLeaf, naiveNode } from '../evidence/testing/naive-tree.js'
import { fromHex, toHex } from '../hash/sha256.js'
import { Frontier } from './frontier.js'

const sha256 = (bytes: Uint8Array, out: Uint8Array, offset: number) => {
  out.set(createHash('sha256').update(bytes).digest(), offset)
}
const hash = (...parts: Uint8Array[]) =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest())
const leafHash = (leaf: Uint8Array) => hash(Uint8Array.of(0), leaf)
const nodeHash = (left: Uint8Array, right: Uint8Array) => hash(Uint8Array.of(1), left, right)

/** RFC 6962 §2.1, word for word. */
function merkleTreeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return hash()
  if (leaves.length === 1) return leaves[0] as Uint8Array
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(merkleTreeHash(leaves.slice(0, k)), merkleTreeHash(leaves.slice(k)))
}

/** Root of a tree whose leaves are all alike: a perfect subtree of each height has one hash, so any size is cheap. */
function uniformRoot(leaf: Uint8Array, size: bigint): Uint8Array {
  if (size === 1n) return leaf
  let k = 1n
  while (k * 2n < size) k *= 2n
  return nodeHash(uniformPerfect(leaf, k), uniformRoot(leaf, size - k))
}
function uniformPerfect(leaf: Uint8Array, size: bigint): Uint8Array {
  let current = leaf
  for (let s = 1n; s < size; s *= 2n) current = nodeHash(current, current)
  return current
}
function uniformFrontier(leaf: Uint8Array, size: bigint): Uint8Array {
  const parts: Uint8Array[] = []
  for (let bit = 52n; bit >= 0n; bit--) {
    if ((size >> bit) & 1n) parts.push(uniformPerfect(leaf, 1n << bit))
  }
  return new Uint8Array(Buffer.concat(parts))
}

describe('frontier', () => {
  it('gives the published RFC 6962 roots', () => {
    const leaves = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ]
    const roots = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ]
    const frontier = new Frontier(sha256)
    expect(toHex(frontier.root())).toBe(roots[0])
    leaves.forEach((leaf, i) => {
      frontier.append(leafHash(fromHex(leaf) as Uint8Array))
      expect(toHex(frontier.root())).toBe(roots[i + 1])
    })
  })

  it('and the naive tree that proofs and tiles are held against hash as transparency-dev/merkle does', () => {
    const text = (value: string) => Buffer.from(value)
    expect(toHex(naiveLeaf(text('L123456')))).toBe(
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    )
    expect(toHex(naiveNode(text('N123'), text('N456')))).toBe(
      'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
    )
  })

  it('equals the recursive definition at every size up to 300, also after being stored and restored', () => {
    const leaves: Uint8Array[] = []
    let frontier = new Frontier(sha256)
    for (let i = 0; i < 300; i++) {
      const leaf = leafHash(Uint8Array.of(i % 256, i >> 8))
      leaves.push(leaf)
      frontier.append(leaf)
      frontier = Frontier.restore(sha256, frontier.size, frontier.toBytes())
      expect(toHex(frontier.root())).toBe(toHex(merkleTreeHash(leaves)))
    }
  })

  it.each([
    2n ** 31n - 2n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n + 5n,
    2n ** 40n + 123_456_789n,
    2n ** 53n - 3n,
  ])('is right when it grows past size %s', (size) => {
    const leaf = leafHash(Uint8Array.of(7))
    const frontier = Frontier.restore(sha256, Number(size), uniformFrontier(leaf, size))
    for (let grown = size + 1n; grown <= size + 2n; grown++) {
      frontier.append(leaf)
      expect(frontier.size).toBe(Number(grown))
      expect(toHex(frontier.root())).toBe(toHex(uniformRoot(leaf, grown)))
      expect(toHex(frontier.toBytes())).toBe(toHex(uniformFrontier(leaf, grown)))
    }
    expect(frontier.toBytes().length).toBeLessThanOrEqual(53 * 32)
  })

  it('refuses to grow past 2^53 - 1 and to restore what does not fit', () => {
    const leaf = leafHash(Uint8Array.of(7))
    const full = Frontier.restore(sha256, Number.MAX_SAFE_INTEGER, uniformFrontier(leaf, 2n ** 53n - 1n))
    expect(() => full.append(leaf)).toThrow(RangeError)
    expect(() => Frontier.restore(sha256, 3, new Uint8Array(32))).toThrow(RangeError)
    expect(() => Frontier.restore(sha256, -1, new Uint8Array(0))).toThrow(RangeError)
  })
})
