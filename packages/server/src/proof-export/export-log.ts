import {
  AppError,
  type Checkpoint,
  EvidenceError,
  equalBytes,
  HASH_BYTES,
  type Json,
  type LogName,
  originAt,
  parseCheckpoint,
  parseNote,
  proveInclusion,
  type Selection,
  slotsOfSubtree,
  subtreeFromTile,
  TileBuilder,
} from '@counterfoil/core'
import { type BundleSink, BundleWriter, type Manifest } from '@counterfoil/verify'
import type { Block } from '../journal/block.js'
import type { JournalReader } from '../journal/journal.js'
import { sha256Into } from '../platform-hash.js'
import { isSelected, toReadEntry } from '../reading/read-entry.js'
import { type DisclosedEntry, disclosedEntries } from './disclosed-entries.js'

/** Rows read by one statement. */
const ROWS_AT_ONCE = 16

export interface LogExport {
  readonly reader: Pick<JournalReader, 'blocks' | 'epochsOf'>
  readonly log: LogName
  /** The signed checkpoint that the export rests on. */
  readonly note: string
  /** Verifier keys of the log, the present one last. */
  readonly keys: readonly string[]
  readonly policy: string
  /** Chosen entries alone; `described` tells people how they were chosen. */
  readonly selection?: { readonly selection: Selection; readonly described: Json }
  readonly onProgress?: (entries: number, total: number) => void
}

/**
 * Writes the evidence of a log, or of chosen entries of it, to `sink`. Entries that are not under the checkpoint yet are
 * left out. Throws `damaged_journal` rather than exporting what would not verify.
 */
export async function exportLog(settings: LogExport, sink: BundleSink): Promise<Manifest> {
  const { note, keys, policy, selection } = settings
  const checkpoint = new TextEncoder().encode(note)
  const writer = new BundleWriter(
    {
      sha256: sha256Into,
      checkpoint,
      keys,
      policy,
      ...(selection === undefined ? {} : { selection: selection.described }),
    },
    sink,
  )
  const covered = parseCheckpoint(parseNote(checkpoint).text)
  try {
    if (selection === undefined) await writeWhole(settings, covered, writer)
    else await writeSelected(settings, selection.selection, covered, writer)
    return await writer.finish()
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    throw new AppError('damaged_journal', {
      hint: 'What is stored is not what was signed. Run "counterfoil verify" to locate the damage and restore a backup.',
      cause: error,
    })
  }
}

async function writeWhole(
  { reader, log, onProgress }: LogExport,
  { size }: Checkpoint,
  writer: BundleWriter,
): Promise<void> {
  const origins = originAt(await reader.epochsOf(log))
  for await (const block of blocksOf(reader, log, size)) {
    for (const { leaf, disclosure } of disclosedEntries(origins, block)) {
      if (disclosure.seq < size) await writer.addToLog(leaf, disclosure)
    }
    onProgress?.(Math.min(size, block.firstSeq + block.count), size)
  }
}

/** Two walks: the tree must be known before the first proof. It takes 32 bytes of memory an entry of the log. */
async function writeSelected(
  { reader, log, onProgress }: LogExport,
  selection: Selection,
  { origin, size, root }: Checkpoint,
  writer: BundleWriter,
): Promise<void> {
  const origins = originAt(await reader.epochsOf(log))
  const hashOf = await readTree(reader, log, size, root)
  for await (const block of blocksOf(reader, log, size)) {
    for (const entry of disclosedEntries(origins, block)) {
      const { seq } = entry.disclosure
      if (seq >= size || !isChosen(entry, log, selection)) continue
      const path = proveInclusion(sha256Into, hashOf, seq, size)
      const ofEpoch = origins(seq)
      const inclusion = { ...(ofEpoch === origin ? {} : { log: ofEpoch }), prev: entry.prev, path }
      await writer.addSelected({ ...entry.disclosure, inclusion })
    }
    onProgress?.(Math.min(size, block.firstSeq + block.count), size)
  }
}

function isChosen({ disclosure, prev }: DisclosedEntry, log: LogName, selection: Selection): boolean {
  const { id, seq, recordedAt, sections } = disclosure
  const stored = { id, seq, recordedAt: 0, entryHash: '', prevHash: prev, sections: sections.filter(isWhole) }
  return isSelected(selection, { ...toReadEntry(log, stored), recorded_at: recordedAt })
}

function isWhole<S extends object>(section: S): section is S & { readonly json: string } {
  return 'json' in section
}

/** All hashes of the tree, from the hashes that are stored with the entries; each entry's own is checked when it is exported. */
async function readTree(reader: LogExport['reader'], log: LogName, size: number, root: Uint8Array) {
  const tiles = new Map<string, Uint8Array>()
  const tree = new TileBuilder(sha256Into, ({ level, index }, hashes) => {
    tiles.set(`${level}/${index}`, hashes)
  })
  for await (const { entryHashes, count } of blocksOf(reader, log, size)) {
    for (let i = 0; i < count && tree.size < size; i++) tree.append(entryHashes, HASH_BYTES * i)
  }
  if (!equalBytes(tree.root(), root))
    throw new EvidenceError('proof_mismatch', 'The hashes that are stored do not lead to the checkpoint.')
  tree.finish()
  return (height: number, index: number) => {
    const slots = slotsOfSubtree(height, index)
    const tile = tiles.get(`${slots.level}/${slots.index}`)
    if (tile === undefined) throw new EvidenceError('incomplete', 'A tile of the tree is missing.')
    return subtreeFromTile(sha256Into, tile, slots)
  }
}

async function* blocksOf(reader: LogExport['reader'], log: LogName, size: number): AsyncGenerator<Block> {
  for (let seq = 0; seq < size; ) {
    for (const block of await reader.blocks(log, seq, 'oldest_first', ROWS_AT_ONCE)) {
      yield block
      seq = block.firstSeq + block.count
      if (seq >= size) return
    }
  }
}
