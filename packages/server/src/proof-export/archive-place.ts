import type { BundleSink, EvidenceSource } from '@counterfoil/verify'
import type { ArchivedPart } from './archive-part.js'

/** An archive in the making, or one that was kept before under the same name. */
export interface ArchiveDraft {
  /** False for one that is there already: it is verified again, and not written to. */
  readonly isNew: boolean
  readonly sink: BundleSink
  /** Reads what was written. */
  readonly source: EvidenceSource
  /** Makes it durable and complete, in one step. */
  keep(): Promise<ArchivedPart>
  /** Leaves nothing of a new one. */
  abandon(): Promise<void>
}

/** Where archives rest: a directory, or an object store. */
export interface ArchivePlace {
  draft(name: string): Promise<ArchiveDraft>
}
