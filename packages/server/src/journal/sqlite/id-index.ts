import { type Database, inTransaction, type Statement } from '../../sqlite/driver.js'
import { readMeta } from './schema.js'

/**
 * Finds an entry by its id without a B-tree row for each entry. Fingerprints of the newest ids are kept in memory;
 * each time `RUN_ENTRIES` have gathered they are written as one sorted run of 256 chunks with a Bloom filter.
 * A fingerprint is a hint: the caller compares the id in the row. Cost on disk: about 13 bytes an entry.
 */
const RUN_ENTRIES = 2 ** 17
const CHUNKS = 256
const RECORD_BYTES = 12
/** 8 bits an entry and 5 probes: one in 46 misses reads a chunk for nothing. */
const BLOOM_BYTES = RUN_ENTRIES
const BLOOM_PROBES = 5
/** A location is `position × 64 + index in row`, as rows hold at most 64 entries. */
const ROW_SLOTS = 64

export interface IdLocation {
  readonly position: number
  /** Place of the entry within its row. */
  readonly index: number
}

interface Run {
  readonly run: number
  readonly bloom: Uint8Array
}

export class IdIndex {
  readonly #database: Database
  readonly #runEntries: number
  readonly #seed: number
  readonly #runs: Run[] = []
  readonly #tail = new Map<number, number>()
  /** Further locations of a fingerprint that the tail holds already. */
  readonly #collisions = new Map<number, number[]>()
  readonly #readChunk: Statement
  readonly #readRuns: Statement
  readonly #readIds: Statement
  #runsPosition = 0
  #lastPosition = 0

  constructor(database: Database, runEntries = RUN_ENTRIES) {
    this.#database = database
    this.#runEntries = runEntries
    this.#seed = Number(readMeta(database, 'fingerprint_seed')) | 0
    this.#readChunk = database.prepare('SELECT bytes FROM id_chunks WHERE run = ? AND chunk = ?')
    this.#readRuns = database.prepare(
      'SELECT run, last_position, bloom FROM id_runs WHERE last_position > ? ORDER BY run',
    )
    this.#readIds = database.prepare(
      'SELECT position, log, count, ids FROM blocks WHERE position > ? ORDER BY position LIMIT 4096',
    )
    this.catchUp()
  }

  /** Takes in what was written since; for a reader that follows another connection's writes. */
  catchUp(): void {
    // One snapshot: rows are trimmed once a run has their ids, and then have none themselves.
    this.#database.exec('BEGIN')
    try {
      this.#catchUp()
    } finally {
      this.#database.exec('COMMIT')
    }
  }

  #catchUp(): void {
    for (const row of this.#readRuns.all(this.#runsPosition) as unknown as StoredRun[]) this.#takeRun(row)
    for (;;) {
      const rows = this.#readIds.all(this.#lastPosition) as unknown as StoredIds[]
      for (const row of rows) if (row.ids !== null) this.add(row.log, row.position, row.ids, row.count)
      if (rows.length > 0) this.#lastPosition = (rows.at(-1) as StoredIds).position
      if (rows.length < 4096) return
    }
  }

  /** Adds the ids of a row that was just written. */
  add(log: number, position: number, ids: Uint8Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const fingerprint = this.#fingerprint(log, ids, 16 * i)
      const location = position * ROW_SLOTS + i
      if (!this.#tail.has(fingerprint)) this.#tail.set(fingerprint, location)
      else this.#collisions.set(fingerprint, [...(this.#collisions.get(fingerprint) ?? []), location])
    }
    this.#lastPosition = position
  }

  /** Ids of rows up to here are in runs, and can be found without the rows. */
  get runsPosition(): number {
    return this.#runsPosition
  }

  /** Where an entry with this id may be, newest runs first. Usually none or one. */
  find(log: number, id: Uint8Array): IdLocation[] {
    const fingerprint = this.#fingerprint(log, id, 0)
    const locations: number[] = []
    const recent = this.#tail.get(fingerprint)
    if (recent !== undefined) locations.push(recent, ...(this.#collisions.get(fingerprint) ?? []))
    for (let i = this.#runs.length - 1; i >= 0; i--)
      this.#findInRun(this.#runs[i] as Run, fingerprint, locations)
    return locations.map((location) => ({
      position: Math.floor(location / ROW_SLOTS),
      index: location % ROW_SLOTS,
    }))
  }

  /** Writes the tail as a run when it is long enough. Takes about 50 ms, once in 131,072 entries. */
  writeRunIfDue(): void {
    if (this.#tail.size < this.#runEntries) return
    const lastPosition = this.#lastPosition
    const records = this.#tailRecords()
    const bloom = new Uint8Array(BLOOM_BYTES)
    for (const { fingerprint } of records) for (const bit of bloomBits(fingerprint)) setBit(bloom, bit)
    inTransaction(this.#database, () => {
      const { run } = this.#database
        .prepare('INSERT INTO id_runs (last_position, bloom) VALUES (?, ?) RETURNING run')
        .get(lastPosition, bloom) as { run: number }
      const insert = this.#database.prepare('INSERT INTO id_chunks (run, chunk, bytes) VALUES (?, ?, ?)')
      for (const [chunk, bytes] of chunksOf(records)) insert.run(run, chunk, bytes)
      return run
    })
    this.catchUp()
  }

  #takeRun({ run, last_position, bloom }: StoredRun): void {
    this.#runs.push({ run, bloom })
    this.#runsPosition = last_position
    if (last_position >= this.#lastPosition) {
      this.#tail.clear()
      this.#collisions.clear()
      this.#lastPosition = last_position
      return
    }
    for (const [fingerprint, location] of this.#tail) {
      if (Math.floor(location / ROW_SLOTS) <= last_position) this.#tail.delete(fingerprint)
    }
    // What a deleted fingerprint collided with may be younger than the run: keep every such location findable.
    for (const [fingerprint, locations] of this.#collisions) {
      const younger = locations.filter((location) => Math.floor(location / ROW_SLOTS) > last_position)
      this.#collisions.delete(fingerprint)
      for (const location of younger) {
        if (!this.#tail.has(fingerprint)) this.#tail.set(fingerprint, location)
        else this.#collisions.set(fingerprint, [...(this.#collisions.get(fingerprint) ?? []), location])
      }
    }
  }

  #findInRun({ run, bloom }: Run, fingerprint: number, locations: number[]): void {
    for (const bit of bloomBits(fingerprint)) if (!hasBit(bloom, bit)) return
    const row = this.#readChunk.get(run, chunkOf(fingerprint)) as { bytes: Uint8Array } | undefined
    if (row === undefined) return
    const bytes = Buffer.from(row.bytes.buffer, row.bytes.byteOffset, row.bytes.length)
    let low = 0
    let high = bytes.length / RECORD_BYTES
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (bytes.readUIntBE(middle * RECORD_BYTES, 6) < fingerprint) low = middle + 1
      else high = middle
    }
    for (
      let at = low * RECORD_BYTES;
      at < bytes.length && bytes.readUIntBE(at, 6) === fingerprint;
      at += RECORD_BYTES
    ) {
      locations.push(bytes.readUIntBE(at + 6, 6))
    }
  }

  #tailRecords(): IdRecord[] {
    const records: IdRecord[] = []
    for (const [fingerprint, location] of this.#tail) records.push({ fingerprint, location })
    for (const [fingerprint, locations] of this.#collisions) {
      for (const location of locations) records.push({ fingerprint, location })
    }
    return records.sort((a, b) => a.fingerprint - b.fingerprint)
  }

  /** 48 bits that depend on the log and every bit of the id. */
  #fingerprint(log: number, id: Uint8Array, offset: number): number {
    let high = this.#seed ^ Math.imul(log, 0x9e3779b1)
    let low = 0x85ebca6b
    for (let at = offset; at < offset + 16; at += 4) {
      const word =
        ((id[at] as number) << 24) |
        ((id[at + 1] as number) << 16) |
        ((id[at + 2] as number) << 8) |
        (id[at + 3] as number)
      high = Math.imul(high ^ word, 0x85ebca6b)
      high ^= high >>> 13
      low = Math.imul(low ^ high ^ Math.imul(word, 0x27d4eb2f), 0xc2b2ae35)
      low ^= low >>> 16
    }
    return (high >>> 0) * 0x10000 + (low >>> 16)
  }
}

interface StoredRun {
  readonly run: number
  readonly last_position: number
  readonly bloom: Uint8Array
}

interface StoredIds {
  readonly position: number
  readonly log: number
  readonly count: number
  readonly ids: Uint8Array | null
}

interface IdRecord {
  readonly fingerprint: number
  readonly location: number
}

function chunkOf(fingerprint: number): number {
  return Math.floor(fingerprint / 2 ** 40)
}

function chunksOf(records: readonly IdRecord[]): Map<number, Buffer> {
  const chunks = new Map<number, Buffer>()
  let start = 0
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    let end = start
    while (end < records.length && chunkOf((records[end] as IdRecord).fingerprint) === chunk) end++
    if (end > start) chunks.set(chunk, encodeRecords(records.slice(start, end)))
    start = end
  }
  return chunks
}

function encodeRecords(records: readonly IdRecord[]): Buffer {
  const bytes = Buffer.alloc(records.length * RECORD_BYTES)
  records.forEach(({ fingerprint, location }, i) => {
    bytes.writeUIntBE(fingerprint, i * RECORD_BYTES, 6)
    bytes.writeUIntBE(location, i * RECORD_BYTES + 6, 6)
  })
  return bytes
}

function bloomBits(fingerprint: number): number[] {
  const bits: number[] = []
  const step = 1 + 2 * Math.floor(fingerprint / 2 ** 24)
  let bit = fingerprint % 2 ** 24
  for (let probe = 0; probe < BLOOM_PROBES; probe++) {
    bits.push(bit % (BLOOM_BYTES * 8))
    bit += step
  }
  return bits
}

function setBit(bytes: Uint8Array, bit: number): void {
  const at = Math.floor(bit / 8)
  bytes[at] = (bytes[at] as number) | (1 << (bit % 8))
}

function hasBit(bytes: Uint8Array, bit: number): boolean {
  return ((bytes[Math.floor(bit / 8)] as number) & (1 << (bit % 8))) !== 0
}
