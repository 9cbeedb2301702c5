import {
  AppError,
  type Epoch,
  EvidenceError,
  GENESIS_HASH,
  HASH_BYTES,
  openCheckpoint,
  originAt,
  parseVerifierKey,
  TILE_WIDTH,
  toHex,
} from '@counterfoil/core'
import type { JournalReader, LogHead, LogStart } from '../journal/journal.js'
import { recomputeRoots } from '../journal/recompute-roots.js'
import { ChainWalker } from '../journal/verify-chain.js'
import { frontierOf } from '../ledger/frontier-of.js'
import type { LedgerReader } from '../ledger/ledger.js'
import { tileRoot } from '../ledger/tile-tree.js'
import { sha256Into } from '../platform-hash.js'
import type { SignedHead } from '../signer/signer-store.js'
import { verifyEd25519 } from '../signer/signing-keys.js'

/** Something that is not as it was written, and where. */
export interface Finding {
  /** `journal`, `ledger` or `signer`. */
  readonly store: 'journal' | 'ledger' | 'signer'
  readonly place: string
  readonly problem: string
  /** How many entries were signed, where that is all that is wrong: the journal has fewer. */
  readonly signedSize?: number
}

export interface CheckedLog {
  readonly origin: string
  /** Epochs of the log up to the one with this origin. */
  readonly epochs: readonly Epoch[]
  /** The journal's, when this is the newest epoch of its log. */
  readonly head: LogHead | undefined
  /** An epoch that has ended: the journal goes on under another origin, and what was signed here is not continued. */
  readonly hasEnded: boolean
  readonly signed: SignedHead | undefined
  /** Verifier keys of the log, as text. */
  readonly vkeys: readonly string[]
}

export interface CheckParts {
  readonly journal: JournalReader
  readonly ledger: LedgerReader
  /** Told how many entries were read; each entry that is in the ledger is read twice. */
  readonly onProgress?: (entries: number) => void
}

/**
 * Reads everything that is stored of a log and recomputes it: the journal's chain, every bundle and tile of the ledger at every
 * level, the signed root and its signature. Goes on after a finding, to find the others.
 */
export async function checkLog(parts: CheckParts, log: CheckedLog): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  await checkJournal(parts, log, findings)
  await checkLedger(parts, log, findings)
  await checkSigned(parts, log, findings)
  return findings
}

async function checkJournal({ journal, onProgress }: CheckParts, { head }: CheckedLog, findings: Finding[]) {
  if (head === undefined) return
  const { broken, headMatches } = await journal.verify(
    head.log,
    onProgress === undefined ? {} : { onProgress },
  )
  if (broken !== undefined)
    findings.push({
      store: 'journal',
      place: `entry ${broken.seq}`,
      problem: `${broken.reason}: ${broken.explanation}`,
    })
  else if (head.size > 0 && headMatches !== true)
    findings.push({ store: 'journal', place: 'head', problem: 'The entries do not lead to the head.' })
  for (const problem of await journal.headProblems(head.log))
    findings.push({ store: 'journal', place: 'head', problem })
}

async function checkLedger(parts: CheckParts, log: CheckedLog, findings: Finding[]): Promise<void> {
  const { ledger, journal, onProgress } = parts
  const { origin, head, hasEnded } = log
  const size = await ledger.size(origin)
  if (size % TILE_WIDTH !== 0 || (size > (head?.size ?? 0) && !hasEnded)) {
    const problem = `It claims ${size} entries, the journal has ${head?.size ?? 0}.`
    findings.push({ store: 'ledger', place: 'size', problem })
    return
  }
  const minIndex = await ledger.minIndex(origin)
  const start = hasEnded
    ? await startOfEnded(ledger, origin, { size, minIndex }, findings)
    : head && (await journal.startOf(head.log))
  if (start === undefined || start.size !== minIndex) {
    const problem = `It begins at entry ${minIndex}, the journal at ${start?.size}.`
    findings.push({ store: 'ledger', place: 'size', problem })
    return
  }
  if (!hasEnded) await checkStart(ledger, origin, start, findings)
  await checkCount(ledger, origin, { size, minIndex }, findings)
  let prev = start.headHash
  for (let index = minIndex / TILE_WIDTH; index < size / TILE_WIDTH; index++) {
    prev = await checkBundle(ledger, log, index, prev, findings)
    onProgress?.((index + 1) * TILE_WIDTH)
  }
  let [first, tiles] = [minIndex / TILE_WIDTH, size / TILE_WIDTH]
  for (let level = 0; tiles > 0; level++) {
    await checkTiles(ledger, origin, { level, first, end: tiles }, findings)
    first = Math.floor(first / TILE_WIDTH)
    tiles = Math.floor(tiles / TILE_WIDTH)
  }
  if (size === 0 || head === undefined) return
  // Equal hashes at one place mean equal entries at all places before it.
  const [entry] =
    (await attempt(findings, 'journal', `entry ${size - 1}`, () =>
      journal.entriesAt(head.log, [size - 1]),
    )) ?? []
  if (entry !== undefined && entry.entryHash !== prev)
    findings.push({ store: 'ledger', place: `entry ${size - 1}`, problem: 'The journal has another one.' })
}

/** The journal knows where its own epoch begins; of one that has ended the ledger alone knows. */
async function startOfEnded(
  ledger: LedgerReader,
  origin: string,
  { size, minIndex }: { readonly size: number; readonly minIndex: number },
  findings: Finding[],
): Promise<LogStart | undefined> {
  const nothing = new Uint8Array(0)
  // Of one that was pruned as a whole no bundle is left that could follow anything.
  if (minIndex === 0 || minIndex === size)
    return { size: minIndex, headHash: GENESIS_HASH, frontier: nothing }
  const index = minIndex / TILE_WIDTH
  const first = await attempt(findings, 'ledger', `bundle ${index}`, () => ledger.bundle(origin, index))
  return first && { size: minIndex, headHash: toHex(first.prevHash), frontier: nothing }
}

/** What is kept of the tree of pruned entries is what the journal says that it was. */
async function checkStart(
  ledger: LedgerReader,
  origin: string,
  { size, frontier }: LogStart,
  findings: Finding[],
): Promise<void> {
  const kept = await attempt(findings, 'ledger', 'tiles', () => frontierOf(ledger, origin, size))
  if (kept === undefined || toHex(kept) === toHex(frontier)) return
  const problem = `What is left of the tree before entry ${size} is not what the journal says.`
  findings.push({ store: 'ledger', place: 'tiles', problem })
}

/** Nothing rests beside what the size says. */
async function checkCount(
  ledger: LedgerReader,
  origin: string,
  { size, minIndex }: { readonly size: number; readonly minIndex: number },
  findings: Finding[],
): Promise<void> {
  const tilesOf = (entries: number) => {
    let tiles = 0
    for (let full = entries / TILE_WIDTH; full > 0; full = Math.floor(full / TILE_WIDTH)) tiles += full
    return tiles
  }
  const bundles = (size - minIndex) / TILE_WIDTH
  const tiles = tilesOf(size) - tilesOf(minIndex)
  const found = await ledger.objects(origin)
  if (found.bundles === bundles && found.tiles === tiles) return
  const problem = `Entries ${minIndex} to ${size - 1} make ${bundles} bundles and ${tiles} tiles; there are ${found.bundles} and ${found.tiles}.`
  findings.push({ store: 'ledger', place: 'size', problem })
}

/** Recomputes a bundle; gives the hash of its last entry, as its tile has it. */
async function checkBundle(
  ledger: LedgerReader,
  { origin, epochs }: CheckedLog,
  index: number,
  prev: string,
  findings: Finding[],
): Promise<string> {
  const place = `bundle ${index}`
  const bundle = await attempt(findings, 'ledger', place, () => ledger.bundle(origin, index))
  if (bundle === undefined) return prev
  const broken = new ChainWalker(originAt(epochs), index * TILE_WIDTH, prev).walk(bundle, TILE_WIDTH)
  if (broken !== undefined) {
    const problem = `entry ${broken.seq}, ${broken.reason}: ${broken.explanation}`
    findings.push({ store: 'ledger', place, problem })
  }
  return toHex(bundle.entryHashes, HASH_BYTES * (TILE_WIDTH - 1), HASH_BYTES)
}

/** Each tile's root, and that tiles above the lowest hold the roots of those below. */
async function checkTiles(
  ledger: LedgerReader,
  origin: string,
  { level, first, end }: { readonly level: number; readonly first: number; readonly end: number },
  findings: Finding[],
): Promise<void> {
  for (let index = first; index < end; index++) {
    const place = `tile ${level}/${index}`
    const tile = await attempt(findings, 'ledger', place, () => ledger.tile(origin, level, index))
    const root = await attempt(findings, 'ledger', place, () => ledger.roots(origin, level, index, 1))
    if (tile === undefined || root === undefined) continue
    if (toHex(tileRoot(tile)) !== toHex(root))
      findings.push({ store: 'ledger', place, problem: 'Its root is not that of its hashes.' })
    if (level === 0) continue
    const below = await attempt(findings, 'ledger', place, () =>
      ledger.roots(origin, level - 1, index * TILE_WIDTH, TILE_WIDTH),
    )
    if (below !== undefined && toHex(below) !== toHex(tile))
      findings.push({ store: 'ledger', place, problem: 'Its hashes are not the roots of the tiles below.' })
  }
}

async function checkSigned(
  { journal }: CheckParts,
  { origin, epochs, head, hasEnded, signed, vkeys }: CheckedLog,
  findings: Finding[],
): Promise<void> {
  const found = (problem: string) => findings.push({ store: 'signer', place: 'checkpoint', problem })
  if (signed === undefined) {
    if (hasEnded) return
    if ((head?.size ?? 0) > 0) found('Nothing was signed of this log.')
    return
  }
  if (signed.frozen !== undefined && !hasEnded) found(`FROZEN: ${signed.frozen.reason}`)
  try {
    const keys = vkeys.map((vkey) => parseVerifierKey(sha256Into, vkey))
    const { size, root } = await openCheckpoint(verifyEd25519, Buffer.from(signed.note), origin, keys)
    if (size !== signed.size || toHex(root) !== toHex(signed.root))
      found('It says something else than the signer.')
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    found(error.message)
  }
  // What became of an epoch that has ended, the entry says that began the next.
  if (signed.size === 0 || hasEnded) return
  if (head === undefined || head.size < signed.size) {
    const problem = `${signed.size} entries were signed, the journal has ${head?.size ?? 0}.`
    findings.push({ store: 'signer', place: 'checkpoint', problem, signedSize: signed.size })
    return
  }
  const [root] = (await recomputeRoots(journal, head.log, epochs, [signed.size])) ?? []
  if (root === undefined || toHex(root) !== toHex(signed.root))
    found(`The first ${signed.size} entries lead to another root than the one that was signed.`)
}

/** What `read` gives; a finding when the store says that it is damaged. */
async function attempt<T>(
  findings: Finding[],
  store: Finding['store'],
  place: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    findings.push({ store, place, problem: error.hint ?? error.message })
    return undefined
  }
}
