import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TILE_BYTES } from '../ledger/bundle.js'
import type { FullTile, Ledger, LedgerObject } from '../ledger/ledger.js'
import { bundleKey } from '../ledger/s3/object-names.js'
import type { S3Place } from '../ledger/s3/s3-ledger.js'
import { openS3LedgerReader } from '../ledger/s3/s3-ledger-reader.js'
import { openSqliteLedger } from '../ledger/sqlite/sqlite-ledger.js'
import { tileRoot } from '../ledger/tile-tree.js'
import { parseS3Url } from '../object-storage/s3-address.js'
import { S3Client } from '../object-storage/s3-client.js'
import { TEST_CREDENTIALS, TestS3 } from '../object-storage/testing/s3-server.js'
import { copyLedgerObjects } from './copy-ledger-objects.js'
import { openSqliteSource } from './side.js'

const ORIGIN = 'counterfoil.local/log/01930000-0000-7000-8000-00000000000a/live/0'
/** One more than a tile of the level above holds. */
const BUNDLES = 257
const PRUNED = 250

let directory: string
let s3: TestS3
let ledger: Ledger
const path = () => join(directory, 'ledger.db')
const objects: LedgerObject[] = Array.from({ length: BUNDLES }, (_, index) => {
  const hashes = randomBytes(TILE_BYTES)
  const tile: FullTile = { kind: 'tile', level: 0, index, hashes, root: tileRoot(hashes) }
  return [{ kind: 'bundle', index, bytes: randomBytes(200) } as const, tile]
}).flat()
const tiles = objects.filter((object) => object.kind === 'tile')
const roots = Buffer.concat(tiles.slice(0, 256).map(({ root }) => root))
objects.push({ kind: 'tile', level: 1, index: 0, hashes: roots, root: tileRoot(roots) })

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-move-'))
  s3 = await TestS3.open()
  ledger = await openSqliteLedger(path())
  await ledger.put(ORIGIN, BUNDLES * 256, objects)
})
afterAll(async () => {
  await ledger.close()
  await s3.close()
  rmSync(directory, { recursive: true })
})

const placeOf = (prefix: string): S3Place => ({
  kind: 's3',
  url: s3.url(prefix),
  credentials: TEST_CREDENTIALS,
})
/** Copies the ledger as it is now; gives how many objects there are. */
async function copyTo(prefix: string): Promise<number> {
  const source = await openSqliteSource(path())
  try {
    return await copyLedgerObjects(source, placeOf(prefix))
  } finally {
    await source.close()
  }
}

test('a ledger on disk comes into an object store byte for byte, however often it is copied', async () => {
  for (let time = 0; time < 2; time++) expect(await copyTo('moved')).toBe(2 * BUNDLES + 1)
  const place = placeOf('moved')
  const reader = openS3LedgerReader(place)
  expect([await reader.size(ORIGIN), await reader.objects(ORIGIN)]).toEqual([
    BUNDLES * 256,
    { bundles: BUNDLES, tiles: BUNDLES + 1 },
  ])
  expect(Buffer.from(await reader.tile(ORIGIN, 1, 0)).equals(roots)).toBe(true)
  const client = new S3Client(parseS3Url(place.url, 'ledger_url'), TEST_CREDENTIALS, 'ledger_url')
  for (const object of objects.filter(({ kind, index }) => kind === 'bundle' && index % 64 === 0)) {
    const stored = await client.get(bundleKey(ORIGIN, object.index))
    const bytes = object.kind === 'bundle' ? object.bytes : new Uint8Array()
    expect(Buffer.from(stored?.bytes.subarray(32) ?? []).equals(bytes)).toBe(true)
  }
})

test('a ledger that was pruned comes as it is, also over what was brought of it before', async () => {
  // A part of it, as an attempt that was cut off would leave it.
  const cut = await openSqliteLedger(join(directory, 'cut.db'))
  await cut.put(
    ORIGIN,
    512,
    objects.filter((object) => object.index < 2 && !(object.kind === 'tile' && object.level > 0)),
  )
  await cut.close()
  const source = await openSqliteSource(join(directory, 'cut.db'))
  await copyLedgerObjects(source, placeOf('behind'))
  await source.close()

  while ((await ledger.prune(ORIGIN, PRUNED * 256, 64)) >= 64);
  const left = { bundles: BUNDLES - PRUNED, tiles: BUNDLES - PRUNED + 1 }
  for (const prefix of ['fresh', 'fresh', 'moved']) {
    expect(await copyTo(prefix)).toBe(2 * (BUNDLES - PRUNED) + 1)
    const reader = openS3LedgerReader(placeOf(prefix))
    expect([await reader.minIndex(ORIGIN), await reader.size(ORIGIN)]).toEqual([PRUNED * 256, BUNDLES * 256])
    expect(await reader.objects(ORIGIN)).toEqual(left)
    // Of what is gone the hashes are left that a level above is made of.
    expect(Buffer.from(await reader.roots(ORIGIN, 0, 0, 256)).equals(roots)).toBe(true)
    await expect(reader.tile(ORIGIN, 0, 0)).rejects.toMatchObject({ code: 'not_found' })
    expect(Buffer.from(await reader.tile(ORIGIN, 1, 0)).equals(roots)).toBe(true)
  }
  await expect(copyTo('behind')).rejects.toMatchObject({
    code: 'move_refused',
    hint: expect.stringContaining('another prefix'),
  })
})
