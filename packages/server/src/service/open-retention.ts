import type { LogName } from '@counterfoil/core'
import type { Logger } from 'pino'
import type { AccessStore } from '../access/access-store.js'
import type { Archived } from '../access/tables/retention-tables.js'
import type { Evidence } from '../evidence/evidence.js'
import type { SearchIndex } from '../index/search-index.js'
import type { Indexing } from '../indexing/indexing.js'
import type { Erasures } from '../lifecycle/erasures.js'
import { type PruneStep, Prunes } from '../lifecycle/retention/prunes.js'
import { Retention } from '../lifecycle/retention/retention.js'
import type { ArchiveLocation } from '../proof-export/open-archive.js'
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
    },
    archive: place === undefined ? undefined : (log, end) => archive(stores, parts, place, log, end),
    onError: (error) => logger.error({ err: error }, 'what need not be kept could not go yet'),
  })
}

async function archive(
  { evidence, exporting }: RetainedStores,
  { access, reads }: RetentionParts,
  place: ArchiveLocation,
  log: LogName,
  end: number,
): Promise<Archived> {
  const { note, size, vkeys } = await evidence.require(log)
  const first = (await reads.head(log))?.minIndex ?? 0
  const name = `${log.organization_id}-${log.mode}-${first}-${end - 1}`
  const consistency = await reads.consistency(log, end, size)
  const request = {
    ...{ log, note, keys: vkeys.toReversed(), policy: evidence.policyFile(vkeys) },
    part: { end, consistency },
  }
  return { ...(await exporting.methods.archivePart(request, place, name)), archivedAt: access.now() }
}
