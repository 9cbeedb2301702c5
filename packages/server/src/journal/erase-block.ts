import {
  AppError,
  BodyHasher,
  formatMicroseconds,
  HASH_BYTES,
  LeafHasher,
  type OriginAt,
  type SectionPath,
  toHex,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { type Block, blockSections, isKept, recordedAtOf, type StoredSection } from './block.js'
import { ContentsWriter, type Segmentation, sectionBit } from './contents.js'
import { encodeRuns, eraseSalts, expandSalts, saltRuns } from './salts.js'
import { uuidText } from './uuid.js'

/** What stands in the place of a block's columns once sections of it were erased. */
export interface ErasedBlock {
  readonly salts: Uint8Array
  readonly contents: Uint8Array
  /** Seeds that gave salts of erased sections; none of these may rest anywhere else. */
  readonly destroyedSeeds: readonly Uint8Array[]
}

export interface BlockErasure {
  /** Gives the origin that each entry's leaf names. */
  readonly originAt: OriginAt
  readonly block: Block
  /** Places in the block. */
  readonly indexes: ReadonlySet<number>
  readonly paths: readonly SectionPath[]
  readonly segmentation: Segmentation
}

/**
 * Replaces sections by what they were committed as, and takes their salts away with whatever gives them. Undefined when
 * none of them is there. The entries must be what was recorded, or nobody could tell afterwards that they were not: throws
 * `damaged_journal`.
 */
export function eraseFromBlock({
  originAt,
  block,
  indexes,
  paths,
  segmentation,
}: BlockErasure): ErasedBlock | undefined {
  const { entries, total } = blockSections(block)
  const goes = (index: number, section: StoredSection) =>
    indexes.has(index) && isKept(section) && paths.includes(section.path)
  if (!entries.some((sections, index) => sections.some((section) => goes(index, section)))) return undefined
  const allSalts = expandSalts(block.salts, total)
  const prover = new EntryProver(originAt, block, allSalts)
  const writer = new ContentsWriter(segmentation)
  const erasedSalts = new Set<number>()
  let salt = 0
  entries.forEach((sections, index) => {
    const erases = sections.some((section) => goes(index, section))
    const commitments = erases ? prover.commitments(index, sections) : []
    writer.beginEntry(sections.reduce((mask, { path }) => mask | sectionBit(path), 0))
    sections.forEach((section, nth) => {
      if (!isKept(section)) {
        writer.addErased(section.commitment)
        return
      }
      if (goes(index, section)) {
        writer.addErased(commitments[nth] as Uint8Array)
        erasedSalts.add(salt)
      } else writer.addSection(section.json)
      salt++
    })
  })
  const { runs, destroyed } = eraseSalts(saltRuns(block.salts, total), erasedSalts)
  return { salts: encodeRuns(runs), contents: writer.finish(), destroyedSeeds: destroyed }
}

/** Computes what sections were committed as, and holds the entry against its hash. */
class EntryProver {
  readonly #bodies = new BodyHasher(sha256Into)
  readonly #leaves = new LeafHasher(sha256Into)
  readonly #originAt: OriginAt
  readonly #block: Block
  readonly #salts: Uint8Array

  constructor(originAt: OriginAt, block: Block, salts: Uint8Array) {
    this.#originAt = originAt
    this.#block = block
    this.#salts = salts
  }

  commitments(index: number, sections: readonly StoredSection[]): readonly Uint8Array[] {
    const { ids, prevHash, entryHashes, firstSeq } = this.#block
    this.#bodies.begin()
    const commitments = sections.map((section) => {
      if (isKept(section))
        this.#bodies.addSectionBytes(section.path, this.#salts, section.saltOffset, section.json)
      else this.#bodies.addCommitment(section.commitment)
      return this.#bodies.lastCommitment()
    })
    const body = new Uint8Array(HASH_BYTES)
    const hash = new Uint8Array(HASH_BYTES)
    this.#bodies.finish(body, 0)
    const stored = (i: number) => toHex(entryHashes, HASH_BYTES * i, HASH_BYTES)
    const leaf = {
      body: toHex(body),
      id: uuidText(ids, 16 * index),
      log: this.#originAt(firstSeq + index),
      prev: index === 0 ? toHex(prevHash) : stored(index - 1),
      seq: firstSeq + index,
      t: formatMicroseconds(recordedAtOf(this.#block, index)),
    }
    this.#leaves.hash(leaf, hash, 0)
    if (toHex(hash) === stored(index)) return commitments
    throw new AppError('damaged_journal', {
      hint: `Entry ${leaf.seq} is not what was recorded, so nothing of it is erased. Run "counterfoil fsck" to locate the damage and restore a backup.`,
    })
  }
}
