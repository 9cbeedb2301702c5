import { type AppError, type Epoch, HASH_BYTES, type SectionPath, TILE_WIDTH, toHex } from '@counterfoil/core'
import type { Block } from '../../journal/block.js'
import { EVERYTHING, readGuarded, setGuard } from '../../postgres/guard.js'
import { migrate } from '../../postgres/migrations.js'
import {
  openPostgres,
  type Postgres,
  type PostgresSettings,
  type SqlConnection,
} from '../../postgres/postgres.js'
import { scrubTables } from '../../postgres/scrub.js'
import { damagedBundle, decodeBundle, digestOf, TILE_BYTES } from '../bundle.js'
import { eraseBundles, type RestingBundle } from '../erase-bundles.js'
import type { KeptRoots, Ledger, LedgerObject, LedgerReader } from '../ledger.js'
import { assertReached, missingFromLedger, otherBytes, prunedFromLedger } from '../refusals.js'
import { eachRoot, tilesBefore } from '../tiles-before.js'
import { LEDGER_GUARD, LEDGER_MIGRATIONS } from './schema.js'

/** Opens the ledger in PostgreSQL for writing; makes its tables when they are not there. Any number of processes may. */
export async function openPostgresLedger(settings: PostgresSettings): Promise<Ledger> {
  await migrate(settings, 'ledger', LEDGER_MIGRATIONS)
  return new PostgresLedger(await openPostgres(settings), settings)
}

/** Opens the ledger for reading, on connections of its own; makes its tables when they are not there. */
export async function openPostgresLedgerReader(settings: PostgresSettings): Promise<LedgerReader> {
  await migrate(settings, 'ledger', LEDGER_MIGRATIONS)
  return new PostgresLedgerReader(await openPostgres(settings))
}

interface StoredLog {
  readonly log: number
  readonly size: number
}

class PostgresLedger implements Ledger {
  readonly #postgres: Postgres
  readonly #settings: PostgresSettings

  constructor(postgres: Postgres, settings: PostgresSettings) {
    this.#postgres = postgres
    this.#settings = settings
  }

  async put(origin: string, size: number, objects: readonly LedgerObject[]): Promise<void> {
    await this.#postgres.transaction(async (connection) => {
      const log = await lockLog(connection, origin)
      // Sent without waiting for each answer: a put is some eighty statements.
      await Promise.all(objects.map((object) => putObject(connection, origin, log.log, object)))
      assertReached(origin, log.size, size, objects)
      await connection.query({
        name: 'ledger-grow',
        text: 'UPDATE ledger_logs SET size = greatest(size, $1) WHERE log = $2',
        values: [size, log.log],
      })
    })
  }

  async erase(
    epochs: readonly Epoch[],
    seqs: readonly number[],
    paths: readonly SectionPath[],
  ): Promise<void> {
    const { origin } = epochs.at(-1) as Epoch
    await this.#postgres.transaction(async (connection) => {
      const { log } = await lockLog(connection, origin)
      const requests = eraseBundles(epochs, seqs, paths)
      for (let request = requests.next(); request.done !== true; ) {
        const { value } = request
        if (value.kind === 'write') {
          await rewriteBundle(connection, log, value.index, value.bytes)
          request = requests.next()
        } else request = requests.next(await restingBundle(connection, log, value.index))
      }
      await connection.query('UPDATE ledger_erasures SET count = count + 1')
    })
  }

  async begin(origin: string, minIndex: number, roots: readonly KeptRoots[]): Promise<void> {
    await this.#postgres.transaction(async (connection) => {
      const { log, size } = await lockLog(connection, origin)
      if (size > 0) return
      for (const { level, index, root } of eachRoot(roots))
        await connection.query(
          "INSERT INTO ledger_tiles (log, level, tile, root, hashes) VALUES ($1, $2, $3, $4, '') ON CONFLICT DO NOTHING",
          [log, level, index, root],
        )
      await connection.query('UPDATE ledger_logs SET size = $1, min_index = $1 WHERE log = $2', [
        ...[minIndex, log],
      ])
    })
  }

  async prune(origin: string, minIndex: number, bundlesMax: number): Promise<number> {
    return this.#postgres.transaction(async (connection) => {
      const { log } = await lockLog(connection, origin)
      const { rows } = await connection.query<{ min_index: number }>(
        'UPDATE ledger_logs SET min_index = greatest(min_index, least($1, size)) WHERE log = $2 RETURNING min_index',
        [minIndex, log],
      )
      const begin = (rows[0] as { min_index: number }).min_index
      const { count } = await connection.query(
        `DELETE FROM ledger_bundles WHERE log = $1 AND bundle IN
           (SELECT bundle FROM ledger_bundles WHERE log = $1 AND bundle < $2 ORDER BY bundle LIMIT $3)`,
        [log, begin / TILE_WIDTH, bundlesMax],
      )
      if (count === bundlesMax) return count
      for (const { level, kept, whole } of tilesBefore(begin)) {
        await connection.query('DELETE FROM ledger_tiles WHERE log = $1 AND level = $2 AND tile < $3', [
          ...[log, level, kept],
        ])
        await connection.query(
          `UPDATE ledger_tiles SET hashes = '' WHERE log = $1 AND level = $2 AND tile >= $3 AND tile < $4 AND hashes <> ''`,
          [log, level, kept, whole],
        )
      }
      return count
    })
  }

  /** Space is given back by the server's own vacuuming. */
  async shrink(): Promise<boolean> {
    return true
  }

  scrub(): Promise<boolean> {
    return scrubTables(this.#settings, ['ledger_bundles'])
  }

  close(): Promise<void> {
    return this.#postgres.close()
  }
}

/**
 * The row of a log, made when there is none, locked until the transaction ends: one writer of a log at a time. The transaction sees
 * that log alone.
 */
async function lockLog(connection: SqlConnection, origin: string): Promise<StoredLog> {
  await setGuard(connection, LEDGER_GUARD, origin)
  await connection.query({
    name: 'ledger-begin',
    text: 'INSERT INTO ledger_logs (origin, size) VALUES ($1, 0) ON CONFLICT DO NOTHING',
    values: [origin],
  })
  const { rows } = await connection.query<StoredLog>({
    name: 'ledger-lock',
    text: 'SELECT log, size FROM ledger_logs WHERE origin = $1 FOR UPDATE',
    values: [origin],
  })
  const stored = rows[0] as StoredLog
  await setGuard(connection, LEDGER_GUARD, stored.log)
  return stored
}

async function putObject(
  connection: SqlConnection,
  origin: string,
  log: number,
  object: LedgerObject,
): Promise<void> {
  const { count } = await connection.query(
    object.kind === 'tile'
      ? {
          name: 'ledger-put-tile',
          text: 'INSERT INTO ledger_tiles (log, level, tile, root, hashes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
          values: [log, object.level, object.index, object.root, object.hashes],
        }
      : {
          name: 'ledger-put-bundle',
          text: 'INSERT INTO ledger_bundles (log, bundle, digest, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
          values: [log, object.index, digestOf(object.bytes), object.bytes],
        },
  )
  if (count === 1) return
  const { rows } = await connection.query<{ same: boolean }>(
    object.kind === 'tile'
      ? {
          text: 'SELECT root = $1 AND hashes = $2 AS same FROM ledger_tiles WHERE log = $3 AND level = $4 AND tile = $5',
          values: [object.root, object.hashes, log, object.level, object.index],
        }
      : {
          text: 'SELECT bytes = $1 AS same FROM ledger_bundles WHERE log = $2 AND bundle = $3',
          values: [object.bytes, log, object.index],
        },
  )
  if (rows[0]?.same !== true) throw otherBytes(origin, object)
}

async function restingBundle(
  connection: SqlConnection,
  log: number,
  index: number,
): Promise<RestingBundle | undefined> {
  const { rows } = await connection.query<RestingBundle>(
    `SELECT bytes, hashes FROM ledger_bundles JOIN ledger_tiles USING (log)
     WHERE log = $1 AND bundle = $2 AND level = 0 AND tile = bundle`,
    [log, index],
  )
  return rows[0]
}

async function rewriteBundle(
  connection: SqlConnection,
  log: number,
  index: number,
  bytes: Uint8Array,
): Promise<void> {
  await connection.query('UPDATE ledger_bundles SET digest = $1, bytes = $2 WHERE log = $3 AND bundle = $4', [
    digestOf(bytes),
    bytes,
    log,
    index,
  ])
}

class PostgresLedgerReader implements LedgerReader {
  readonly #postgres: Postgres
  /** Numbers of logs, which never change. */
  readonly #numbers = new Map<string, number>()

  constructor(postgres: Postgres) {
    this.#postgres = postgres
  }

  async version(): Promise<number> {
    const { rows } = await this.#postgres.query<{ count: number }>({
      name: 'ledger-version',
      text: 'SELECT count FROM ledger_erasures',
    })
    return (rows[0] as { count: number }).count
  }

  async size(origin: string): Promise<number> {
    return (await this.#log(origin))?.size ?? 0
  }

  async minIndex(origin: string): Promise<number> {
    return (await this.#log(origin))?.min_index ?? 0
  }

  async tile(origin: string, level: number, index: number): Promise<Uint8Array> {
    const rows = await this.#of<{ hashes: Uint8Array }>(
      origin,
      'tile',
      'SELECT hashes FROM ledger_tiles WHERE log = $1 AND level = $2 AND tile = $3',
      [level, index],
    )
    const [row] = rows
    if (row?.hashes.length === TILE_BYTES) return new Uint8Array(row.hashes)
    throw await this.#missing(origin, `tile ${level}/${index}`, (index + 1) * TILE_WIDTH ** (level + 1))
  }

  async roots(origin: string, level: number, first: number, count: number): Promise<Uint8Array> {
    const rows = await this.#of<{ root: Uint8Array }>(
      origin,
      'roots',
      'SELECT root FROM ledger_tiles WHERE log = $1 AND level = $2 AND tile >= $3 AND tile < $4 ORDER BY tile',
      [level, first, first + count],
    )
    const roots = Buffer.concat(rows.map(({ root }) => root))
    if (rows.length === count && roots.length === HASH_BYTES * count) return roots
    throw missingFromLedger(origin, `a tile from ${level}/${first} to ${level}/${first + count - 1}`)
  }

  async bundle(origin: string, index: number): Promise<Block> {
    const rows = await this.#of<{ digest: Uint8Array; bytes: Uint8Array; hashes: Uint8Array }>(
      origin,
      'bundle',
      `SELECT digest, bytes, hashes FROM ledger_bundles LEFT JOIN ledger_tiles
        ON ledger_tiles.log = ledger_bundles.log AND level = 0 AND tile = bundle
        WHERE ledger_bundles.log = $1 AND bundle = $2`,
      [index],
    )
    const [row] = rows
    if (row === undefined) throw await this.#missing(origin, `bundle ${index}`, (index + 1) * TILE_WIDTH)
    if (row.hashes?.length !== TILE_BYTES) throw missingFromLedger(origin, `tile 0/${index}`)
    if (toHex(row.digest) !== toHex(digestOf(row.bytes))) throw damagedBundle(index)
    return decodeBundle(index, row.bytes, new Uint8Array(row.hashes))
  }

  /** Says that what ends before entry `end` is missing, or was pruned. */
  async #missing(origin: string, what: string, end: number): Promise<AppError> {
    const minIndex = await this.minIndex(origin)
    return end > minIndex ? missingFromLedger(origin, what) : prunedFromLedger(origin, what, minIndex)
  }

  async bundleBytes(origin: string): Promise<readonly number[]> {
    const rows = await this.#of<{ bytes: number }>(
      origin,
      'bundle-bytes',
      'SELECT octet_length(bytes) AS bytes FROM ledger_bundles WHERE log = $1 ORDER BY bundle',
      [],
    )
    return rows.map(({ bytes }) => bytes + TILE_BYTES)
  }

  async objects(origin: string): Promise<{ readonly bundles: number; readonly tiles: number }> {
    const rows = await this.#of<{ bundles: number; tiles: number }>(
      origin,
      'objects',
      `SELECT (SELECT count(*) FROM ledger_bundles WHERE log = $1) AS bundles,
        (SELECT count(*) FROM ledger_tiles WHERE log = $1 AND hashes <> '') AS tiles`,
      [],
    )
    return rows[0] ?? { bundles: 0, tiles: 0 }
  }

  async origins(): Promise<readonly string[]> {
    const rows = await readGuarded<{ origin: string }>(this.#postgres, LEDGER_GUARD, EVERYTHING, {
      text: 'SELECT origin FROM ledger_logs ORDER BY log',
    })
    return rows.map(({ origin }) => origin)
  }

  close(): Promise<void> {
    return this.#postgres.close()
  }

  async #log(origin: string): Promise<(StoredLog & { readonly min_index: number }) | undefined> {
    const [row] = await readGuarded<StoredLog & { readonly min_index: number }>(
      this.#postgres,
      LEDGER_GUARD,
      origin,
      {
        name: 'ledger-log',
        text: 'SELECT log, size, min_index FROM ledger_logs WHERE origin = $1',
        values: [origin],
      },
    )
    if (row !== undefined) this.#numbers.set(origin, row.log)
    return row
  }

  /** Rows of one log, whose number is the statement's first parameter; none of a log that does not rest here. */
  async #of<Row>(
    origin: string,
    name: string,
    text: string,
    values: readonly number[],
  ): Promise<readonly Row[]> {
    const log = this.#numbers.get(origin) ?? (await this.#log(origin))?.log
    if (log === undefined) return []
    const statement = { name: `ledger-${name}`, text, values: [log, ...values] }
    return readGuarded<Row>(this.#postgres, LEDGER_GUARD, log, statement)
  }
}
