import { createHash } from 'node:crypto'
import {
  admitEntries,
  BodyHasher,
  cosign,
  type DisclosedSection,
  type Disclosure,
  formatCheckpoint,
  formatMicroseconds,
  formatNote,
  formatSignatureLine,
  formatTlogProof,
  formatVerifierKey,
  GENESIS_HASH,
  HASH_BYTES,
  type Leaf,
  leafText,
  parseNote,
  proveConsistency,
  proveInclusion,
  slotsOfSubtree,
  subtreeFromTile,
  TileBuilder,
  toHex,
} from '@counterfoil/core'
import { aSigner, bytesOf, sentEntries, type TestSigner } from '@counterfoil/core/testing'
import { BundleWriter } from '../bundle/bundle-writer.js'
import { nodePlatform } from '../node/node-platform.js'
import { leafHash } from '../receipt.js'
import type { EvidenceSource } from '../source.js'

const { sha256 } = nodePlatform
export const TEST_ORIGIN = 'audit.example.com/log/0192f0c1-0000-7000-8000-000000000001/live/0'

const FIRST_US = Date.UTC(2026, 10, 21, 2) * 1_000

/** Files in memory. */
export class FileMap implements EvidenceSource {
  readonly files = new Map<string, Uint8Array>()

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(path)?.slice()
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    if (this.files.has(path)) throw new Error(`${path} is written twice`)
    this.files.set(path, bytes)
  }

  copy(): FileMap {
    const copy = new FileMap()
    for (const [path, bytes] of this.files) copy.files.set(path, bytes.slice())
    return copy
  }
}

export interface TestEntry {
  readonly leaf: Leaf
  readonly bytes: Uint8Array
  readonly sections: readonly DisclosedSection[]
}

/** A log as a server keeps it, made by the formats alone and with salts that follow from the place. */
export class TestLog {
  readonly entries: readonly TestEntry[]
  readonly signer: TestSigner
  readonly origin: string
  readonly #tiles = new Map<string, Uint8Array>()

  constructor(size: number, { origin = TEST_ORIGIN, seed = 1, entries }: TestLogSettings = {}) {
    this.origin = origin
    this.signer = aSigner(origin, seed)
    this.entries = entries ?? makeEntries(size, origin)
  }

  /** The note of a checkpoint of the first so many entries. */
  checkpoint(size = this.entries.length, signer = this.signer): Uint8Array {
    return signNote(formatCheckpoint({ origin: this.origin, size, root: this.root(size) }), signer)
  }

  /** The same with a witness's cosignature. */
  async cosigned(witness: TestSigner, timeS: number, note = this.checkpoint()): Promise<Uint8Array> {
    const line = await cosign(witness.key, witness.sign, parseNote(note).text, timeS)
    return new Uint8Array([...note, ...new TextEncoder().encode(line)])
  }

  root(size = this.entries.length): Uint8Array {
    return this.#tree(size).root()
  }

  disclosure(seq: number): Disclosure {
    const { leaf, sections } = this.entries[seq]!
    return { id: leaf.id, seq, recordedAt: leaf.t, sections }
  }

  proof(seq: number, size = this.entries.length): Uint8Array[] {
    return proveInclusion(sha256, this.#hashes(size), seq, size)
  }

  /** That the first `from` entries begin the first `to`. */
  consistency(from: number, to: number): Uint8Array[] {
    return proveConsistency(sha256, this.#hashes(to), from, to)
  }

  #hashes(size: number) {
    if (!this.#tiles.has(String(size))) {
      this.#tree(size).finish()
      this.#tiles.set(String(size), new Uint8Array(0))
    }
    return (height: number, index: number) => {
      const slots = slotsOfSubtree(height, index)
      return subtreeFromTile(sha256, this.#tiles.get(`${size}/${slots.level}/${slots.index}`)!, slots)
    }
  }

  receipt(seq: number): Uint8Array {
    const { bytes } = this.entries[seq]!
    return formatTlogProof({ extra: bytes, index: seq, path: this.proof(seq), checkpoint: this.checkpoint() })
  }

  /** A bundle of the whole log. */
  async bundle(checkpoint = this.checkpoint()): Promise<FileMap> {
    const files = new FileMap()
    const writer = new BundleWriter(this.#settings(checkpoint), files)
    for (const [seq, { bytes }] of this.entries.entries()) await writer.addToLog(bytes, this.disclosure(seq))
    await writer.finish()
    return files
  }

  /** A bundle of what is kept of the log when it was pruned to `minIndex`. */
  async pruned(minIndex: number, checkpoint = this.checkpoint()): Promise<FileMap> {
    const files = new FileMap()
    const writer = new BundleWriter({ ...this.#settings(checkpoint), start: this.start(minIndex) }, files)
    for (const [seq, { bytes }] of this.entries.entries())
      if (seq >= minIndex) await writer.addToLog(bytes, this.disclosure(seq))
    await writer.finish()
    return files
  }

  /** A bundle of the entries from `from` to before `to`, both multiples of 256. */
  async part(from: number, to: number): Promise<FileMap> {
    const files = new FileMap()
    const end = { size: to, consistency: this.consistency(to, this.entries.length) }
    const settings = { ...this.#settings(this.checkpoint()), start: this.start(from), end }
    const writer = new BundleWriter(settings, files)
    for (const [seq, { bytes }] of this.entries.slice(0, to).entries())
      if (seq >= from) await writer.addToLog(bytes, this.disclosure(seq))
    await writer.finish()
    return files
  }

  /** What is left of the tree of the first `size` entries, a multiple of 256. */
  start(size: number) {
    const prefixes: Uint8Array[] = []
    const tree = this.#tree(size)
    tree.finish()
    for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / 256)) {
      const tile =
        count % 256 === 0 ? undefined : this.#tiles.get(`${size}/${level}/${Math.floor(count / 256)}`)
      prefixes.push(tile ?? new Uint8Array(0))
    }
    return { size, prefixes }
  }

  /** A bundle of chosen entries. */
  async selection(seqs: readonly number[]): Promise<FileMap> {
    const files = new FileMap()
    const settings = { ...this.#settings(this.checkpoint()), selection: { action: 'order.created' } }
    const writer = new BundleWriter(settings, files)
    for (const seq of seqs) {
      const inclusion = { prev: this.entries[seq]!.leaf.prev, path: this.proof(seq) }
      await writer.addSelected({ ...this.disclosure(seq), inclusion })
    }
    await writer.finish()
    return files
  }

  #settings(checkpoint: Uint8Array) {
    const vkey = formatVerifierKey(this.signer.key)
    return { sha256, checkpoint, keys: [vkey], policy: `log ${vkey}\nquorum none\n` }
  }

  #tree(size: number): TileBuilder {
    const tree = new TileBuilder(sha256, ({ level, index }, hashes) => {
      this.#tiles.set(`${size}/${level}/${index}`, hashes)
    })
    for (const { bytes } of this.entries.slice(0, size)) tree.append(leafHash(sha256, bytes))
    return tree
  }
}

export interface TestLogSettings {
  readonly origin?: string
  readonly seed?: number
  readonly entries?: readonly TestEntry[]
}

export function signNote(text: string, { key, sign }: TestSigner): Uint8Array {
  const encoder = new TextEncoder()
  return encoder.encode(formatNote(text, [formatSignatureLine(key, sign(encoder.encode(text)))]))
}

/** Erases a section of an entry, as erasure does: value and salt go, the commitment stays. */
export function redact(entry: TestEntry, path: string): TestEntry {
  return {
    ...entry,
    sections: entry.sections.map((section) =>
      section.path === path && 'json' in section
        ? { path: section.path, commitment: commitmentOf(section.path, section.salt, section.json) }
        : section,
    ),
  }
}

export function commitmentOf(path: string, salt: Uint8Array, json: string): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(path.length)
  const digest = createHash('sha256').update('audit-field/v1\n').update(salt).update(length)
  return new Uint8Array(digest.update(path).update(json).digest())
}

/** Puts entries one after another: what whoever has the database can do with any content. */
export function chain(origin: string, contents: readonly TestEntry[]): TestEntry[] {
  const bodies = new BodyHasher(sha256)
  const body = new Uint8Array(HASH_BYTES)
  let prev = GENESIS_HASH
  return contents.map(({ leaf: { id, t }, sections }, seq) => {
    bodies.begin()
    for (const section of sections) {
      if ('commitment' in section) bodies.addCommitment(section.commitment)
      else bodies.addSection(section.path, section.salt, 0, section.json)
    }
    bodies.finish(body, 0)
    const leaf = { body: toHex(body), id, log: origin, prev, seq, t }
    const bytes = new TextEncoder().encode(leafText(leaf))
    prev = toHex(leafHash(sha256, bytes))
    return { leaf, bytes, sections }
  })
}

/** An entry that records what was taken away; its place is given by `chain`. */
export function aRecord(action: string, metadata: object, source = 'counterfoil'): TestEntry {
  const entry = { action, source: { name: source }, metadata }
  const admission = admitEntries(bytesOf(JSON.stringify(entry)), 'json')
  if (!admission.admitted) throw new Error(JSON.stringify(admission.problems))
  const [{ sections } = { sections: [] }] = admission.entries
  return {
    leaf: {
      body: '',
      id: `0192f0c1-2345-7abc-8def-${Buffer.from(action).toString('hex').slice(-12)}`,
      log: '',
      prev: '',
      seq: 0,
      t: formatMicroseconds(FIRST_US + 1_000_000_000),
    },
    bytes: new Uint8Array(0),
    sections: sections.map(({ path, json }, i) => ({ path, json, salt: saltOf(-1, i) })),
  }
}

function makeEntries(size: number, origin: string): TestEntry[] {
  const contents: TestEntry[] = []
  const sent = sentEntries(Math.min(size, 500))
  const admission = admitEntries(bytesOf(JSON.stringify(sent)), 'json')
  if (!admission.admitted && size > 0) throw new Error(JSON.stringify(admission.problems))
  const admitted = admission.admitted ? admission.entries : []
  for (let seq = 0; seq < size; seq++) {
    const { sections } = admitted[seq % admitted.length]!
    contents.push({
      leaf: {
        body: '',
        id: `0192f0c1-2345-7abc-8def-${seq.toString(16).padStart(12, '0')}`,
        log: origin,
        prev: '',
        seq,
        t: formatMicroseconds(FIRST_US + seq * 1_001),
      },
      bytes: new Uint8Array(0),
      sections: sections.map(({ path, json }, i) => ({ path, json, salt: saltOf(seq, i) })),
    })
  }
  return chain(origin, contents)
}

function saltOf(seq: number, i: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`${seq}/${i}`).digest().subarray(0, 16))
}
