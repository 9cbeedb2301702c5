import {
  bundlePath,
  bundlesOf,
  type Checkpoint,
  DisclosureScanner,
  decodeLeafInputs,
  decodeTile,
  EvidenceError,
  equalBytes,
  HASH_BYTES,
  malformed,
  TILE_WIDTH,
  type TilePlace,
  tilePath,
  tilesAcross,
  toHex,
  verifyConsistency,
} from '@counterfoil/core'
import type { Platform } from '../platform.js'
import type { Findings } from '../report.js'
import { type EvidenceSource, type LineReader, requireFile } from '../source.js'
import { AheadSource } from './ahead-source.js'
import { deletionOf } from './cover-line.js'
import { EntryWalker } from './entry-walker.js'

/** Entries between two calls of `onProgress`, and between two breaths for whoever shares the thread. */
const PROGRESS_ENTRIES = 256 * 16

/** Where a server discloses the entry about its last pruning, in the form of a line of disclosures. */
export const PRUNE_RECORD = 'prune-record'

/** Told now and then how many entries were walked, of how many. */
export type OnProgress = (entries: number, total: number) => void

/** What the verification of one log has at hand. */
export interface LogContext {
  readonly platform: Platform
  readonly source: EvidenceSource
  /** Its signature is verified already. */
  readonly checkpoint: Checkpoint
  /** A checkpoint that was kept, its signature verified as well. */
  readonly kept: Checkpoint | undefined
  readonly findings: Findings
  readonly onProgress: OnProgress
}

/** Which entries of a log there are. */
export interface LogExtent {
  /** The first, a multiple of 256. Those before were pruned, or do not belong to the part. */
  readonly start: number
  /** Of a part of a log: the entry after the last, and what leads from the tree up to it to the checkpoint. */
  readonly end?: { readonly size: number; readonly consistency: readonly Uint8Array[] }
}

/**
 * Walks a whole log from its first entry to the checkpoint: leaves, chain, tiles, root; and what the entries say, when
 * there are `lines` that disclose it.
 */
export async function walkLog(given: LogContext & LogExtent, lines: LineReader | undefined): Promise<void> {
  const { source, start } = given
  const size = given.end?.size ?? given.checkpoint.size
  if (start > size || size > given.checkpoint.size)
    throw malformed('The entries do not lie within what the checkpoint covers.')
  // A directory on disk answers at once.
  const context =
    source.open === undefined ? { ...given, source: new AheadSource(source, size, start) } : given
  const { platform, checkpoint, findings } = context
  const built: [place: TilePlace, hashes: Uint8Array][] = []
  const walked = { ...context, start: { size: start, prefixes: await readPrefixes(context, size) } }
  const walker = new EntryWalker(platform.sha256, walked, (place, hashes) => {
    built.push([place, hashes])
  })
  const rootOfStart = walker.root()
  await expectPruneRecord(context, walker, lines)
  for (const { index, width } of bundlesOf(size)) {
    if (index * TILE_WIDTH < start) continue
    if (!(await walkBundle(context, walker, lines, index, width))) return
    while (built.length > 0) await checkTile(context, ...built.shift()!)
  }
  if (lines !== undefined && (lines.hasLine || (await lines.fill())))
    findings.failed('content', {
      code: 'unexpected',
      detail: 'There are more lines than the log has entries.',
    })
  if (lines !== undefined) findings.passed('content')
  findings.passed('chain')
  const root = walker.root()
  walker.finish()
  while (built.length > 0) await checkTile(context, ...built.shift()!)
  if (leadsTo(context, root)) {
    findings.passed('tree')
    checkDeletions(context, walker, rootOfStart, lines !== undefined)
  } else {
    const detail = `The entries give the root ${toHex(root)}, the checkpoint has ${toHex(checkpoint.root)}.`
    findings.failed('tree', { code: 'proof_mismatch', detail })
  }
  if (context.kept !== undefined && context.kept.size > checkpoint.size)
    findings.failed('kept', {
      code: 'inconsistent',
      detail: `The checkpoint that was kept has ${context.kept.size} entries, this one only ${checkpoint.size}: the log was cut, or this export is older.`,
    })
  if (checkpoint.size === 0) checkKept(context, walker)
  if (context.kept !== undefined && context.kept.size < start)
    findings.note('The checkpoint that was kept covers pruned entries alone; it was not used.')
}

/** Whether the tree of the entries is under the checkpoint. */
function leadsTo({ platform, checkpoint, end }: LogContext & LogExtent, root: Uint8Array): boolean {
  if (end === undefined) return equalBytes(root, checkpoint.root)
  return verifyConsistency(platform.sha256, end.size, root, checkpoint.size, checkpoint.root, end.consistency)
}

/** What the tiles that are kept hold of what came before the first entry. The root tells whether it is right. */
async function readPrefixes(
  { source, start }: LogContext & LogExtent,
  size: number,
): Promise<readonly Uint8Array[]> {
  const prefixes: Uint8Array[] = []
  for (const { prefix, ...place } of tilesAcross(size, start))
    prefixes[place.level] = decodeTile(await requireFile(source, tilePath(place)), place.width).subarray(
      0,
      prefix * HASH_BYTES,
    )
  return Array.from(prefixes, (prefix) => prefix ?? new Uint8Array(0))
}

/** Where nothing is disclosed, the entry about pruning is disclosed apart. */
async function expectPruneRecord(
  { platform, source, start }: LogContext & LogExtent,
  walker: EntryWalker,
  lines: LineReader | undefined,
): Promise<void> {
  const record = start === 0 || lines !== undefined ? undefined : await source.read(PRUNE_RECORD)
  if (record === undefined) return
  const scanner = new DisclosureScanner()
  const body = new Uint8Array(HASH_BYTES)
  scanner.read(record)
  const deletion = deletionOf(scanner)
  scanner.hashBody(platform.sha256, body, 0)
  if (deletion !== undefined) walker.expect({ seq: scanner.seq, body: toHex(body), deletion })
}

/** What is gone must have been taken away with leave: an entry of the log says so. */
function checkDeletions(
  { findings, start, end }: LogContext & LogExtent,
  { coverage, prevOfStart }: EntryWalker,
  rootOfStart: Uint8Array,
  isDisclosed: boolean,
): void {
  if (end !== undefined) {
    findings.note(
      `This is a part of a log, its entries from ${start} to ${end.size - 1}. What comes before and after is not here.`,
    )
    return
  }
  if (start > 0) {
    const prune = coverage.pruneTo(start)
    if (prune?.root === toHex(rootOfStart) && prune.lastHash === prevOfStart) {
      findings.prunedBefore = start
      findings.note(
        `THE LOG WAS PRUNED: the entries before ${start} are gone, as the log itself records. It is verified from entry ${start} on.`,
      )
    } else {
      const detail = `It begins at entry ${start}. No entry of it says that it was pruned to there and leaves what is left.`
      findings.failed('tree', { code: 'unrecorded_prune', detail })
    }
  }
  const missing = isDisclosed ? coverage.unrecorded() : undefined
  if (missing === undefined) return
  const detail = `Its section ${missing.path} is gone, and no entry of the log says that it was erased.`
  findings.failed('content', { code: 'unrecorded_erasure', detail, seq: missing.seq })
}

/** Walks 256 entries. False when the rest cannot be walked. */
async function walkBundle(
  context: LogContext & LogExtent,
  walker: EntryWalker,
  lines: LineReader | undefined,
  index: number,
  width: number,
): Promise<boolean> {
  const { findings, checkpoint, source, start, onProgress } = context
  const path = bundlePath({ index, width })
  let inputs: Uint8Array[]
  try {
    inputs = decodeLeafInputs(await requireFile(source, path), width)
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    findings.failed('tree', { code: error.code, detail: error.detail, path })
    return false
  }
  for (const input of inputs) {
    checkKept(context, walker)
    if (lines === undefined) walker.walkLeaf(input)
    else if (lines.hasLine || (await lines.fill())) walker.walkEntry(input, lines)
    else {
      const detail = `The disclosures end before entry ${walker.size}.`
      findings.failed('content', { code: 'incomplete', detail, seq: walker.size })
      return false
    }
  }
  findings.entries = walker.size - start
  findings.firstSeq ??= index * TILE_WIDTH
  findings.lastSeq = walker.size - 1
  checkKept(context, walker)
  if (walker.size % PROGRESS_ENTRIES === 0) {
    onProgress(walker.size, checkpoint.size)
    await new Promise((resolve) => setTimeout(resolve))
  }
  return true
}

/** When as many entries were walked as the kept checkpoint covers, the root so far must be its root. */
function checkKept({ kept, findings }: LogContext, walker: EntryWalker): void {
  if (kept === undefined || kept.size !== walker.size || findings.isFailed('kept')) return
  if (equalBytes(walker.root(), kept.root)) findings.passed('kept')
  else
    findings.failed('kept', {
      code: 'inconsistent',
      detail: `The first ${kept.size} entries are not those under the checkpoint that was kept: history was rewritten.`,
    })
}

/** The tile in the bundle must be the one that the entries give. */
async function checkTile(
  { source, findings }: LogContext,
  place: TilePlace,
  hashes: Uint8Array,
): Promise<void> {
  const path = tilePath(place)
  const bytes = await source.read(path)
  if (bytes === undefined) {
    findings.failed('tree', { code: 'incomplete', detail: 'The tile is missing.', path })
    return
  }
  if (equalBytes(bytes, hashes)) return
  let slot = 0
  while (slot < place.width && equalBytes(at(bytes, slot), at(hashes, slot))) slot++
  const span = TILE_WIDTH ** place.level
  const first = (place.index * TILE_WIDTH + slot) * span
  findings.failed('tree', {
    code: 'proof_mismatch',
    detail: `The tile is not what the entries give, from its hash ${slot} on, which covers the entries from ${first} on.`,
    path,
    ...(place.level === 0 ? { seq: first } : {}),
  })
}

function at(hashes: Uint8Array, slot: number): Uint8Array {
  return hashes.subarray(slot * HASH_BYTES, (slot + 1) * HASH_BYTES)
}
