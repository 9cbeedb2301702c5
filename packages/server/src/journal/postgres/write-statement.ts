import { HASH_BYTES } from '@counterfoil/core'
import type { SqlStatement, SqlValue } from '../../postgres/postgres.js'
import type { ChainState, SealedBlock } from '../sealer.js'
import type { StoredLog } from '../stored-log.js'
import { holdsAccessVersion } from './access-version.js'

/** What is to be written to one log. */
export interface LogWrite {
  readonly log: StoredLog
  readonly blocks: readonly SealedBlock[]
  readonly chain: ChainState
}

/** What the statement answers. */
export interface WriteAnswer {
  /** Position of the row before the first that was written. */
  readonly base: number
}

/**
 * All rows and heads of an append in one statement: it takes the place of the rows, which are written and their heads moved. Sent
 * right before COMMIT, because nobody else gets positions until then. Where a head is no longer at the size that was appended to,
 * the statement itself divides by zero, and COMMIT fails with it: that is sent before the answer is read. With an `accessVersion` it fails
 * too where that is not the version any more; see access-version.ts.
 */
export function writeStatement(writes: readonly LogWrite[], accessVersion?: number): SqlStatement {
  const rows = rowColumns(writes)
  const heads = headColumns(writes)
  const values = [rows.count, rows.bytes, ...rows.columns, heads.bytes, ...heads.columns]
  return accessVersion === undefined
    ? { name: 'write', text: WRITE, values }
    : { name: 'write_as_of', text: WRITE_AS_OF, values: [...values, accessVersion] }
}

const WRITE = `
WITH place AS (UPDATE journal_position SET last = last + $1 RETURNING last - $1 AS base),
written AS (
  INSERT INTO blocks (position, log, first_seq, count, recorded_at, prev_hash, ids, entry_hashes, salts, contents)
  SELECT place.base + r.nth, r.log, r.first_seq, r.count, r.recorded_at,
    substring($2::bytea FROM r.at FOR 32),
    substring($2 FROM r.at + 32 FOR 16 * r.count),
    substring($2 FROM r.at + 32 + 16 * r.count FOR 32 * r.count),
    substring($2 FROM r.at + 32 + 48 * r.count FOR r.salts),
    substring($2 FROM r.at + 32 + 48 * r.count + r.salts FOR r.contents)
  FROM place, unnest($3::bigint[], $4::bigint[], $5::int[], $6::bigint[], $7::int[], $8::int[], $9::int[])
    WITH ORDINALITY AS r (log, first_seq, count, recorded_at, at, salts, contents, nth)
),
moved AS (
  UPDATE logs SET size = h.size, head_hash = substring($10::bytea FROM h.at FOR 32),
    frontier = substring($10 FROM h.at + 32 FOR h.frontier), recorded_at = h.recorded_at,
    last_position = place.base + h.rows
  FROM place, unnest($11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::int[], $16::int[], $17::int[])
    AS h (log, old_size, size, recorded_at, rows, at, frontier)
  WHERE logs.log = h.log AND logs.size = h.old_size
  RETURNING 1
)
SELECT base FROM place WHERE 1 / ((SELECT count(*) FROM moved) = cardinality($11))::int = 1`

const WRITE_AS_OF = `${WRITE} AND ${holdsAccessVersion('$18')}`

interface Columns {
  readonly columns: readonly SqlValue[]
  /** Bytes of all rows, one after another: as an array each would be written as hexadecimal text. */
  readonly bytes: Uint8Array
}

function rowColumns(writes: readonly LogWrite[]): Columns & { readonly count: number } {
  const [log, firstSeq, counts, recordedAt, at, salts, contents] = lists(7)
  const parts: Uint8Array[] = []
  let length = 0
  for (const write of writes) {
    for (const block of write.blocks) {
      log.push(write.log.number)
      firstSeq.push(block.firstSeq)
      counts.push(block.count)
      recordedAt.push(block.recordedAt)
      // SQL counts bytes from 1.
      at.push(length + 1)
      salts.push(block.salts.length)
      contents.push(block.contents.length)
      for (const part of [block.prevHash, block.ids, block.entryHashes, block.salts, block.contents]) {
        parts.push(part)
        length += part.length
      }
    }
  }
  return {
    count: log.length,
    bytes: Buffer.concat(parts, length),
    columns: [log, firstSeq, counts, recordedAt, at, salts, contents],
  }
}

function headColumns(writes: readonly LogWrite[]): Columns {
  const [log, oldSize, size, recordedAt, rows, at, frontier] = lists(7)
  const parts: Uint8Array[] = []
  let length = 0
  let written = 0
  for (const { log: before, blocks, chain } of writes) {
    written += blocks.length
    log.push(before.number)
    oldSize.push(before.chain.size)
    size.push(chain.size)
    recordedAt.push(chain.recordedAt)
    rows.push(written)
    at.push(length + 1)
    frontier.push(chain.frontier.length)
    parts.push(chain.headHash, chain.frontier)
    length += HASH_BYTES + chain.frontier.length
  }
  return {
    bytes: Buffer.concat(parts, length),
    columns: [log, oldSize, size, recordedAt, rows, at, frontier],
  }
}

type Lists = readonly [number[], number[], number[], number[], number[], number[], number[]]

function lists(_count: 7): Lists {
  return [[], [], [], [], [], [], []]
}
