import type { Logger } from 'pino'
import type { AccessStore } from '../access/access-store.js'
import type { Evidence } from '../evidence/evidence.js'
import type { SearchIndex } from '../index/search-index.js'
import type { Indexing } from '../indexing/indexing.js'
import type { Erasures } from '../lifecycle/erasures.js'
import { Archives } from '../lifecycle/retention/archives.js'
import { type PruneStep, Prunes } from '../lifecycle/retention/prunes.js'
import { Retention } from '../lifecycle/retention/retention.js'
import type { ExportMethods } from '../reading/export-thread.js'
import type { Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import type { SelfAudit } from '../self-audit/self-audit.js'
import type { Settings } from '../settings/settings.js'
import type { ThreadClient } from '../threads/thread-call.js'
import { archiveLocation } from './store-places.js'

export interface RetainedStores {
  readonly recorder: Recorder
  readonly evidence: Evidence
  readonly indexer: Indexing
  readonly search: { readonly index: SearchIndex }
  readonly exporting: { readonly methods: ThreadClient<ExportMethods> }
}

export interface RetentionParts {
  readonly access: AccessStore
  readonly selfAudit: SelfAudit
  readonly reads: Reads
  readonly erasures: Erasures
  readonly onPruneStep?: ((step: PruneStep) => void) | undefined
}

/** What lets go of entries that need not be kept. */
export function openRetention(
  settings: Settings,
  logger: Logger,
  stores: RetainedStores,
  parts: RetentionParts,
): Retention {
  const { access, reads, erasures } = parts
  const place = archiveLocation(settings)
  const { recorder, evidence, indexer, search } = stores
  const prunes = new Prunes({
    ...{ ...parts, recorder, evidence, indexer, index: search.index },
    onStep: parts.onPruneStep,
  })
  return new Retention({
    ...{ access, reads, evidence, erasures, prunes },
    plan: {
      reads,
      evidence: { of: (log) => evidence.of(log), bundleBytes: (log) => evidence.pruning.bundleBytes(log) },
      contents: {
        measure: (log) => stores.exporting.methods.measureContents(log),
        beginningOf: (log, bundle) => stores.exporting.methods.beginningOf(log, bundle),
      },
    },
    archives: new Archives({
      ...{ access, evidence, reads },
      write:
        place === undefined
          ? undefined
          : (request, name) => stores.exporting.methods.archivePart(request, place, name),
      onError: (error) => logger.error({ err: error }, 'an archive could not be made yet'),
    }),
    onError: (error) => logger.error({ err: error }, 'what need not be kept could not go yet'),
  })
}
