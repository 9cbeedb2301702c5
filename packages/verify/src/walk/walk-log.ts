import {
  bundlePath,
  bundlesOf,
  type Checkpoint,
  decodeBundle,
  EvidenceError,
  equalBytes,
  HASH_BYTES,
  TILE_WIDTH,
  type TilePlace,
  tilePath,
  toHex,
} from '@counterfoil/core'
import type { Platform } from '../platform.js'
import type { Findings } from '../report.js'
import { type EvidenceSource, type LineReader, requireFile } from '../source.js'
import { AheadSource } from './ahead-source.js'
import { EntryWalker } from './entry-walker.js'

/** Entries between two calls of `onProgress`, and between two breaths for whoever shares the thread. */
const PROGRESS_ENTRIES = 256 * 16

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

/**
 * Walks a whole log from its first entry to the checkpoint: leaves, chain, tiles, root; and what the entries say, when
 * there are `lines` that disclose it.
 */
export async function walkLog(given: LogContext, lines: LineReader | undefined): Promise<void> {
  const { source } = given
  // A directory on disk answers at once.
  const context =
    source.open === undefined ? { ...given, source: new AheadSource(source, given.checkpoint.size) } : given
  const { platform, checkpoint, findings } = context
  const built: [place: TilePlace, hashes: Uint8Array][] = []
  const walker = new EntryWalker(platform.sha256, context, (place, hashes) => {
    built.push([place, hashes])
  })
  for (const { index, width } of bundlesOf(checkpoint.size)) {
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
  if (equalBytes(root, checkpoint.root)) findings.passed('tree')
  else {
    const detail = `The entries give the root ${toHex(root)}, the checkpoint has ${toHex(checkpoint.root)}.`
    findings.failed('tree', { code: 'proof_mismatch', detail })
  }
  if (context.kept !== undefined && context.kept.size > checkpoint.size)
    findings.failed('kept', {
      code: 'inconsistent',
      detail: `The checkpoint that was kept has ${context.kept.size} entries, this one only ${checkpoint.size}: the log was cut, or this export is older.`,
    })
  if (checkpoint.size === 0) checkKept(context, walker)
}

/** Walks 256 entries. False when the rest cannot be walked. */
async function walkBundle(
  context: LogContext,
  walker: EntryWalker,
  lines: LineReader | undefined,
  index: number,
  width: number,
): Promise<boolean> {
  const { findings, checkpoint, source, onProgress } = context
  const path = bundlePath({ index, width })
  let leaves: Uint8Array[]
  try {
    leaves = decodeBundle(await requireFile(source, path), width)
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    findings.failed('tree', { code: error.code, detail: error.detail, path })
    return false
  }
  for (const leaf of leaves) {
    checkKept(context, walker)
    if (lines === undefined) walker.walkLeaf(leaf)
    else if (lines.hasLine || (await lines.fill())) walker.walkEntry(leaf, lines)
    else {
      const detail = `The disclosures end before entry ${walker.size}.`
      findings.failed('content', { code: 'incomplete', detail, seq: walker.size })
      return false
    }
  }
  findings.entries = walker.size
  findings.firstSeq = 0
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
