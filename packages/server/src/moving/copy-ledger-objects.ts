import { AppError, TILE_WIDTH } from '@counterfoil/core'
import type { Ledger, LedgerObject } from '../ledger/ledger.js'
import { missingFromLedger } from '../ledger/refusals.js'
import { openS3Ledger, type S3Place } from '../ledger/s3/s3-ledger.js'
import { openS3LedgerReader } from '../ledger/s3/s3-ledger-reader.js'
import { rootsBefore } from '../ledger/tiles-before.js'
import { LEDGER_TABLES } from './copy-ledger.js'
import type { Side } from './side.js'

/** Of one put: 8,192 entries. */
const BUNDLES_AT_ONCE = 32

/** Pruned by one step. */
const PRUNED_AT_ONCE = 256

/**
 * Brings an object store to where a ledger in tables is, byte for byte. What is there already is held against what is moved, so
 * that it may be cut off and done again. Gives how many objects there are. Throws `move_refused` where a log was pruned past all that
 * an earlier attempt has brought of it, and `damaged_ledger` where the store has other bytes, as after an erasure between two attempts.
 */
export async function copyLedgerObjects(source: Side, place: S3Place): Promise<number> {
  const tables = LEDGER_TABLES[source.engine]
  const ledger = openS3Ledger(place)
  let copied = 0
  const logs = await source.all(`SELECT log, origin, size, min_index FROM ${tables.logs} ORDER BY log`)
  for (const stored of logs as unknown as readonly StoredLog[]) {
    const { log, origin } = stored
    const [start, end] = [Number(stored.min_index), Number(stored.size)]
    if (start > 0) await beginPruned(source, place, ledger, { log, origin, start })
    for (let begin = start; begin < end; begin += BUNDLES_AT_ONCE * TILE_WIDTH) {
      const until = Math.min(end, begin + BUNDLES_AT_ONCE * TILE_WIDTH)
      const objects = [
        ...(await readBundles(source, log, begin, until)),
        ...(await readTiles(source, log, begin, until)),
      ]
      await ledger.put(origin, until, objects)
      copied += objects.length
    }
  }
  await ledger.close()
  return copied
}

interface StoredLog {
  readonly log: number
  readonly origin: string
  readonly size: number | string
  readonly min_index: number | string
}

/** The log begins there as it does here, whether or not something of it was brought before it was pruned. */
async function beginPruned(
  source: Side,
  place: S3Place,
  ledger: Ledger,
  { log, origin, start }: Pick<StoredLog, 'log' | 'origin'> & { readonly start: number },
): Promise<void> {
  const there = await openS3LedgerReader(place).size(origin)
  if (there > 0 && there < start) {
    throw new AppError('move_refused', {
      hint: `${origin} was pruned to entry ${start}, and an earlier attempt has brought ${there} entries of it: what is between them is gone. Name another prefix in the bucket.`,
    })
  }
  const roots = (_origin: string, level: number, first: number, count: number) =>
    readTileRoots(source, { log, origin }, { level, first, count })
  await ledger.begin(origin, start, await rootsBefore({ roots }, origin, start))
  while ((await ledger.prune(origin, start, PRUNED_AT_ONCE)) >= PRUNED_AT_ONCE);
}

/** Roots of tiles, which outlast their hashes. */
async function readTileRoots(
  source: Side,
  { log, origin }: Pick<StoredLog, 'log' | 'origin'>,
  { level, first, count }: { readonly level: number; readonly first: number; readonly count: number },
): Promise<Uint8Array> {
  const rows = await source.all(
    `SELECT root FROM ${LEDGER_TABLES[source.engine].tiles} WHERE log = ? AND level = ? AND tile >= ? AND tile < ? ORDER BY tile`,
    [log, level, first, first + count],
  )
  if (rows.length !== count) throw missingFromLedger(origin, `roots of level ${level}`)
  return Buffer.concat(rows.map(({ root }) => root as Uint8Array))
}

async function readBundles(source: Side, log: number, begin: number, until: number): Promise<LedgerObject[]> {
  const rows = await source.all(
    `SELECT bundle, bytes FROM ${LEDGER_TABLES[source.engine].bundles} WHERE log = ? AND bundle >= ? AND bundle < ?`,
    [log, begin / TILE_WIDTH, until / TILE_WIDTH],
  )
  return rows.map(({ bundle, bytes }) => ({
    kind: 'bundle',
    index: Number(bundle),
    bytes: bytes as Uint8Array,
  }))
}

/** Tiles of all levels that these entries complete. */
async function readTiles(source: Side, log: number, begin: number, until: number): Promise<LedgerObject[]> {
  const objects: LedgerObject[] = []
  for (let level = 0, width = TILE_WIDTH; width <= until; level++, width *= TILE_WIDTH) {
    const rows = await source.all(
      `SELECT tile, root, hashes FROM ${LEDGER_TABLES[source.engine].tiles} WHERE log = ? AND level = ? AND tile >= ? AND tile < ?`,
      [log, level, Math.floor(begin / width), Math.floor(until / width)],
    )
    for (const { tile, root, hashes } of rows)
      objects.push({
        kind: 'tile',
        level,
        index: Number(tile),
        root: root as Uint8Array,
        hashes: hashes as Uint8Array,
      })
  }
  return objects
}
