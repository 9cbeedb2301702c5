import {
  AppError,
  type ErasureCoverage,
  Frontier,
  mayRecordDeletion,
  type RecordedDeletion,
  readDeletion,
  type SectionPath,
  toHex,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { type Block, blockSections, isKept, type StoredSection } from './block.js'
import type { BrokenEntry, LogStart, StoredEntry } from './journal.js'

const decoder = new TextDecoder()

/** Takes in what is gone of an entry, and what it says was taken away. */
export function coverEntry(coverage: ErasureCoverage, seq: number, sections: readonly StoredSection[]): void {
  for (const section of sections) {
    if (!isKept(section)) coverage.erased(seq, section.path)
    else if (section.path === '/event' && mayRecordDeletion(section.json, 0)) {
      const deletion = deletionOf(sections)
      if (deletion !== undefined) coverage.add(deletion)
    }
  }
}

function deletionOf(sections: readonly StoredSection[]): RecordedDeletion | undefined {
  const text = (path: SectionPath) => {
    const section = sections.find((one) => one.path === path)
    return section === undefined || !isKept(section) ? undefined : decoder.decode(section.json)
  }
  const event = text('/event')
  return event === undefined ? undefined : readDeletion(event, text('/payload'))
}

/** Where entries that record deletions are looked for. */
export interface DeletionSource {
  readonly entryById: (id: string) => Promise<StoredEntry | undefined>
  /** Some blocks from the one that holds `seq` on. */
  readonly blocksFrom: (seq: number) => Promise<readonly Block[]>
  /** How many entries the log has. */
  readonly size: number
}

export interface WalkedPart {
  /** The log's, when the walk began there. */
  readonly start: LogStart | undefined
  /** The entry after the last that was walked. */
  readonly end: number
  /** See `VerifyRange`. */
  readonly deletionEntries: readonly string[]
}

/**
 * What is gone from a part of a log that was walked and no entry records, as `coverage` has it: first the walk itself, then the
 * entries that were named, then all that follows is asked. An erasure is always recorded later than what it takes away.
 */
export async function findUnrecorded(
  source: DeletionSource,
  coverage: ErasureCoverage,
  part: WalkedPart,
): Promise<BrokenEntry | undefined> {
  if (unrecorded(coverage, part) === undefined) return undefined
  for (const id of part.deletionEntries) {
    const entry = await source.entryById(id)
    const deletion = entry === undefined ? undefined : readStored(entry)
    if (deletion !== undefined) coverage.add(deletion)
  }
  let next = part.end
  while (next < source.size && unrecorded(coverage, part) !== undefined) {
    const blocks = await blocksOrNone(source, next)
    if (blocks.length === 0) break
    for (const block of blocks) {
      for (const sections of blockSections(block).entries) {
        const event = sections.find(({ path }) => path === '/event')
        if (event === undefined || !isKept(event) || !mayRecordDeletion(event.json, 0)) continue
        const deletion = deletionOf(sections)
        if (deletion !== undefined) coverage.add(deletion)
      }
      next = block.firstSeq + block.count
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return unrecorded(coverage, part)
}

/** What follows may be damaged itself, which is for its own verification to tell. */
async function blocksOrNone({ blocksFrom }: DeletionSource, seq: number): Promise<readonly Block[]> {
  try {
    return await blocksFrom(seq)
  } catch (error) {
    if (error instanceof AppError) return []
    throw error
  }
}

function readStored({ sections }: StoredEntry): RecordedDeletion | undefined {
  const text = (path: SectionPath) => sections.find((section) => section.path === path)?.json
  const event = text('/event')
  return event === undefined ? undefined : readDeletion(event, text('/payload'))
}

function unrecorded(coverage: ErasureCoverage, { start }: WalkedPart): BrokenEntry | undefined {
  if (start !== undefined && start.size > 0) {
    const prune = coverage.pruneTo(start.size)
    const broken = { seq: start.size, id: undefined, reason: 'unrecorded_prune' } as const
    if (prune === undefined) {
      const explanation = `the log begins at entry ${start.size}, and no entry of it says that what came before was pruned`
      return { ...broken, explanation }
    }
    const root = toHex(Frontier.restore(sha256Into, start.size, start.frontier).root())
    if (prune.root !== root || prune.lastHash !== start.headHash) {
      const explanation = 'what is kept of the tree before it is not what the entry about pruning says'
      return { ...broken, explanation }
    }
  }
  const missing = coverage.unrecorded()
  if (missing === undefined) return undefined
  const explanation = `its section ${missing.path} is gone, and no entry of the log says that it was erased`
  return { seq: missing.seq, id: undefined, reason: 'unrecorded_erasure', explanation }
}
