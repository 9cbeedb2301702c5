import { setTimeout as delay } from 'node:timers/promises'
import { decodeBase64, Frontier, toHex, verifyConsistency } from '@counterfoil/core'
import type { AccessStore } from '../../access/access-store.js'
import type { Prune } from '../../access/tables/retention-tables.js'
import type { Evidence } from '../../evidence/evidence.js'
import type { SearchIndex } from '../../index/search-index.js'
import type { Indexing } from '../../indexing/indexing.js'
import type { LogStart } from '../../journal/journal.js'
import { sha256Into } from '../../platform-hash.js'
import type { Reads } from '../../reading/reads.js'
import type { Recorder } from '../../recording/recorder.js'
import type { SelfAudit } from '../../self-audit/self-audit.js'
import { requireWhole, selectionOf } from './plan.js'

/** What pruning does, in this order. Each step may be done again: after a crash all of them are. */
export const PRUNE_STEPS = ['noted', 'begun', 'index', 'ledger', 'journal', 'freed'] as const
export type PruneStep = (typeof PRUNE_STEPS)[number]

export interface PrunesSettings {
  readonly access: AccessStore
  readonly selfAudit: Pick<SelfAudit, 'settled'>
  readonly recorder: Pick<Recorder, 'prune' | 'scrub'>
  readonly evidence: Pick<Evidence, 'pruning' | 'scrub' | 'waitFor' | 'of'>
  readonly reads: Pick<Reads, 'entry' | 'head' | 'page' | 'consistency'>
  readonly indexer: Pick<Indexing, 'exclusively'>
  readonly index: Pick<SearchIndex, 'prune' | 'purge'>
  /** Told when a step of some pruning is done. */
  readonly onStep?: ((step: PruneStep) => void) | undefined
}

/** Rows and bundles in one transaction; recording waits for the first, signing for the other. */
const ROWS_AT_ONCE = 128
const BUNDLES_AT_ONCE = 64
const PAUSE_MS = 5
const CHECKPOINT_WAIT_MS = 10_000

/**
 * Takes the beginning of logs away. First the entry about it is in the log and signed; what it says is held against what is stored;
 * then the log begins later for every reader, and then index, ledger and journal lose what came before, and their files shrink.
 */
export class Prunes {
  readonly #settings: PrunesSettings
  #closing = false

  constructor(settings: PrunesSettings) {
    this.#settings = settings
  }

  open(): void {
    this.#closing = false
  }

  /** Ends after the step under way; the rest is done at the next start. */
  close(): void {
    this.#closing = true
  }

  /** Carries out what was committed, one after the other. */
  async runPending(): Promise<void> {
    for (const prune of await this.#settings.access.retention.pendingPrunes()) {
      if (this.#closing) return
      await this.#carryOut(prune)
    }
  }

  async #carryOut(prune: Prune): Promise<void> {
    const { access, selfAudit, reads, recorder, evidence, index, indexer, onStep } = this.#settings
    const { log, to } = prune
    await selfAudit.settled()
    const entry = await reads.entry(log, prune.entryId)
    if (entry === undefined) throw new Error('the entry about pruning is not in the log yet')
    if (!(await evidence.waitFor(log, entry.seq + 1, CHECKPOINT_WAIT_MS)))
      throw new Error('the entry about pruning is not signed yet')
    const begun = ((await reads.head(log))?.minIndex ?? 0) >= to
    if (!begun && (await this.#isHeld(prune))) {
      const stopped = { ...prune, stopped: 'A legal hold was made before anything went.' }
      await access.retention.endPrune(stopped, access.now())
      return
    }
    const start = await this.#provenStart(prune)
    onStep?.('noted')
    // From here on no reader sees what comes before, whatever becomes of us.
    await recorder.prune(log, start, 1)
    onStep?.('begun')
    await indexer.exclusively(() => index.prune(log, to))
    onStep?.('index')
    await this.#repeat(() => evidence.pruning.prune(log, to, BUNDLES_AT_ONCE), BUNDLES_AT_ONCE)
    onStep?.('ledger')
    await this.#repeat(() => recorder.prune(log, start, ROWS_AT_ONCE), ROWS_AT_ONCE)
    onStep?.('journal')
    while (!this.#closing && !(await evidence.pruning.shrink())) await delay(PAUSE_MS)
    const scrubbed = [await recorder.scrub(), await evidence.scrub()]
    await index.purge()
    if (scrubbed.includes(false)) throw new Error('readers kept a write-ahead log from being emptied')
    onStep?.('freed')
    if (this.#closing) return
    await access.retention.endPrune(prune, access.now())
  }

  /** Whether a hold is over something that would go: one that was made after the pruning was committed, then. */
  async #isHeld({ log, to }: Prune): Promise<boolean> {
    const { access, reads } = this.#settings
    for (const hold of await access.retention.holds(log)) {
      if (hold.liftedAt !== undefined) continue
      const query = { ...selectionOf(hold), order: 'oldest_first', limit: 1 } as const
      const page = requireWhole(await reads.page(query))
      if (page.entries.some(({ seq }) => seq < to)) return true
    }
    return false
  }

  /** Where the log will begin, if that is what was signed and what the entry says. */
  async #provenStart({ log, to, root, lastHash }: Prune): Promise<LogStart> {
    const { evidence, reads } = this.#settings
    const start = await evidence.pruning.startAt(log, to)
    const signed = evidence.of(log)
    const signedRoot = decodeBase64(signed?.root ?? '')
    if (start === undefined || signed === undefined || signedRoot === undefined || start.size < to)
      throw new Error('the ledger does not hold what must stay, signed')
    // Begun before a crash: it was proven then.
    if (start.size > to) return start
    const kept = Frontier.restore(sha256Into, to, start.frontier).root()
    const path = await reads.consistency(log, to, signed.size)
    const isSigned = verifyConsistency(sha256Into, to, kept, signed.size, signedRoot, path)
    if (isSigned && toHex(kept) === root && start.headHash === lastHash) return start
    throw new Error('what the entry about pruning says is not what is stored')
  }

  /** Repeats a step until it finds less than it may take. */
  async #repeat(step: () => Promise<number>, most: number): Promise<void> {
    while (!this.#closing && (await step()) >= most) await delay(PAUSE_MS)
    if (this.#closing) throw new Error('the server closes; it is gone on with at the next start')
  }
}
