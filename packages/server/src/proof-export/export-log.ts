import {
  AppError,
  type Checkpoint,
  type Disclosure,
  ErasureCoverage,
  EvidenceError,
  equalBytes,
  HASH_BYTES,
  type Json,
  type LogName,
  originAt,
  parseCheckpoint,
  parseNote,
  proveInclusion,
  readDeletion,
  type SectionPath,
  type Selection,
  type SeqSpan,
  slotsOfSubtree,
  subtreeFromTile,
  TILE_WIDTH,
  TileBuilder,
  type TileSink,
} from '@counterfoil/core'
import { type BundleSink, type BundleStart, BundleWriter, type Manifest } from '@counterfoil/verify'
import type { Block } from '../journal/block.js'
import type { JournalReader } from '../journal/journal.js'
import { sha256Into } from '../platform-hash.js'
import { EvidenceReader, type ProvenTree } from '../reading/evidence-reader.js'
import { isSelected, toReadEntry } from '../reading/read-entry.js'
import { type DisclosedEntry, disclosedEntries } from './disclosed-entries.js'

/** Rows read by one statement. */
const ROWS_AT_ONCE = 16

export interface LogExport {
  readonly reader: Pick<JournalReader, 'blocks' | 'epochsOf' | 'startOf' | 'originOf'>
  /** Asked for what is left of the tree of pruned entries, and for proofs of entries that are named. */
  readonly ledger: () => Promise<ProvenTree>
  readonly log: LogName
  /** The signed checkpoint that the export rests on. */
  readonly note: string
  /** Verifier keys of the log, the present one last. */
  readonly keys: readonly string[]
  readonly policy: string
  /** Chosen entries alone; `described` tells people how they were chosen. */
  readonly selection?: { readonly selection: Selection; readonly described: Json }
  /** Named entries alone, all of which are under the checkpoint. */
  readonly named?: { readonly spans: readonly SeqSpan[]; readonly described: Json }
  /** A part alone, from entry `first`, a multiple of 256, to before the entry `end`; and what leads from there to the checkpoint. */
  readonly part?: {
    readonly first: number
    readonly end: number
    readonly consistency: readonly Uint8Array[]
  }
  readonly onProgress?: (entries: number, total: number) => void
}

/**
 * Writes the evidence of a log, or of chosen entries of it, to `sink`. Entries that are not under the checkpoint yet are
 * left out. Throws `damaged_journal` rather than exporting what would not verify.
 */
export async function exportLog(settings: LogExport, sink: BundleSink): Promise<Manifest> {
  const { note, keys, policy, selection, named, part } = settings
  const described = (selection ?? named)?.described
  const checkpoint = new TextEncoder().encode(note)
  const start = await bundleStart(settings)
  const writer = new BundleWriter(
    {
      sha256: sha256Into,
      checkpoint,
      keys,
      policy,
      ...(described === undefined ? { start } : { selection: described }),
      ...(part === undefined ? {} : { end: { size: part.end, consistency: part.consistency } }),
    },
    sink,
  )
  const covered = parseCheckpoint(parseNote(checkpoint).text)
  try {
    if (named !== undefined) await writeNamed(settings, named.spans, covered, writer)
    else if (selection !== undefined)
      await writeSelected(settings, selection.selection, { ...covered, start }, writer)
    else await writeWhole(settings, { start, end: part?.end ?? covered.size }, writer)
    return await writer.finish()
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    throw new AppError('damaged_journal', {
      hint: 'What is stored is not what was signed. Run "counterfoil verify" to locate the damage and restore a backup.',
      cause: error,
    })
  }
}

/** Where the log, or the part of it, begins, and what its tiles hold of what comes before. */
async function bundleStart({ reader, ledger, log, part }: LogExport): Promise<BundleStart> {
  const size = part?.first ?? (await reader.startOf(log)).size
  const prefixes: Uint8Array[] = []
  const origin = await reader.originOf(log)
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const prefix = count % TILE_WIDTH
    prefixes.push(
      prefix === 0
        ? new Uint8Array(0)
        : await (await ledger()).roots(origin, level - 1, count - prefix, prefix),
    )
  }
  return { size, prefixes }
}

async function writeWhole(
  { reader, log, part, onProgress }: LogExport,
  { start, end }: { readonly start: BundleStart; readonly end: number },
  writer: BundleWriter,
): Promise<void> {
  const origins = originAt(await reader.epochsOf(log))
  const coverage = new ErasureCoverage()
  for await (const block of blocksOf(reader, log, start.size, end)) {
    for (const { leaf, disclosure } of disclosedEntries(origins, block)) {
      if (disclosure.seq < start.size || disclosure.seq >= end) continue
      coverDisclosure(coverage, disclosure)
      await writer.addToLog(leaf, disclosure)
    }
    onProgress?.(Math.min(end, block.firstSeq + block.count), end)
  }
  // What is erased while the export runs is recorded behind its checkpoint: it would not verify.
  if (part === undefined && coverage.unrecorded() !== undefined) {
    throw new AppError('damaged_journal', {
      hint: 'Something was erased while the export was made. Export again; if this comes again, run "counterfoil verify".',
    })
  }
}

function coverDisclosure(coverage: ErasureCoverage, { seq, sections }: Disclosure): void {
  const json = (path: SectionPath) => {
    const section = sections.find((one) => one.path === path)
    return section !== undefined && isWhole(section) ? section.json : undefined
  }
  for (const section of sections) if (!isWhole(section)) coverage.erased(seq, section.path)
  const event = json('/event')
  if (event === undefined || !event.startsWith('{"action":"log.')) return
  const deletion = readDeletion(event, json('/payload'))
  if (deletion !== undefined) coverage.add(deletion)
}

/** Two walks: the tree must be known before the first proof. It takes 32 bytes of memory an entry of the log. */
async function writeSelected(
  { reader, log, onProgress }: LogExport,
  selection: Selection,
  { origin, size, root, start }: Checkpoint & { readonly start: BundleStart },
  writer: BundleWriter,
): Promise<void> {
  const origins = originAt(await reader.epochsOf(log))
  const hashOf = await readTree(reader, log, { start, size, root })
  for await (const block of blocksOf(reader, log, start.size, size)) {
    for (const entry of disclosedEntries(origins, block)) {
      const { seq } = entry.disclosure
      if (seq < start.size || seq >= size || !isChosen(entry, log, selection)) continue
      await writer.addSelected(
        withProof(entry, origins(seq), origin, proveInclusion(sha256Into, hashOf, seq, size)),
      )
    }
    onProgress?.(Math.min(size, block.firstSeq + block.count), size)
  }
}

/** One walk over the rows of these entries; hashes of the tree are asked for as they are needed. */
async function writeNamed(
  { reader, ledger, log }: LogExport,
  spans: readonly SeqSpan[],
  { origin, size }: Checkpoint,
  writer: BundleWriter,
): Promise<void> {
  const origins = originAt(await reader.epochsOf(log))
  const pathOf = new EvidenceReader(reader, await ledger()).pathsIn(log, size)
  let at = 0
  /** Passes over what ends before `seq`. */
  const spanAt = (seq: number): SeqSpan | undefined => {
    while ((spans[at]?.[1] ?? seq) < seq) at++
    return spans[at]
  }
  for (let next = 0, span = spanAt(next); span !== undefined; span = spanAt(next)) {
    next = Math.max(next, span[0])
    for (const block of await reader.blocks(log, next, 'oldest_first', ROWS_AT_ONCE)) {
      for (const entry of disclosedEntries(origins, block)) {
        const { seq } = entry.disclosure
        if (seq < next || (spanAt(seq)?.[0] ?? size) > seq) continue
        await writer.addSelected(withProof(entry, origins(seq), origin, await pathOf(seq)))
      }
      next = block.firstSeq + block.count
    }
  }
}

function withProof(
  { disclosure, prev }: DisclosedEntry,
  ofEpoch: string,
  origin: string,
  path: readonly Uint8Array[],
): Disclosure {
  return { ...disclosure, inclusion: { ...(ofEpoch === origin ? {} : { log: ofEpoch }), prev, path } }
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
async function readTree(
  reader: LogExport['reader'],
  log: LogName,
  { start, size, root }: { readonly start: BundleStart; readonly size: number; readonly root: Uint8Array },
) {
  const tiles = new Map<string, Uint8Array>()
  const onTile: TileSink = ({ level, index }, hashes) => {
    tiles.set(`${level}/${index}`, hashes)
  }
  const tree = TileBuilder.resume(sha256Into, onTile, start.size, start.prefixes)
  for await (const { entryHashes, count, firstSeq } of blocksOf(reader, log, start.size, size)) {
    for (let i = Math.max(0, start.size - firstSeq); i < count && tree.size < size; i++)
      tree.append(entryHashes, HASH_BYTES * i)
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

async function* blocksOf(
  reader: LogExport['reader'],
  log: LogName,
  start: number,
  size: number,
): AsyncGenerator<Block> {
  for (let seq = start; seq < size; ) {
    for (const block of await reader.blocks(log, seq, 'oldest_first', ROWS_AT_ONCE)) {
      yield block
      seq = block.firstSeq + block.count
      if (seq >= size) return
    }
  }
}
