import { AppError, TILE_WIDTH } from '@counterfoil/core'
import type { LedgerObject } from '../ledger/ledger.js'
import { openS3Ledger, type S3Place } from '../ledger/s3/s3-ledger.js'
import { LEDGER_TABLES } from './copy-ledger.js'
import type { Side } from './side.js'

/** Of one put: 8,192 entries. */
const BUNDLES_AT_ONCE = 32

/**
 * Brings an object store to where a ledger in tables is, byte for byte. What is there already is held against what is moved, so
 * that it may be cut off and done again. Gives how many objects there are. Throws `invalid_request` for a log that was pruned, and
 * `damaged_ledger` where the store has other bytes, as after an erasure between two attempts.
 */
export async function copyLedgerObjects(source: Side, place: S3Place): Promise<number> {
  const tables = LEDGER_TABLES[source.engine]
  const ledger = openS3Ledger(place)
  let copied = 0
  const logs = await source.all(`SELECT log, origin, size, min_index FROM ${tables.logs} ORDER BY log`)
  for (const { log, origin, size, min_index } of logs as unknown as readonly StoredLog[]) {
    if (Number(min_index) > 0) {
      throw new AppError('invalid_request', {
        hint: `${origin} was pruned: a log that was pruned cannot be moved into an object store yet.`,
      })
    }
    const end = Number(size)
    for (let begin = 0; begin < end; begin += BUNDLES_AT_ONCE * TILE_WIDTH) {
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
