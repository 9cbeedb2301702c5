import {
  type Epoch,
  encodeBase64,
  Frontier,
  HASH_BYTES,
  isEarlierEpoch,
  type JsonObject,
  type LogName,
  type SectionPath,
  TILE_WIDTH,
  toHex,
} from '@counterfoil/core'
import type { JournalReader, LogHead, LogStart } from '../journal/journal.js'
import { recomputeRoots } from '../journal/recompute-roots.js'
import { LogExtender } from '../ledger/extend-log.js'
import { frontierOf } from '../ledger/frontier-of.js'
import type { Ledger, LedgerReader } from '../ledger/ledger.js'
import { rootsBefore } from '../ledger/tiles-before.js'
import { sha256Into } from '../platform-hash.js'
import type { LogSigner } from '../signer/log-signer.js'
import type { Advance, DamagedHead, SignedHead } from '../signer/signer-store.js'
import { keyOf } from './log-key.js'

/** Where an entry is on its way to a signed checkpoint; each step is durable, or done, before the next begins. */
export const EVIDENCE_STEPS = ['root_computed', 'tiles_durable', 'signed', 'remembered', 'published'] as const
export type EvidenceStep = (typeof EVIDENCE_STEPS)[number]

/** What is known of a log's evidence, as the main thread and every answer tell it. */
export interface LogEvidence {
  readonly log: LogName
  readonly origin: string
  /** Entries under the checkpoint. */
  readonly size: number
  /** Root in base64, as in the checkpoint. */
  readonly root: string
  /** The signed checkpoint; undefined when what the signer remembers was changed. */
  readonly note: string | undefined
  readonly signedAtMs: number
  /** Of the key that signs the log; see `LogKeys`. */
  readonly generation: number
  /** Witnesses whose cosignatures the note carries. */
  readonly cosignedBy?: readonly string[]
  readonly frozen?: string
  /** What was signed last in epochs that have ended; left out when there are none. */
  readonly earlier?: readonly EarlierEpoch[]
}

/** What was signed last in an epoch that has ended. */
export interface EarlierEpoch {
  readonly origin: string
  readonly size: number
  /** Base64. */
  readonly root: string
  readonly note: string
  readonly generation: number
}

export interface KeeperParts {
  readonly journal: JournalReader
  readonly ledger: Ledger
  readonly ledgerReader: LedgerReader
  readonly signer: LogSigner
  /** Beginnings of reasons for which a log stays frozen, whatever is stored. */
  readonly heldReasons?: readonly string[]
  /** Told as soon as a step of some log is done. */
  readonly onStep?: (step: EvidenceStep) => void
}

export interface StartResult {
  readonly evidence: readonly LogEvidence[]
  /** Logs of which the journal has another size than was signed. */
  readonly grown: readonly LogName[]
}

export interface AdvanceResult {
  readonly evidence: readonly LogEvidence[]
  /** Logs that have grown by more than is done at a time. */
  readonly unfinished: readonly LogName[]
  /** What went wrong without telling anything about what is stored: to be tried again. */
  readonly failures: readonly { readonly log: LogName; readonly error: unknown }[]
}

export interface HeartbeatResult {
  readonly evidence: readonly LogEvidence[]
  /** Whether there are logs left that this round has not come to. */
  readonly more: boolean
}

/** Logs of one step of a round: 10 ms. */
const HEARTBEAT_LOGS = 64
/** Bundles that are looked at before rows are trimmed: 10 ms. */
const SOUND_BUNDLES = 32

/** Where a log got to by one step. */
type Outcome =
  | { readonly kind: 'signed'; readonly step: Advance; readonly more: boolean }
  | { readonly kind: 'unchanged'; readonly head: SignedHead; readonly more: boolean }

/**
 * Turns what the journal made durable into evidence, log by log: recomputes it from stored bytes, puts full tiles and bundles
 * into the ledger, and then has it signed. It may be killed between any two steps: each begins where the one before is durable.
 */
export class EvidenceKeeper {
  readonly #parts: KeeperParts
  readonly #extender: LogExtender
  /** Origins of logs that the round of signing idle logs again has yet to come to. */
  #round: string[] = []

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#extender = new LogExtender(parts.journal, parts.ledgerReader)
  }

  /**
   * What is known when the server starts. Each log's store is held against what was signed of it; a log that was frozen goes
   * on when the whole of what was signed is there again. There may be very many logs: nothing here asks for one of them alone, or
   * derives what nobody may ever ask for.
   */
  async start(): Promise<StartResult> {
    const { signer, journal } = this.#parts
    // In this order no log seems to have lost anything.
    await signer.reload()
    const heads = new Map((await journal.heads()).map((head) => [keyOf(head.log), head]))
    const evidence: LogEvidence[] = []
    for (const head of signer.newestHeads()) {
      const stored = heads.get(keyOf(head.log))
      if (hasEnded(head.origin, stored)) continue
      const behind = contradiction(head, stored)
      if (behind !== undefined) evidence.push(this.#toEvidence(await signer.freeze(head.origin, behind)))
      else if (head.frozen === undefined || this.#isHeldByWitness(head.frozen.reason))
        evidence.push(this.#toEvidence(head))
      else
        evidence.push(
          this.#toEvidence((await this.#isRestored(head, stored)) ? await signer.thaw(head.origin) : head),
        )
    }
    const grown = [...heads.values()].filter(({ log, size }) => signer.newestHead(log)?.size !== size)
    return { evidence: [...evidence, ...(await this.#damaged())], grown: grown.map(({ log }) => log) }
  }

  /** What is known now of logs that another process has signed, after it has. */
  async follow(heads: readonly (SignedHead | DamagedHead)[]): Promise<readonly LogEvidence[]> {
    const { signer } = this.#parts
    signer.takeIn(heads)
    const changed = new Set(heads.map(({ origin }) => origin))
    const evidence = signer
      .newestHeads()
      .filter(({ origin }) => changed.has(origin))
      .map((head) => this.#toEvidence(head))
    return heads.some((head) => 'damaged' in head) ? [...evidence, ...(await this.#damaged())] : evidence
  }

  /** Stops a log for a reason that was found elsewhere; undefined when nothing was ever signed of it. */
  async freeze(origin: string, reason: string): Promise<LogEvidence | undefined> {
    const { signer } = this.#parts
    await signer.refresh()
    if (signer.head(origin) === undefined) return undefined
    return this.#toEvidence(await signer.freeze(origin, reason))
  }

  /** What a witness has seen and we have not is not made good by our own books being in order. */
  #isHeldByWitness(reason: string): boolean {
    return (this.#parts.heldReasons ?? []).some((prefix) => reason.startsWith(prefix))
  }

  /** Brings these logs forward, each by a bounded step, and signs what was proven, all logs in one transaction. */
  async advance(logs: readonly LogName[]): Promise<AdvanceResult> {
    const { signer, onStep } = this.#parts
    await signer.refresh()
    const evidence: LogEvidence[] = []
    const unfinished: LogName[] = []
    const failures: { readonly log: LogName; readonly error: unknown }[] = []
    const steps: Advance[] = []
    await this.#beginNew(logs)
    for (const log of logs) {
      try {
        const outcome = await this.#advanceLog(log)
        if (outcome === undefined) continue
        if (outcome.more) unfinished.push(log)
        if (outcome.kind === 'signed') steps.push(outcome.step)
        else evidence.push(this.#toEvidence(outcome.head))
      } catch (error) {
        failures.push({ log, error })
      }
    }
    onStep?.('signed')
    await signer.commit(steps)
    onStep?.('remembered')
    for (const { to } of steps) evidence.push(this.#toEvidence(to))
    onStep?.('published')
    return { evidence: [...evidence, ...(await this.#damaged())], unfinished, failures }
  }

  /** Erases sections of entries from the ledger; after the journal, and never while a log is brought forward. */
  async erase(log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void> {
    const { journal, ledger } = this.#parts
    const epochs = await journal.epochsOf(log)
    for (const [i, { origin }] of epochs.slice(0, -1).entries())
      await ledger.erase(epochs.slice(0, i + 1), await this.#keptOf(log, origin, seqs), paths)
    await ledger.erase(epochs, seqs, paths)
  }

  /** Those of the entries that rest under the origin of an earlier epoch as well: what was lost of it has the same numbers. */
  async #keptOf(log: LogName, origin: string, seqs: readonly number[]): Promise<readonly number[]> {
    const { journal, ledgerReader } = this.#parts
    const size = await ledgerReader.size(origin)
    const entries = await journal.entriesAt(
      log,
      seqs.filter((seq) => seq < size),
    )
    const kept: number[] = []
    for (const { seq, entryHash } of entries) {
      const tile = await ledgerReader.tile(origin, 0, Math.floor(seq / TILE_WIDTH))
      if (toHex(tile, HASH_BYTES * (seq % TILE_WIDTH), HASH_BYTES) === entryHash) kept.push(seq)
    }
    return kept
  }

  /**
   * Where a log would begin if it were pruned to `minIndex`, a multiple of 256: proven by the ledger's tiles. Undefined when the
   * log cannot begin there, as the ledger does not hold it and 256 entries more, signed.
   */
  async startAt(log: LogName, minIndex: number): Promise<LogStart | undefined> {
    const { journal, ledgerReader, signer } = this.#parts
    const origin = await journal.originOf(log)
    const signed = signer.head(origin)
    const resting = Math.min(signed?.size ?? 0, await ledgerReader.size(origin))
    if (signed?.frozen !== undefined || minIndex % TILE_WIDTH !== 0 || minIndex + TILE_WIDTH > resting)
      return undefined
    const before = await journal.startOf(log)
    if (minIndex <= before.size) return before
    const tile = await ledgerReader.tile(origin, 0, minIndex / TILE_WIDTH - 1)
    const headHash = toHex(tile, HASH_BYTES * (TILE_WIDTH - 1), HASH_BYTES)
    return { size: minIndex, headHash, frontier: await frontierOf(ledgerReader, origin, minIndex) }
  }

  /** See `LedgerReader.bundleBytes`. */
  async bundleBytes(log: LogName): Promise<readonly number[]> {
    const { journal, ledgerReader } = this.#parts
    return ledgerReader.bundleBytes(await journal.originOf(log))
  }

  /** Takes bundles and tiles from the ledger; after the journal. See `Ledger.prune`. */
  async prune(log: LogName, minIndex: number, bundlesMax: number): Promise<number> {
    const { journal, ledger } = this.#parts
    let bundles = 0
    // Of an earlier epoch, what is left may have been recorded once more under the next.
    for (const { origin } of await journal.epochsOf(log))
      bundles += await ledger.prune(origin, minIndex, bundlesMax)
    return bundles
  }

  /** See `Ledger.shrink`. */
  shrink(): Promise<boolean> {
    return this.#parts.ledger.shrink()
  }

  /** See `LogSigner.rotateKey`. Undefined when the next key does not sign. */
  async rotateKey(
    log: LogName,
    rotation: { readonly generation: number; readonly overlapUntilMs: number },
  ): Promise<LogEvidence | undefined> {
    const head = await this.#parts.signer.rotateKey(await this.#parts.journal.originOf(log), rotation)
    return head !== undefined && head.generation > rotation.generation ? this.#toEvidence(head) : undefined
  }

  /** See `LogSigner.certify`. */
  async certify(log: LogName, content: JsonObject): Promise<string | undefined> {
    return this.#parts.signer.certify(await this.#parts.journal.originOf(log), content)
  }

  /** See `Ledger.scrub`. */
  scrub(): Promise<boolean> {
    return this.#parts.ledger.scrub()
  }

  /**
   * How many entries of a log may be trimmed from the journal: they are signed, and the ledger was seen just now to give them as
   * they were put. Looks at a bounded number of bundles beyond what was trimmed already. Throws `damaged_ledger`.
   */
  async soundSize(log: LogName): Promise<number> {
    const { journal, ledgerReader, signer } = this.#parts
    const stored = await journal.head(log)
    const signed = stored === undefined ? undefined : signer.head(stored.origin)
    if (stored === undefined || signed === undefined || signed.frozen !== undefined) return 0
    const resting = Math.min(signed.size, await ledgerReader.size(stored.origin))
    let index = Math.floor(Math.max(stored.trimmedSize, stored.minIndex) / TILE_WIDTH)
    const end = Math.min(Math.floor(resting / TILE_WIDTH), index + SOUND_BUNDLES)
    for (; index < end; index++) await ledgerReader.bundle(stored.origin, index)
    return index * TILE_WIDTH
  }

  /**
   * Signs logs that have not changed again, after another look at where each journal head is. A round over all logs takes as many
   * calls as it needs, each a bounded step, so that what is new never waits for what is old.
   */
  async heartbeat(): Promise<HeartbeatResult> {
    const { signer, journal } = this.#parts
    if (this.#round.length === 0) {
      await signer.refresh()
      this.#round = signer.newestHeads().map(({ origin }) => origin)
    }
    const evidence: LogEvidence[] = []
    const idle: SignedHead[] = []
    for (const origin of this.#round.splice(-HEARTBEAT_LOGS)) {
      const head = signer.head(origin)
      if (head === undefined || head.frozen !== undefined) continue
      const stored = await journal.head(head.log)
      if (hasEnded(head.origin, stored)) continue
      const behind = contradiction(head, stored)
      if (behind !== undefined) evidence.push(this.#toEvidence(await signer.freeze(head.origin, behind)))
      else if (stored?.size === head.size) idle.push(head)
    }
    const renewed = await signer.reaffirm(idle)
    for (const head of renewed) evidence.push(this.#toEvidence(head))
    return { evidence, more: this.#round.length > 0 }
  }

  /** Begins logs of which nothing is known anywhere, all of them in one transaction; each by itself would cost an fsync. */
  async #beginNew(logs: readonly LogName[]): Promise<void> {
    const { journal, signer, ledgerReader } = this.#parts
    const fresh: { readonly log: LogName; readonly origin: string }[] = []
    for (const log of logs) {
      if (signer.newestHead(log) !== undefined) continue
      const origin = await journal.originOf(log)
      const isDamaged = signer.damaged().some((head) => head.origin === origin)
      const { minIndex = 0 } = (await journal.head(log)) ?? {}
      if (!isDamaged && minIndex === 0 && (await ledgerReader.size(origin)) === 0) fresh.push({ log, origin })
    }
    // What goes wrong with one of them shows again when it is brought forward by itself, and fails by itself then.
    if (fresh.length > 1) await signer.beginAll(fresh).catch(() => signer.refresh())
  }

  async #advanceLog(log: LogName): Promise<Outcome | undefined> {
    const { journal, signer, ledger, ledgerReader, onStep } = this.#parts
    const stored = await journal.head(log)
    const origin = stored?.origin ?? (await journal.originOf(log))
    if (signer.damaged().some((head) => head.origin === origin)) return undefined
    const newest = signer.newestHead(log)
    if (newest !== undefined && isEarlierEpoch(origin, newest.origin))
      return this.#freeze(newest, contradiction(newest, stored) ?? 'The journal lost its epoch.')
    const known = signer.head(origin)
    if (known?.frozen !== undefined) return { kind: 'unchanged', head: known, more: false }
    if (known === undefined && newest !== undefined && newest.frozen === undefined)
      await signer.freeze(newest.origin, `It goes on as ${origin}.`)
    const resting = await ledgerReader.size(origin)
    const from = known ?? (await this.#begin(log, origin, stored, resting))
    if (known === undefined && resting > 0) {
      return this.#freeze(from, 'The ledger holds entries of this log, the signer has forgotten it.')
    }
    const behind = contradiction(from, stored)
    if (behind !== undefined) return this.#freeze(from, behind)
    // Nothing was recorded yet: somebody asked for the checkpoint of the empty log.
    if (stored === undefined) return { kind: 'unchanged', head: from, more: false }
    await this.#beginLedger(stored, resting)
    const { size, epochs } = stored
    const frontier = Frontier.restore(sha256Into, from.size, from.frontier)
    const extension = await this.#extender.extend({ log, origin, epochs, from, frontier, size })
    if (extension.kind === 'contradicted') {
      const { seq, reason, explanation } = extension.broken
      return this.#freeze(from, `Entry ${seq}: ${reason}, ${explanation}.`)
    }
    const { head, objects, ledgerSize } = extension
    if (head.size === size && toHex(frontier.root()) !== stored.root)
      return this.#freeze(from, 'The entries lead to another root than the journal keeps for them.')
    onStep?.('root_computed')
    if (objects.length > 0) await ledger.put(origin, ledgerSize, objects)
    onStep?.('tiles_durable')
    const more = head.size < size
    if (head.size === from.size) return { kind: 'unchanged', head: from, more }
    return { kind: 'signed', step: signer.sign(from, { ...head, frontier }), more }
  }

  /** Begins to sign a log; an epoch of one that was pruned begins where the log does. */
  async #begin(
    log: LogName,
    origin: string,
    stored: LogHead | undefined,
    resting: number,
  ): Promise<SignedHead> {
    const { journal, signer } = this.#parts
    if (resting > 0 || stored === undefined || !isNextOfPruned(stored)) return signer.begin(log, origin)
    const { size, headHash, frontier } = await journal.startOf(log)
    return signer.begin(log, origin, {
      size,
      headHash,
      frontier: Frontier.restore(sha256Into, size, frontier),
    })
  }

  /** What is left of the tree of pruned entries rests under the origin of the epoch before; the next one needs it, too. */
  async #beginLedger(stored: LogHead, resting: number): Promise<void> {
    if (resting > 0 || !isNextOfPruned(stored)) return
    const { ledger, ledgerReader } = this.#parts
    const { origin, minIndex, epochs } = stored
    const before = epochs.at(-2) as Epoch
    await ledger.begin(origin, minIndex, await rootsBefore(ledgerReader, before.origin, minIndex))
  }

  async #freeze({ origin }: SignedHead, reason: string): Promise<Outcome> {
    return { kind: 'unchanged', head: await this.#parts.signer.freeze(origin, reason), more: false }
  }

  /** Whether all that was signed of a log is stored, and all that follows follows from it: recomputed from its first entry. */
  async #isRestored({ log, size, root }: SignedHead, stored: LogHead | undefined): Promise<boolean> {
    if (stored === undefined) return size === 0
    const roots = await recomputeRoots(this.#parts.journal, log, stored.epochs, [size, stored.size])
    return roots?.map((one) => toHex(one)).join() === [toHex(root), stored.root].join()
  }

  #toEvidence(head: SignedHead): LogEvidence {
    const { log, origin, size, root, note, signedAtMs, generation, frozen } = head
    const { signer } = this.#parts
    const earlier = signer.earlierHeads(origin).map((ended) => ({
      origin: ended.origin,
      size: ended.size,
      root: encodeBase64(ended.root),
      note: ended.note,
      generation: ended.generation,
    }))
    return {
      log,
      origin,
      size,
      root: encodeBase64(root),
      note,
      signedAtMs,
      generation,
      ...(earlier.length === 0 ? {} : { earlier }),
      ...(frozen === undefined ? {} : { frozen: frozen.reason }),
    }
  }

  async #damaged(): Promise<LogEvidence[]> {
    const evidence: LogEvidence[] = []
    for (const { origin, damaged } of this.#parts.signer.damaged()) {
      const [organization_id = '', mode] = origin.split('/').slice(-3)
      const log: LogName = { organization_id, mode: mode === 'test' ? 'test' : 'live' }
      if (hasEnded(origin, await this.#parts.journal.head(log))) continue
      const unknown = { size: 0, root: '', note: undefined, signedAtMs: 0, generation: 0 }
      evidence.push({ log, origin, ...unknown, frozen: damaged })
    }
    return evidence
  }
}

/** Whether a log goes on under another origin than that under which its beginning was pruned. */
function isNextOfPruned({ minIndex, epochs }: LogHead): boolean {
  return minIndex > 0 && (epochs.at(-1) as Epoch).firstSeq >= minIndex
}

/** Whether the journal goes on under the origin of a later epoch. */
function hasEnded(origin: string, stored: LogHead | undefined): boolean {
  return stored !== undefined && isEarlierEpoch(origin, stored.origin)
}

/** Why what is stored cannot have grown out of what was signed; undefined when it may have. */
function contradiction({ origin, size, root }: SignedHead, stored: LogHead | undefined): string | undefined {
  if (stored === undefined) {
    return size === 0
      ? undefined
      : `A checkpoint of ${size} entries was signed; the journal has none of this log.`
  }
  if (stored.origin !== origin)
    return `Checkpoints were signed under ${origin}; the journal has this log as ${stored.origin}. It was put back to an earlier state.`
  if (stored.size < size)
    return `A checkpoint of ${size} entries was signed; the journal has ${stored.size}. It was put back to an earlier state, or lost what it had.`
  if (stored.size === size && stored.root !== toHex(root))
    return `The journal's tree of ${size} entries has another root than the one that was signed.`
  return undefined
}
