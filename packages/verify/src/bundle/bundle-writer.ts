import {
  bundlePath,
  type Disclosure,
  disclosureLine,
  EvidenceError,
  encodeBase64,
  encodeBundle,
  equalBytes,
  type Json,
  parseCheckpoint,
  parseNote,
  type Sha256Into,
  TILE_WIDTH,
  TileBuilder,
  type TileSink,
  tilePath,
  verifyConsistency,
} from '@counterfoil/core'
import { leafHash } from '../receipt.js'
import { BUNDLE_FILES, disclosuresPath, MANIFEST_FORMAT, type Manifest } from './manifest.js'

/** Where a bundle is written to: a directory, an archive. */
export interface BundleSink {
  /** Writes a whole file, once. */
  write(path: string, bytes: Uint8Array): Promise<void>
}

export interface BundleWriterSettings {
  readonly sha256: Sha256Into
  /** A signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array
  /** Verifier keys of the log, text form. */
  readonly keys: readonly string[]
  /** A policy file. */
  readonly policy: string
  /** What chosen entries were selected by; leave it out for a whole log. */
  readonly selection?: Json
  /** Of a log that was pruned, or a part of one: where it begins, and what the unfinished tiles hold of what came before. */
  readonly start?: BundleStart
  /** Of a part of a log: where it ends, and what leads from there to the checkpoint. */
  readonly end?: { readonly size: number; readonly consistency: readonly Uint8Array[] }
}

export interface BundleStart {
  /** A multiple of 256. */
  readonly size: number
  /** See `TileBuilder.resume`. */
  readonly prefixes: readonly Uint8Array[]
}

/** A file of disclosures ends with the line that goes past this. */
const DISCLOSURES_BYTES = 4 * 1024 * 1024
const encoder = new TextEncoder()

/**
 * Writes an export bundle, entry by entry. It builds the tree anew from the leaves it is given, and refuses to finish a
 * bundle that would not verify.
 */
export class BundleWriter {
  readonly #settings: BundleWriterSettings
  readonly #sink: BundleSink
  readonly #origin: string
  readonly #size: number
  readonly #root: Uint8Array
  readonly #tree: TileBuilder
  readonly #tiles: [path: string, hashes: Uint8Array][] = []
  #leaves: Uint8Array[] = []
  #lines: string[] = []
  #linesLength = 0
  #disclosureFiles = 0
  #entries = 0
  #firstSeq: number | null = null
  #lastSeq: number | null = null
  #disclosed = 0
  #redacted = 0

  constructor(settings: BundleWriterSettings, sink: BundleSink) {
    const { origin, size, root } = parseCheckpoint(parseNote(settings.checkpoint).text)
    this.#settings = settings
    this.#sink = sink
    this.#origin = origin
    this.#size = size
    this.#root = root
    const onTile: TileSink = (place, hashes) => {
      this.#tiles.push([tilePath(place), hashes])
    }
    const { start = { size: 0, prefixes: [] } } = settings
    this.#tree = TileBuilder.resume(settings.sha256, onTile, start.size, start.prefixes)
  }

  /** The next entry of a whole log: its leaf and what is disclosed of it. */
  async addToLog(leaf: Uint8Array, disclosure: Disclosure): Promise<void> {
    this.#tree.append(leafHash(this.#settings.sha256, leaf))
    this.#leaves.push(leaf)
    if (this.#leaves.length === TILE_WIDTH) await this.#writeLeaves()
    await this.#addLine(disclosure)
  }

  /** The next entry of a selection, in the order of seq; `disclosure` carries its inclusion proof. */
  async addSelected(disclosure: Disclosure): Promise<void> {
    await this.#addLine(disclosure)
  }

  /**
   * Writes what is left. Throws `proof_mismatch` when the entries of a whole log do not lead to the checkpoint, unless
   * `unchecked`, which is for tests of what verifiers find.
   */
  async finish({ unchecked = false } = {}): Promise<Manifest> {
    const { start, end } = this.#settings
    const isLog = this.#settings.selection === undefined
    if (isLog && !unchecked && !this.#leadsToCheckpoint())
      throw new EvidenceError(
        'proof_mismatch',
        'The entries that were exported are not those under the checkpoint.',
      )
    if (isLog) {
      if (this.#leaves.length > 0) await this.#writeLeaves()
      this.#tree.finish()
      await this.#writeTiles()
    }
    await this.#writeLines()
    const manifest: Manifest = {
      format: MANIFEST_FORMAT,
      kind: isLog ? (end === undefined ? 'log' : 'part') : 'selection',
      origin: this.#origin,
      size: this.#size,
      entries: this.#entries,
      first_seq: this.#firstSeq,
      last_seq: this.#lastSeq,
      ...(start === undefined || start.size === 0 ? {} : { min_index: start.size }),
      ...(end === undefined ? {} : { consistency: end.consistency.map(encodeBase64) }),
      sections: { disclosed: this.#disclosed, redacted: this.#redacted },
      ...(this.#settings.selection === undefined ? {} : { selection: this.#settings.selection }),
    }
    const { checkpoint, keys, policy } = this.#settings
    await this.#sink.write(BUNDLE_FILES.checkpoint, checkpoint)
    await this.#sink.write(BUNDLE_FILES.key, encoder.encode(keys.map((key) => `${key}\n`).join('')))
    await this.#sink.write(BUNDLE_FILES.policy, encoder.encode(policy))
    await this.#sink.write(BUNDLE_FILES.manifest, encoder.encode(`${JSON.stringify(manifest, null, 2)}\n`))
    return manifest
  }

  #leadsToCheckpoint(): boolean {
    const { sha256, end } = this.#settings
    const root = this.#tree.root()
    if (end === undefined) return equalBytes(root, this.#root)
    const { size, consistency } = end
    return (
      this.#tree.size === size && verifyConsistency(sha256, size, root, this.#size, this.#root, consistency)
    )
  }

  async #addLine(disclosure: Disclosure): Promise<void> {
    const line = disclosureLine(disclosure)
    this.#entries++
    this.#firstSeq ??= disclosure.seq
    this.#lastSeq = disclosure.seq
    for (const section of disclosure.sections) {
      if ('commitment' in section) this.#redacted++
      else this.#disclosed++
    }
    this.#lines.push(line)
    this.#linesLength += line.length
    if (this.#linesLength >= DISCLOSURES_BYTES) await this.#writeLines()
  }

  async #writeLines(): Promise<void> {
    if (this.#lines.length === 0) return
    const text = this.#lines.map((line) => `${line}\n`).join('')
    this.#lines = []
    this.#linesLength = 0
    await this.#sink.write(disclosuresPath(this.#disclosureFiles++), encoder.encode(text))
  }

  async #writeLeaves(): Promise<void> {
    const index = Math.ceil(this.#tree.size / TILE_WIDTH) - 1
    await this.#sink.write(bundlePath({ index, width: this.#leaves.length }), encodeBundle(this.#leaves))
    this.#leaves = []
    await this.#writeTiles()
  }

  async #writeTiles(): Promise<void> {
    for (const [path, hashes] of this.#tiles.splice(0)) await this.#sink.write(path, hashes)
  }
}
