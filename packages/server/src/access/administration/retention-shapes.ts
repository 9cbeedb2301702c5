import type { JsonObject } from '@counterfoil/core'
import type { Archived, LegalHold, Prune, RetentionPolicy, RetentionRun } from '../tables/retention-tables.js'

/** A retention policy as it is shown and recorded. */
export function policyShape(policy: RetentionPolicy): JsonObject {
  const { log, category, keepDays, keepBytes, removes, archive } = policy
  return {
    object: 'retention_policy',
    mode: log.mode,
    category,
    keep_days: keepDays,
    keep_bytes: keepBytes,
    removes,
    archive,
  }
}

/** Where something was archived, as entries record it. */
export function archivedShape({ place, digest, bytes }: Archived): JsonObject {
  return { place, digest, bytes }
}

export function holdShape(hold: LegalHold): JsonObject {
  const { id, log, name, reason, query, madeBy, madeAt, liftedAt } = hold
  return {
    object: 'legal_hold',
    id,
    mode: log.mode,
    name,
    reason,
    query,
    made_by: madeBy.label ?? madeBy.id ?? null,
    made_at: timeText(madeAt),
    lifted_at: liftedAt === undefined ? null : timeText(liftedAt),
  }
}

export function pruneShape(prune: Prune): JsonObject {
  const { id, log, entryId, from, to, archived, requestedAt, endedAt, stopped } = prune
  return {
    object: 'prune',
    id,
    mode: log.mode,
    status: endedAt === undefined ? 'pending' : stopped === undefined ? 'carried_out' : 'stopped',
    from,
    to,
    entry_id: entryId,
    archive: archived === undefined ? null : { place: archived.place, digest: archived.digest },
    requested_at: timeText(requestedAt),
    ended_at: endedAt === undefined ? null : timeText(endedAt),
  }
}

export function runShape({ id, log, askedBy, askedAt, endedAt, outcome }: RetentionRun): JsonObject {
  return {
    object: 'retention_run',
    id,
    mode: log.mode,
    asked_by: askedBy.label ?? askedBy.id ?? null,
    asked_at: timeText(askedAt),
    ended_at: endedAt === undefined ? null : timeText(endedAt),
    outcome: outcome ?? null,
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
