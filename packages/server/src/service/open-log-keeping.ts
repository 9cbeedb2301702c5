import type { Logger } from 'pino'
import type { AccessStore } from '../access/access-store.js'
import type { Evidence } from '../evidence/evidence.js'
import type { Indexing } from '../indexing/indexing.js'
import { EpochChanges, type EpochStep } from '../lifecycle/epoch-changes.js'
import { KeyRotations } from '../lifecycle/key-rotations.js'
import type { ExportMethods } from '../reading/export-thread.js'
import type { ReadingMethods } from '../reading/reading-thread.js'
import type { Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import type { SelfAudit } from '../self-audit/self-audit.js'
import type { ThreadClient } from '../threads/thread-call.js'
import type { SoleWork } from './leading.js'

export interface KeptStores {
  readonly recorder: Recorder
  readonly evidence: Evidence
  readonly indexer: Indexing
  readonly reading: { readonly methods: ThreadClient<ReadingMethods> }
  readonly exporting: { readonly methods: ThreadClient<ExportMethods> }
}

export interface KeepingParts {
  readonly access: AccessStore
  readonly selfAudit: SelfAudit
  readonly reads: Reads
  readonly onEpochStep?: ((step: EpochStep) => void) | undefined
}

/** What operators ask for of logs: the signing keys and epochs that were asked for. */
export function openLogKeeping(
  logger: Logger,
  { recorder, evidence, indexer, reading, exporting }: KeptStores,
  { onEpochStep, ...parts }: KeepingParts,
): readonly SoleWork[] {
  return [
    new KeyRotations({
      ...{ ...parts, evidence },
      onError: (error) => logger.error({ err: error }, 'a log could not be given its next key yet'),
    }),
    new EpochChanges({
      ...{ ...parts, evidence, recorder, indexer },
      journal: { verify: exporting.methods.verify, lastPosition: reading.methods.lastPosition },
      onError: (error) => logger.error({ err: error }, 'a log could not be begun anew yet'),
      onStep: onEpochStep,
    }),
  ]
}
