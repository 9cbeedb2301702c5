import { AppError, HASH_BYTES, TILE_WIDTH } from '@counterfoil/core'
import { digestOf } from '../ledger/bundle.js'
import type { S3Place } from '../ledger/s3/s3-ledger.js'
import { type ObjectLedgerReader, openS3LedgerReader } from '../ledger/s3/s3-ledger-reader.js'
import { tilesBefore } from '../ledger/tiles-before.js'
import { concurrently } from '../object-storage/concurrently.js'
import { insert } from './copy-journal.js'
import { goOnNumbering, LEDGER_TABLES } from './copy-ledger.js'
import type { Row, Side, Value } from './side.js'

/** Objects of one transaction, about 20 MB; so many requests are under way at once. */
const OBJECTS_AT_ONCE = 128
const REQUESTS_MAX = 16
const ATTEMPTS = 5

/** How many entries the journal has of each log, by origins of all epochs. */
export type JournalSizes = ReadonlyMap<string, number>

/** How many entries a journal has of each log, by origin; an epoch that has ended has all that it will ever have. */
export async function sizesIn(journal: Side): Promise<JournalSizes> {
  const sizes = new Map<string, number>()
  for (const row of await journal.all('SELECT origin, size, epochs FROM logs')) {
    const { origin, size, epochs } = row as { origin: string; size: number; epochs: string }
    const withoutEpoch = origin.slice(0, origin.lastIndexOf('/') + 1)
    for (const [epoch] of JSON.parse(epochs) as readonly (readonly [epoch: number, firstSeq: number])[])
      sizes.set(`${withoutEpoch}${epoch}`, Number.POSITIVE_INFINITY)
    sizes.set(origin, size)
  }
  return sizes
}

/**
 * Fills an empty ledger in tables from an object store, byte for byte, as far as a journal reaches that was looked at before: what it
 * gave away is there for certain, and what rests has not changed since. Where something was erased or pruned meanwhile it
 * begins anew. Gives how many objects there are. Throws `damaged_ledger`, or `object_storage_unavailable`.
 */
export async function copyFromObjects(place: S3Place, target: Side, sizes: JournalSizes): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const reader = openS3LedgerReader(place)
    const before = await reader.version()
    try {
      const copied = await copyLogs(reader, target, sizes)
      if ((await openS3LedgerReader(place).version()) === before) return copied
    } catch (error) {
      const isPruned = error instanceof AppError && error.code === 'not_found'
      if (!isPruned || attempt === ATTEMPTS) throw error
    } finally {
      await reader.close()
    }
    if (attempt === ATTEMPTS) {
      throw new AppError('object_storage_unavailable', {
        hint: 'Entries were erased from the ledger again and again while it was copied. Try again when no erasures are under way.',
      })
    }
  }
}

async function copyLogs(reader: ObjectLedgerReader, target: Side, sizes: JournalSizes): Promise<number> {
  const tables = LEDGER_TABLES[target.engine]
  // Numbers of logs are given by the table itself otherwise.
  const overriding = target.engine === 'postgres' ? 'OVERRIDING SYSTEM VALUE' : ''
  await target.change(async (sql) => {
    for (const table of Object.values(tables)) await sql.all(`DELETE FROM ${table}`)
  })
  let copied = 0
  let log = 0
  for (const origin of await reader.origins()) {
    const reached = sizes.get(origin) ?? 0
    const size = Math.min(await reader.size(origin), reached - (reached % TILE_WIDTH))
    const minIndex = await reader.minIndex(origin)
    log++
    for (let first = minIndex / TILE_WIDTH; first < size / TILE_WIDTH; first += OBJECTS_AT_ONCE) {
      const indexes = numbersFrom(first, Math.min(size / TILE_WIDTH, first + OBJECTS_AT_ONCE))
      const rows = await readAll(indexes, async (bundle) => {
        const bytes = await reader.bundleAsPut(origin, bundle)
        return { log, bundle, digest: digestOf(bytes), bytes }
      })
      await target.change((sql) => insert(sql, tables.bundles, ['log', 'bundle', 'digest', 'bytes'], rows))
      copied += rows.length
    }
    copied += await copyTiles(reader, target, { log, origin, size, minIndex })
    const row = { log, origin, size, min_index: minIndex }
    await target.change((sql) =>
      insert(sql, tables.logs, ['log', 'origin', 'size', 'min_index'], [row], undefined, overriding),
    )
  }
  await goOnNumbering(target.engine, target)
  return copied
}

interface RestingLog {
  readonly log: number
  readonly origin: string
  readonly size: number
  readonly minIndex: number
}

/** Tiles of all levels. Of one that was pruned below a tile that is kept, its root is there and its hashes are not. */
async function copyTiles(
  reader: ObjectLedgerReader,
  target: Side,
  { log, origin, size, minIndex }: RestingLog,
): Promise<number> {
  const pruned = [...tilesBefore(minIndex)]
  let copied = 0
  for (let level = 0, width = TILE_WIDTH; width <= size; level++, width *= TILE_WIDTH) {
    const { kept, whole } = pruned[level] ?? { kept: 0, whole: 0 }
    const count = Math.floor(size / width)
    for (let first = kept; first < count; first += OBJECTS_AT_ONCE) {
      const indexes = numbersFrom(first, Math.min(count, first + OBJECTS_AT_ONCE))
      const roots = await reader.roots(origin, level, first, indexes.length)
      const rows = await readAll(indexes, async (tile) => {
        const hashes = tile < whole ? new Uint8Array(0) : await reader.tile(origin, level, tile)
        const at = HASH_BYTES * (tile - first)
        return { log, level, tile, root: roots.slice(at, at + HASH_BYTES), hashes }
      })
      const { tiles } = LEDGER_TABLES[target.engine]
      await target.change((sql) => insert(sql, tiles, ['log', 'level', 'tile', 'root', 'hashes'], rows))
      copied += rows.length
    }
  }
  return copied
}

function numbersFrom(first: number, end: number): readonly number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i)
}

/** Rows of what has these numbers, in their order. */
async function readAll(
  indexes: readonly number[],
  read: (index: number) => Promise<Readonly<Record<string, Value>>>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  const places = indexes.map((index, place) => ({ index, place }))
  await concurrently(REQUESTS_MAX, places, async ({ index, place }) => {
    rows[place] = await read(index)
  })
  return rows
}
