import { AppError, epochNumber } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import { endEpochRequest, epochNote } from '../access/administration/epochs.js'
import { noteBody } from '../access/administration/note.js'
import type { EpochAsked } from '../access/tables/epoch-requests-table.js'
import { type EpochChange, type Evidence, leftFor, type Soundness } from '../evidence/evidence.js'
import type { Indexing } from '../indexing/indexing.js'
import type { Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import { PolledWork } from './polled-work.js'

/** What a crash may come behind: nothing more is signed under the old name; the log has begun anew, which is not noted yet. */
export const EPOCH_STEPS = ['left', 'begun'] as const
export type EpochStep = (typeof EPOCH_STEPS)[number]

export interface EpochChangesSettings {
  readonly access: AccessStore
  readonly evidence: Pick<Evidence, 'planEpoch' | 'leave' | 'appended'>
  readonly reads: Pick<Reads, 'head' | 'entry'>
  readonly recorder: Pick<Recorder, 'beginEpoch'>
  readonly indexer: Pick<Indexing, 'appended'>
  readonly journal: {
    /** Recomputes all that is left of a log, behind everything else. */
    verify(log: EpochAsked['log'], range: object): Promise<Soundness>
    lastPosition(): Promise<number>
  }
  readonly onError: (error: unknown) => void
  /** Told after each step. */
  readonly onStep?: ((step: EpochStep) => void) | undefined
}

/**
 * Begins logs anew for which that was asked: it reads the whole log first, has nothing more signed under its old name, and then
 * records the entry that begins the next, which has the id of the request. A crash in between leaves a log that is asked for
 * still; by that entry it is known whether it has begun, and what is to be noted of it.
 */
export class EpochChanges extends PolledWork {
  readonly #settings: EpochChangesSettings

  constructor(settings: EpochChangesSettings) {
    super({ run: () => this.#runPending(), onError: settings.onError })
    this.#settings = settings
  }

  async #runPending(): Promise<void> {
    for (const request of await this.#settings.access.epochRequests.pending()) {
      if (this.isClosing) return
      await this.#carryOut(request)
    }
  }

  async #carryOut(request: EpochAsked): Promise<void> {
    const { access, reads, journal, recorder } = this.#settings
    const { log, origin, askedBy } = request
    const before = await reads.head(log)
    if (before !== undefined && before.origin !== origin) {
      await this.#endBegun(request, before.origin)
      return
    }
    const change = await this.#plan(request, await journal.verify(log, {}))
    if (typeof change === 'string') {
      await endEpochRequest(access, { ...request, refusal: change }, undefined)
      return
    }
    this.#settings.onStep?.('left')
    const epoch = epochNumber(change.new_origin) as number
    const { json } = noteBody(epochNote(log, { actor: askedBy }, change), request.id)
    await recorder.beginEpoch(log, epoch, json)
    this.#settings.onStep?.('begun')
    await this.#end(request, change)
  }

  /** Of a log that goes on under another name: since a crash of ours, or by somebody else who has told of it. */
  async #endBegun(request: EpochAsked, newOrigin: string): Promise<void> {
    const { access, reads } = this.#settings
    const change = (await reads.entry(request.log, request.id))?.metadata as EpochChange | undefined
    if (change === undefined) await endEpochRequest(access, { ...request, newOrigin }, undefined)
    else await this.#end(request, change)
  }

  async #end(request: EpochAsked, change: EpochChange): Promise<void> {
    const { access, journal, evidence, indexer } = this.#settings
    evidence.appended([request.log])
    indexer.appended(await journal.lastPosition(), [], [request.log])
    await endEpochRequest(access, { ...request, newOrigin: change.new_origin }, change)
  }

  /** What changes, once nothing more is signed under the old name; or why nothing does. */
  async #plan(
    { log, reason, keyCompromised, askedBy }: EpochAsked,
    soundness: Soundness,
  ): Promise<EpochChange | string> {
    const { evidence } = this.#settings
    const operator = askedBy.label ?? askedBy.id ?? 'unknown'
    const plan = () => evidence.planEpoch({ log, operator, reason, keyCompromised }, soundness)
    try {
      let change = await plan()
      if (change.frozen === null) {
        await evidence.leave(change)
        change = await plan()
      }
      // It was left by ourselves, now or before a crash: nothing else was wrong with it.
      return change.frozen === leftFor(change.new_origin) ? { ...change, frozen: null } : change
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'epoch_refused') throw error
      return error.hint ?? error.message
    }
  }
}
