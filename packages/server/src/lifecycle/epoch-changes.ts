import { AppError, epochNumber } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import { endEpochRequest, epochNote } from '../access/administration/epochs.js'
import { noteBody } from '../access/administration/note.js'
import type { EpochAsked } from '../access/tables/epoch-requests-table.js'
import type { EpochChange, Evidence, Soundness } from '../evidence/evidence.js'
import type { Indexing } from '../indexing/indexing.js'
import type { Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import { PolledWork } from './polled-work.js'

export interface EpochChangesSettings {
  readonly access: AccessStore
  readonly evidence: Pick<Evidence, 'planEpoch' | 'leave' | 'appended'>
  readonly reads: Pick<Reads, 'head'>
  readonly recorder: Pick<Recorder, 'beginEpoch'>
  readonly indexer: Pick<Indexing, 'appended'>
  readonly journal: {
    /** Recomputes all that is left of a log, behind everything else. */
    verify(log: EpochAsked['log'], range: object): Promise<Soundness>
    lastPosition(): Promise<number>
  }
  readonly onError: (error: unknown) => void
}

/**
 * Begins logs anew for which that was asked: it reads the whole log first, has nothing more signed under its old name, and then
 * records the entry that begins the next. A crash in between leaves a log that is asked for still, or one that has begun.
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
    const { access, reads, journal, recorder, evidence, indexer } = this.#settings
    const { log, origin, askedBy } = request
    const before = await reads.head(log)
    if (before !== undefined && before.origin !== origin) {
      await endEpochRequest(access, { ...request, newOrigin: before.origin }, undefined)
      return
    }
    const change = await this.#plan(request, await journal.verify(log, {}))
    if (typeof change === 'string') {
      await endEpochRequest(access, { ...request, refusal: change }, undefined)
      return
    }
    const epoch = epochNumber(change.new_origin) as number
    const { json } = noteBody(epochNote(log, { actor: askedBy }, change))
    await recorder.beginEpoch(log, epoch, json)
    evidence.appended([log])
    indexer.appended(await journal.lastPosition(), [], [log])
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
      const change = await plan()
      if (change.frozen !== null) return change
      await evidence.leave(change)
      return { ...(await plan()), frozen: null }
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'epoch_refused') throw error
      return error.hint ?? error.message
    }
  }
}
