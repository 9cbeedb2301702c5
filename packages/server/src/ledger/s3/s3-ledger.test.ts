import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseS3Url } from '../../object-storage/s3-address.js'
import { S3Client } from '../../object-storage/s3-client.js'
import { TEST_BUCKET, TEST_CREDENTIALS, TestS3 } from '../../object-storage/testing/s3-server.js'
import { TILE_BYTES } from '../bundle.js'
import { type LedgerHarness, ledgerConformance } from '../conformance.js'
import type { FullTile, LedgerObject } from '../ledger.js'
import { tileRoot } from '../tile-tree.js'
import { bundleKey, parseTilePath, tileKey } from './object-names.js'
import { openS3Ledger, type S3Place } from './s3-ledger.js'
import { openS3LedgerReader } from './s3-ledger-reader.js'

let s3: TestS3
beforeAll(async () => {
  s3 = await TestS3.open()
})
afterAll(() => s3.close())

let prefixes = 0
ledgerConformance('s3', async () => openHarness(`ledger-${prefixes++}`))

interface S3Harness extends LedgerHarness {
  readonly prefix: string
}

function openHarness(prefix: string, bounds: S3Place['bounds'] = {}, store = s3): S3Harness {
  const place: S3Place = {
    kind: 's3',
    url: store.url(prefix),
    credentials: TEST_CREDENTIALS,
    bounds: { unchangedMs: 20, backoffMs: 5, ...bounds },
  }
  return {
    prefix,
    ledger: openS3Ledger(place),
    reader: openS3LedgerReader(place),
    another: async () => openS3Ledger(place),
    damage: async (origin, what, index) => {
      const key = what === 'tile' ? tileKey(origin, 0, index) : bundleKey(origin, index)
      const file = join(s3.directory, TEST_BUCKET, prefix, `${key}._S3rver_object`)
      const bytes = readFileSync(file)
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
      writeFileSync(file, bytes)
    },
    reopen: async () => openHarness(prefix, bounds, store),
    close: async () => undefined,
  }
}

describe('an object store that fails', () => {
  const ORIGIN = 'audit.example/log/01930000-0000-7000-8000-00000000000a/live/0'
  let harness: S3Harness
  beforeEach(() => {
    harness = openHarness(`ledger-${prefixes++}`)
  })
  afterEach(() => {
    s3.fault = { kind: 'none' }
  })
  const objectsOf = (first: number, count: number): LedgerObject[] =>
    Array.from({ length: count }, (_, place) => first + place).flatMap((index) => {
      const hashes = randomBytes(TILE_BYTES)
      return [
        { kind: 'bundle', index, bytes: randomBytes(300) } as const,
        { kind: 'tile', level: 0, index, hashes, root: tileRoot(hashes) } as const,
      ]
    })

  it('never says more than there is, wherever it stops taking, and takes the same later', async () => {
    for (let changes = 0, done = false; !done; changes++) {
      const objects = objectsOf(0, 2)
      const here = openHarness(`ledger-${prefixes++}`, { attempts: 1 })
      s3.fault = { kind: 'stop_after', changes }
      const put = here.ledger.put(ORIGIN, 512, objects)
      done = await put.then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'object_storage_unavailable' })
          return false
        },
      )
      s3.fault = { kind: 'none' }
      const size = await openHarness(here.prefix).reader.size(ORIGIN)
      expect([0, 512]).toContain(size)
      if (size === 0)
        await expect(here.reader.tile(ORIGIN, 0, 0)).rejects.toMatchObject({ code: 'damaged_ledger' })
      // Whoever comes after the one that was killed puts the same, and it is there.
      const next = openHarness(here.prefix)
      await next.ledger.put(ORIGIN, 512, objects)
      expect(await next.reader.objects(ORIGIN)).toEqual({ bundles: 2, tiles: 2 })
      const tile = objects.find((object) => object.kind === 'tile')
      expect(await next.reader.tile(ORIGIN, 0, 0)).toEqual(
        new Uint8Array(tile?.kind === 'tile' ? tile.hashes : []),
      )
      // Four objects, the log's name, the probes, the size: it must have stopped at each of them once.
      if (done) expect(changes).toBeGreaterThanOrEqual(6)
    }
  })

  it('has once what it took without its answer getting through', async () => {
    s3.fault = { kind: 'lose_answer', method: 'PUT', text: '/bundle/', times: 3 }
    await harness.ledger.put(ORIGIN, 1_024, objectsOf(0, 4))
    expect(await harness.reader.objects(ORIGIN)).toEqual({ bundles: 4, tiles: 4 })
  })

  it('takes what is made otherwise in place of what a process left behind long ago, and of nothing else', async () => {
    const [bundle, tile] = objectsOf(0, 1) as [LedgerObject, LedgerObject]
    // Ends before it says that it is there.
    s3.fault = { kind: 'stop_after', changes: 4 }
    const died = openHarness(harness.prefix, { attempts: 1 })
    await expect(died.ledger.put(ORIGIN, 256, [bundle])).rejects.toThrow()
    s3.fault = { kind: 'none' }
    await put(bundleKey(ORIGIN, 0), 'left behind')
    await expect(harness.ledger.put(ORIGIN, 256, [bundle, tile])).rejects.toMatchObject({
      code: 'damaged_ledger',
    })
    const later = openHarness(harness.prefix, { leftMs: -1 })
    await later.ledger.put(ORIGIN, 256, [bundle, tile])
    expect(await later.reader.size(ORIGIN)).toBe(256)
    // What a size speaks of is never replaced, however long ago it was put.
    const [other] = objectsOf(0, 1) as [LedgerObject]
    await expect(later.ledger.put(ORIGIN, 256, [other])).rejects.toMatchObject({ code: 'damaged_ledger' })
  })

  async function put(key: string, text: string): Promise<void> {
    const client = new S3Client(
      parseS3Url(s3.url(harness.prefix), 'ledger_url'),
      TEST_CREDENTIALS,
      'ledger_url',
    )
    await client.put(key, Buffer.from(text))
  }

  it('does without conditional requests where the store has none, and still replaces nothing', async () => {
    const plain = await TestS3.open({ isConditional: false })
    const here = openHarness('plain', {}, plain)
    const objects = objectsOf(0, 2)
    await here.ledger.put(ORIGIN, 512, objects)
    await here.ledger.put(ORIGIN, 512, objects)
    const others = objectsOf(0, 2)
    await expect(here.ledger.put(ORIGIN, 512, others)).rejects.toMatchObject({ code: 'damaged_ledger' })
    expect(await here.reader.objects(ORIGIN)).toEqual({ bundles: 2, tiles: 2 })
    const [, tile] = objects as [LedgerObject, FullTile]
    expect(await here.reader.tile(ORIGIN, 0, 0)).toEqual(new Uint8Array(tile.hashes))
    await plain.close()
  })

  it('has tiles where c2sp.org/tlog-tiles looks for them', async () => {
    expect(tileKey(ORIGIN, 0, 1_234_067)).toBe(`${ORIGIN}/tile/0/x001/x234/067`)
    expect(tileKey(ORIGIN, 1, 5)).toBe(`${ORIGIN}/tile/1/005`)
    expect(parseTilePath('0/x001/x234/067')).toEqual({ level: 0, index: 1_234_067 })
    const objects = objectsOf(0, 1)
    await harness.ledger.put(ORIGIN, 256, objects)
    const stored = readFileSync(
      join(s3.directory, TEST_BUCKET, harness.prefix, `${ORIGIN}/tile/0/000._S3rver_object`),
    )
    expect(stored.equals((objects[1] as { hashes: Uint8Array }).hashes)).toBe(true)
  })
})
