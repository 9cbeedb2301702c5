import { AppError, type ErrorCode, type LogName } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import type { Erasure } from '../access/tables/erasures-table.js'
import type { Evidence } from '../evidence/evidence.js'
import type { SearchIndex } from '../index/search-index.js'
import type { Indexing } from '../indexing/indexing.js'
import type { PlacedRows } from '../reading/reading-thread.js'
import type { Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import type { SelfAudit } from '../self-audit/self-audit.js'
import { certificateOf } from './certificate.js'
import { PolledWork } from './polled-work.js'
import { selectionOf } from './retention/plan.js'

/** What an erasure does, in this order. Each step may be done again: after a crash all of them are. */
export const ERASURE_STEPS = ['noted', 'journal', 'ledger', 'index', 'scrubbed', 'certified'] as const
export type ErasureStep = (typeof ERASURE_STEPS)[number]

export interface ErasuresSettings {
  readonly access: AccessStore
  readonly selfAudit: Pick<SelfAudit, 'settled'>
  readonly recorder: Pick<Recorder, 'erase' | 'scrub'>
  readonly evidence: Pick<Evidence, 'erase' | 'scrub' | 'certify' | 'waitFor' | 'of'>
  readonly reads: Pick<Reads, 'entry' | 'entries'>
  readonly indexer: Pick<Indexing, 'rewrite'>
  readonly index: Pick<SearchIndex, 'replace' | 'purge'>
  /** See the reading thread. */
  readonly indexRowsAt: (log: LogName, seqs: readonly number[]) => Promise<PlacedRows>
  readonly onError: (error: unknown) => void
  /** Told when a step of some erasure is done. */
  readonly onStep?: ((step: ErasureStep) => void) | undefined
}

/** Recording waits for these: some 50 ms where each lies in a row of its own. */
const JOURNAL_ENTRIES = 64
const LEDGER_ENTRIES = 256
/** Each replacement rewrites the parts of the index that it touches. */
const INDEX_ENTRIES = 8_192
/** Waits for a log that is frozen, or for a legal hold to be lifted. */
class Withheld extends Error {}
/** What cannot be erased until it was put back. */
const DAMAGED: ReadonlySet<string> = new Set<ErrorCode>(['damaged_journal', 'damaged_ledger'])
/** How long one that failed waits for somebody to mend what it met. */
const RETRY_MS = 60_000
const CHECKPOINT_WAIT_MS = 5_000
const CLOCKS_APART_MS = 300_000

/**
 * Carries out what was asked for, one erasure after the other: first the entry about it is in the log, then journal, ledger
 * and index lose what was named, then nothing of it is left in unused parts of files, and then it is certified. What a crash
 * cut short is done again from its first step: erasing what is erased changes nothing.
 */
export class Erasures extends PolledWork {
  readonly #settings: ErasuresSettings
  /** By the id of an erasure that failed, in performance.now(). */
  readonly #notBefore = new Map<string, number>()

  constructor(settings: ErasuresSettings) {
    super({ run: () => this.#runPending(), onError: settings.onError })
    this.#settings = settings
  }

  async #runPending(): Promise<void> {
    for (const erasure of await this.#settings.access.erasures.pending()) {
      if (this.isClosing) return
      if (performance.now() >= (this.#notBefore.get(erasure.id) ?? 0)) await this.#tryToCarryOut(erasure)
    }
  }

  /** One that meets a damaged entry is marked with the reason and tried again in a while; it does not hold up the others. */
  async #tryToCarryOut(erasure: Erasure): Promise<void> {
    const { access, onError } = this.#settings
    try {
      await this.#carryOut(erasure)
      this.#notBefore.delete(erasure.id)
    } catch (error) {
      const isDamage = error instanceof AppError && DAMAGED.has(error.code)
      if (!(isDamage || error instanceof Withheld) || this.isClosing) throw error
      this.#notBefore.set(erasure.id, performance.now() + RETRY_MS)
      const failure = (isDamage ? error.hint : undefined) ?? error.message
      if (erasure.failure === failure) return
      await access.transaction((access) => access.erasures.fail(erasure.id, failure))
      if (isDamage) onError(error)
    }
  }

  async #carryOut(erasure: Erasure): Promise<void> {
    const { access, selfAudit, reads, recorder, evidence, onStep } = this.#settings
    const { log, sections } = erasure
    await selfAudit.settled()
    const entry = await reads.entry(log, erasure.entryId)
    if (entry === undefined) throw new Error('the entry about an erasure is not in the log yet')
    if (erasure.cause === 'retention') await this.#requireLeave(erasure, entry.seq)
    onStep?.('noted')
    for (const seqs of this.#chunks(erasure, JOURNAL_ENTRIES)) await recorder.erase(log, seqs, sections)
    onStep?.('journal')
    for (const seqs of this.#chunks(erasure, LEDGER_ENTRIES)) await evidence.erase(log, seqs, sections)
    onStep?.('ledger')
    for (const seqs of this.#chunks(erasure, INDEX_ENTRIES)) await this.#replaceIndexed(log, seqs)
    onStep?.('index')
    await this.#scrub()
    onStep?.('scrubbed')
    if (this.isClosing) return
    await evidence.waitFor(log, entry.seq + 1, CHECKPOINT_WAIT_MS)
    const signed = evidence.of(log)
    if (signed === undefined) throw new Error('nothing is signed of the log yet')
    const carriedOutAt = access.now()
    const checkpoint = signed.size > entry.seq ? signed.note : undefined
    const certified = { erasure, origin: signed.origin, entry, checkpoint, carriedOutAt }
    const certificate = await evidence.certify(log, certificateOf(certified))
    if (certificate === undefined) throw new Error('nothing is signed of the log yet')
    await access.transaction((access) => access.erasures.finish(erasure.id, carriedOutAt, certificate))
    onStep?.('certified')
  }

  /** Nothing goes by a policy that is not signed, or that somebody holds since it was decided. Throws Withheld. */
  async #requireLeave({ log, runs, requestedAt }: Erasure, seq: number): Promise<void> {
    const { access, evidence, reads } = this.#settings
    if (!(await evidence.waitFor(log, seq + 1, CHECKPOINT_WAIT_MS))) {
      if (evidence.of(log)?.frozen === undefined)
        throw new Error('the entry about an erasure is not signed yet')
      throw new Withheld('The log is frozen: nothing goes by a policy before the entry about it is signed.')
    }
    const last = runs.at(-1)?.[1] ?? 0
    for (const hold of await access.retention.holds(log)) {
      // Those of before were looked at when it was decided; clocks of several processes are not quite the same.
      if (hold.liftedAt !== undefined || hold.madeAt < requestedAt - CLOCKS_APART_MS) continue
      for await (const entries of reads.entries(selectionOf(hold), 'oldest_first')) {
        const isHeld = entries.some((entry) =>
          runs.some(([from, to]) => from <= entry.seq && entry.seq <= to),
        )
        if (isHeld) throw new Withheld(`The legal hold "${hold.name}" was made before anything went.`)
        if ((entries.at(-1)?.seq ?? 0) > last) break
      }
    }
  }

  async #replaceIndexed(log: LogName, seqs: readonly number[]): Promise<void> {
    const { indexer, index, indexRowsAt } = this.#settings
    const { places, bytes } = await indexRowsAt(log, seqs)
    const rows = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    await indexer.rewrite(log, seqs[0] as number, () => index.replace(log, places, rows))
  }

  async #scrub(): Promise<void> {
    const { access, recorder, evidence, index } = this.#settings
    await index.purge()
    const scrubbed = [await recorder.scrub(), await evidence.scrub(), await access.scrub()]
    if (scrubbed.includes(false))
      throw new Error('readers kept the write-ahead log from being emptied; it is tried again')
  }

  *#chunks({ runs }: Erasure, size: number): Generator<readonly number[]> {
    let seqs: number[] = []
    for (const [first, last] of runs) {
      for (let seq = first; seq <= last; seq++) {
        if (this.isClosing) return
        seqs.push(seq)
        if (seqs.length < size) continue
        yield seqs
        seqs = []
      }
    }
    if (seqs.length > 0) yield seqs
  }
}
