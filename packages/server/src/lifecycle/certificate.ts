import { formatMicroseconds, type JsonObject } from '@counterfoil/core'
import { seqsDigest } from '../access/administration/erasures.js'
import type { Erasure } from '../access/tables/erasures-table.js'
import type { ReadEntry } from '../reading/read-entry.js'

/** What a certificate rests on. */
export interface CertifiedErasure {
  readonly erasure: Erasure
  /** Of the log. */
  readonly origin: string
  /** The entry about the erasure. */
  readonly entry: ReadEntry
  /** The newest signed checkpoint, which covers that entry; undefined while the log is frozen. */
  readonly checkpoint: string | undefined
  /** Milliseconds since 1970. */
  readonly carriedOutAt: number
}

/** What a certificate says: that an erasure was carried out. It is signed as a note by the log's key. */
export function certificateOf({
  erasure,
  origin,
  entry,
  checkpoint,
  carriedOutAt,
}: CertifiedErasure): JsonObject {
  const { id, sections, runs, entries, reason, legalBasis, requestedBy, requestedAt } = erasure
  return {
    certificate: 'counterfoil-erasure/v1',
    erasure_id: id,
    log: origin,
    entry: { id: entry.id, seq: entry.seq, entry_hash: entry.entry_hash },
    checkpoint: checkpoint ?? null,
    entries,
    sections: [...sections],
    seqs: runs.map(([first, last]) => [first, last]),
    seqs_digest: seqsDigest(runs),
    reason,
    legal_basis: legalBasis,
    requested_by: requestedBy as unknown as JsonObject,
    requested_at: formatMicroseconds(requestedAt * 1_000),
    carried_out_at: formatMicroseconds(carriedOutAt * 1_000),
  }
}
