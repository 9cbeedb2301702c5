import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TILE_BYTES } from '../ledger/bundle.js'
import type { FullTile, LedgerObject } from '../ledger/ledger.js'
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

test('a ledger on disk comes into an object store byte for byte, however often it is copied', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'counterfoil-move-'))
  const s3 = await TestS3.open()
  const path = join(directory, 'ledger.db')
  const ledger = await openSqliteLedger(path)
  const objects: LedgerObject[] = Array.from({ length: BUNDLES }, (_, index) => {
    const hashes = randomBytes(TILE_BYTES)
    const tile: FullTile = { kind: 'tile', level: 0, index, hashes, root: tileRoot(hashes) }
    return [{ kind: 'bundle', index, bytes: randomBytes(200) } as const, tile]
  }).flat()
  const tiles = objects.filter((object) => object.kind === 'tile')
  const roots = Buffer.concat(tiles.slice(0, 256).map(({ root }) => root))
  objects.push({ kind: 'tile', level: 1, index: 0, hashes: roots, root: tileRoot(roots) })
  await ledger.put(ORIGIN, BUNDLES * 256, objects)
  await ledger.close()
  const place: S3Place = { kind: 's3', url: s3.url('moved'), credentials: TEST_CREDENTIALS }
  const source = await openSqliteSource(path)
  for (let time = 0; time < 2; time++) expect(await copyLedgerObjects(source, place)).toBe(2 * BUNDLES + 1)
  await source.close()
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
  await s3.close()
  rmSync(directory, { recursive: true })
})
