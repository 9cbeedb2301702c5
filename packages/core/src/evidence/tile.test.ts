import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../hash/sha256.js'
import { decodeBundle, encodeBundle } from './entry-bundle.js'
import { EvidenceError } from './evidence-error.js'
import { rootFromHashes } from './proof.js'
import { naiveLeaf, naiveRoot } from './testing/naive-tree.js'
import { sha256 } from './testing/node-crypto.js'
import {
  bundlePath,
  bundlesOf,
  parseBundlePath,
  parseTilePath,
  slotsOfSubtree,
  subtreeFromTile,
  tilePath,
  tilesOf,
  tileWithin,
} from './tile.js'
import { TileBuilder } from './tile-builder.js'

describe('tile paths', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 273, width: 256 }, 'tile/0/273'],
    [{ level: 1, index: 1_234_067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ level: 2, index: 0, width: 1 }, 'tile/2/000.p/1'],
    [{ level: 63, index: 1_000, width: 255 }, 'tile/63/x001/000.p/255'],
  ])('write %j as %s and read it back', (place, path) => {
    expect(tilePath(place)).toBe(path)
    expect(parseTilePath(path)).toEqual(place)
  })

  it('write and read bundles', () => {
    expect(bundlePath({ index: 70_000, width: 12 })).toBe('tile/entries/x070/000.p/12')
    expect(parseBundlePath('tile/entries/x070/000.p/12')).toEqual({ index: 70_000, width: 12 })
  })

  it.each([
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/000',
    'tile/0/x1/000',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000.p/+1',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/../000',
    'tile/0/x999/x999/x999/x999/x999/x999/x999/999',
    'tile/entries/000',
    '',
  ])('refuse %j', (path) => {
    expect(() => parseTilePath(path)).toThrow(EvidenceError)
  })
})

describe('tiles of a tree', () => {
  const count = (size: number) => {
    const tiles = [...tilesOf(size)]
    return tiles
      .filter(({ width }) => width < 256)
      .map(tilePath)
      .concat(String(tiles.length))
  }

  it('are those of the specification', () => {
    expect(count(256)).toEqual(['tile/1/000.p/1', '2'])
    // 273 full and one partial, one full and one partial, one partial.
    expect(count(70_000)).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1', '277'])
    expect([...tilesOf(0)]).toEqual([])
    expect([...bundlesOf(300)]).toEqual([
      { index: 0, width: 256 },
      { index: 1, width: 44 },
    ])
    expect(tileWithin(70_000, 1, 1)).toEqual({ level: 1, index: 1, width: 17 })
    expect(tileWithin(70_000, 1, 2)).toBeUndefined()
  })

  it('hold every perfect subtree where slotsOfSubtree says', () => {
    const leaves = Array.from({ length: 700 }, (_, i) => naiveLeaf(Uint8Array.of(i % 256, i >> 8)))
    const tiles = new Map<string, Uint8Array>()
    for (const { level, index, width } of tilesOf(leaves.length)) {
      const span = 256 ** level
      const hashes = Array.from({ length: width }, (_, i) => {
        const start = (index * 256 + i) * span
        return naiveRoot(leaves.slice(start, start + span))
      })
      tiles.set(`${level}/${index}`, Buffer.concat(hashes))
    }
    const hashOf = (height: number, index: number) => {
      const slots = slotsOfSubtree(height, index)
      return subtreeFromTile(sha256, tiles.get(`${slots.level}/${slots.index}`)!, slots)
    }
    for (let height = 0; height < 10; height++)
      for (let index = 0; (index + 1) * 2 ** height <= leaves.length; index++)
        expect(toHex(hashOf(height, index))).toBe(
          toHex(naiveRoot(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height))),
        )
    expect(toHex(rootFromHashes(sha256, hashOf, 700))).toBe(toHex(naiveRoot(leaves)))
  })

  it('are found past 2^31', () => {
    expect(slotsOfSubtree(0, 2 ** 40 + 3)).toEqual({ level: 0, index: 2 ** 32, first: 3, count: 1 })
    expect(slotsOfSubtree(17, 2 ** 30 + 1)).toEqual({ level: 2, index: 2 ** 23, first: 2, count: 2 })
  })
})

describe('bundles', () => {
  it('read back what they write', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 256 }), (leaves) => {
        const read = decodeBundle(encodeBundle(leaves), leaves.length)
        expect(read.map((leaf) => toHex(leaf))).toEqual(leaves.map((leaf) => toHex(leaf)))
      }),
      { numRuns: 50 },
    )
  })

  it('refuse every cut, and what follows the last entry', () => {
    const bytes = encodeBundle([Uint8Array.of(1, 2, 3), new Uint8Array(300).fill(7)])
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeBundle(bytes.subarray(0, length), 2)).toThrow(EvidenceError)
    expect(() => decodeBundle(new Uint8Array([...bytes, 0]), 2)).toThrow(EvidenceError)
    expect(() => decodeBundle(bytes, 1)).toThrow(EvidenceError)
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(EvidenceError)
  })
})

describe('a tile builder', () => {
  it('builds the tiles and the root of every size', () => {
    const leaves = Array.from({ length: 1_100 }, (_, i) => naiveLeaf(Uint8Array.of(i % 256, i >> 8)))
    for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 1_024, 1_100]) {
      const built: string[] = []
      const builder = new TileBuilder(sha256, (place, hashes) => {
        const span = 256 ** place.level
        const expected = Array.from({ length: place.width }, (_, i) => {
          const start = (place.index * 256 + i) * span
          return naiveRoot(leaves.slice(start, start + span))
        })
        expect(toHex(hashes)).toBe(toHex(Buffer.concat(expected)))
        built.push(tilePath(place))
      })
      for (const leaf of leaves.slice(0, size)) builder.append(leaf)
      expect(toHex(builder.root())).toBe(toHex(naiveRoot(leaves.slice(0, size))))
      builder.finish()
      expect(built.toSorted()).toEqual([...tilesOf(size)].map(tilePath).toSorted())
    }
  })
})
