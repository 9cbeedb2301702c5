/**
 * Finds an entry by its id without a B-tree row for each entry. Fingerprints of the newest ids are kept in memory;
 * each time `RUN_ENTRIES` have gathered they are written as one sorted run of 256 chunks with a Bloom filter.
 * A fingerprint is a hint: the caller compares the id in the row. Cost on disk: about 13 bytes an entry.
 * What is here is the same for every engine; the engine keeps runs and chunks.
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

/** A run as an engine keeps it: it follows the run before it without a gap, and ends with row `last_position`. */
export interface StoredRun {
  readonly run: number
  readonly last_position: number
  readonly bloom: Uint8Array
}

/** The ids of a row; null once it was trimmed, and then a run has them. */
export interface StoredIds {
  readonly position: number
  readonly log: number
  readonly count: number
  readonly ids: Uint8Array | null
}

export interface NewRun extends StoredRun {
  /** By number of the chunk. */
  readonly chunks: ReadonlyMap<number, Uint8Array>
}

/** What is known of an id from memory alone: where it may be, and which chunks of runs may tell of more. */
export interface IdLookUp {
  readonly fingerprint: number
  readonly recent: readonly IdLocation[]
  /** Newest first. */
  readonly chunks: readonly { readonly run: number; readonly chunk: number }[]
}

interface IdRecord {
  readonly fingerprint: number
  readonly location: number
}

export class IdFingerprints {
  readonly #runEntries: number
  readonly #seed: number
  readonly #runs: { readonly run: number; readonly bloom: Uint8Array }[] = []
  readonly #tail = new Map<number, number>()
  /** Further locations of a fingerprint that the tail holds already. */
  readonly #collisions = new Map<number, number[]>()
  #runsPosition = 0
  #lastPosition = 0

  /** `seed` was drawn when the journal was made, so that nobody outside can choose ids that collide. */
  constructor(seed: number, runEntries = RUN_ENTRIES) {
    this.#seed = seed | 0
    this.#runEntries = runEntries
  }

  /** Ids of rows up to here are in runs, and can be found without the rows. */
  get runsPosition(): number {
    return this.#runsPosition
  }

  /** Ids of rows up to here are known. */
  get lastPosition(): number {
    return this.#lastPosition
  }

  /** Adds the ids of the row after the last that is known. */
  addRow({ log, position, ids, count }: StoredIds): void {
    if (ids !== null) this.add(log, position, ids, count)
    this.#lastPosition = position
  }

  /** Adds the ids of a row that was just written. */
  add(log: number, position: number, ids: Uint8Array, count: number): void {
    // A row that was damaged may say that it has more.
    const countKnown = Math.min(count, Math.floor(ids.length / 16))
    for (let i = 0; i < countKnown; i++) {
      const fingerprint = this.#fingerprint(log, ids, 16 * i)
      const location = position * ROW_SLOTS + i
      if (!this.#tail.has(fingerprint)) this.#tail.set(fingerprint, location)
      else this.#collisions.set(fingerprint, [...(this.#collisions.get(fingerprint) ?? []), location])
    }
    this.#lastPosition = position
  }

  lookUp(log: number, id: Uint8Array): IdLookUp {
    const fingerprint = this.#fingerprint(log, id, 0)
    const recent = this.#tail.get(fingerprint)
    const locations = recent === undefined ? [] : [recent, ...(this.#collisions.get(fingerprint) ?? [])]
    const bits = bloomBits(fingerprint)
    const chunk = chunkOf(fingerprint)
    const chunks = this.#runs
      .filter(({ bloom }) => bits.every((bit) => hasBit(bloom, bit)))
      .map(({ run }) => ({ run, chunk }))
      .reverse()
    return { fingerprint, recent: locations.map(toLocation), chunks }
  }

  /** The tail as a run, when it is long enough. Takes about 50 ms, once in 131,072 entries. */
  newRun(): NewRun | undefined {
    if (this.#tail.size < this.#runEntries) return undefined
    const records = this.#tailRecords()
    const bloom = new Uint8Array(BLOOM_BYTES)
    for (const { fingerprint } of records) for (const bit of bloomBits(fingerprint)) setBit(bloom, bit)
    const run = (this.#runs.at(-1)?.run ?? 0) + 1
    return { run, last_position: this.#lastPosition, bloom, chunks: chunksOf(records) }
  }

  /** Takes in a run that follows those that are known. */
  takeRun({ run, last_position, bloom }: StoredRun): void {
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

function toLocation(location: number): IdLocation {
  return { position: Math.floor(location / ROW_SLOTS), index: location % ROW_SLOTS }
}

/** Where the entries of a fingerprint are, by a chunk of a run. */
export function findInChunk(chunk: Uint8Array, fingerprint: number): IdLocation[] {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
  const locations: IdLocation[] = []
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
    locations.push(toLocation(bytes.readUIntBE(at + 6, 6)))
  }
  return locations
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
