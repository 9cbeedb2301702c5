import { AppError, type LogName, readSearch, SECTION_PATHS } from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { Erasure } from '../tables/erasures-table.js'
import type { Archived, LegalHold, Prune, RetentionPolicy, RetentionRun } from '../tables/retention-tables.js'
import { addArchiveOfGone } from './archives.js'
import { COUNTERFOIL, type Doer } from './doer.js'
import { addErasure, type NewErasure } from './erasures.js'
import { note } from './note.js'
import { archivedShape, policyShape } from './retention-shapes.js'

/** Nobody's retry comes later than this, and a clock is rarely further off. */
export const KEEP_DAYS_MIN = 1
const KEEP_DAYS_MAX = 36_500

/** Sets how long entries of a log are kept, with the entry about it. Throws `invalid_request`. */
export async function setRetentionPolicy(
  access: AccessStore,
  by: Doer,
  policy: RetentionPolicy,
): Promise<void> {
  requirePossible(policy)
  await access.transaction(async (access) => {
    const policies = await access.retention.policies(policy.log)
    const before = policies.find(({ category }) => category === policy.category)
    await access.retention.setPolicy(policy)
    await note(access, {
      ...aboutPolicy(policy.log, policy.category),
      action: 'retention_policy.set',
      by,
      ...(before === undefined ? {} : { before: policyShape(before) }),
      after: policyShape(policy),
    })
  })
}

/** Removes one. Throws `not_found`. */
export async function removeRetentionPolicy(
  access: AccessStore,
  by: Doer,
  log: LogName,
  category: string | null,
): Promise<void> {
  await access.transaction(async (access) => {
    const before = (await access.retention.policies(log)).find((policy) => policy.category === category)
    if (before === undefined) throw new AppError('not_found', { hint: 'There is no such retention policy.' })
    await access.retention.removePolicy(log, category)
    const about = aboutPolicy(log, category)
    await note(access, { ...about, action: 'retention_policy.removed', by, before: policyShape(before) })
  })
}

function aboutPolicy({ organization_id: organizationId, mode }: LogName, category: string | null) {
  return {
    organizationId,
    mode,
    severity: 'notice',
    resource: { type: 'retention_policy', id: category ?? 'all' },
  } as const
}

function requirePossible({ category, keepDays, keepBytes, removes }: RetentionPolicy): void {
  const refuse = (param: string, hint: string) => new AppError('invalid_request', { param, hint })
  if (keepDays === null && keepBytes === null)
    throw refuse(
      'keep_days',
      'Give "keep_days", "keep_bytes" or both. To keep everything, remove the policy.',
    )
  if (keepDays !== null && (keepDays < KEEP_DAYS_MIN || keepDays > KEEP_DAYS_MAX))
    throw refuse('keep_days', `"keep_days" is ${KEEP_DAYS_MIN} to ${KEEP_DAYS_MAX}.`)
  if (removes === 'entries' && category !== null)
    throw refuse(
      'removes',
      'Whole entries go from the beginning of a log alone, not of one category. Use "content" for a category.',
    )
}

export type NewHold = Pick<LegalHold, 'log' | 'name' | 'reason' | 'query'>

/** Makes a hold, with the entry about it: from the answer on nothing under it begins to go. Throws `invalid_search`. */
export async function makeHold(access: AccessStore, by: Doer, hold: NewHold): Promise<LegalHold> {
  readSearch(hold.query, access.now() * 1_000)
  const made = { ...hold, id: uuidV7(), madeBy: by.actor, madeAt: access.now() }
  await access.transaction(async (access) => {
    await access.retention.addHold(made)
    await note(access, { ...aboutHold(made), action: 'legal_hold.made', by })
  })
  return made
}

/** Lifts one, with the entry about it. Throws `not_found`. */
export async function liftHold(
  access: AccessStore,
  by: Doer,
  organizationId: string,
  id: string,
  reason: string,
): Promise<LegalHold> {
  return access.transaction(async (access) => {
    const hold = await access.retention.findHold(organizationId, id)
    if (hold === undefined || !(await access.retention.liftHold(id, access.now())))
      throw new AppError('not_found', { hint: 'There is no such legal hold, or it was lifted before.' })
    const { metadata, ...about } = aboutHold(hold)
    await note(access, {
      ...about,
      action: 'legal_hold.lifted',
      by,
      metadata: { ...metadata, reason_for_lifting: reason },
    })
    return { ...hold, liftedAt: access.now() }
  })
}

function aboutHold({ id, log, name, reason, query }: LegalHold) {
  return {
    organizationId: log.organization_id,
    mode: log.mode,
    severity: 'notice',
    resource: { type: 'legal_hold', id, label: name },
    metadata: { name, reason, query },
  } as const
}

/** Asks that what need not be kept any more goes now. */
export async function requestRetentionRun(
  access: AccessStore,
  by: Doer,
  log: LogName,
): Promise<RetentionRun> {
  const run = { id: uuidV7(), log, askedBy: by.actor, askedAt: access.now() }
  await access.transaction(async (access) => {
    await access.retention.addRun(run)
    await note(access, {
      organizationId: log.organization_id,
      mode: log.mode,
      action: 'retention.run_requested',
      by,
      resource: { type: 'retention_run', id: run.id },
    })
  })
  return run
}

export interface NewPrune {
  readonly log: LogName
  readonly from: number
  readonly to: number
  readonly root: string
  readonly lastHash: string
  readonly policy: RetentionPolicy
  readonly archived?: Archived
  /** Ids of the holds that were looked at: when there are others by now, nothing happens. */
  readonly holds: readonly string[]
}

/**
 * Commits that the beginning of a log is to go together with the entry about it, which says what must be left. Undefined when a hold
 * was made meanwhile. It is carried out once that entry is in the log and signed.
 */
export async function requestPrune(access: AccessStore, prune: NewPrune): Promise<Prune | undefined> {
  const { log, from, to, root, lastHash, policy, archived, holds } = prune
  return access.transaction(async (access) => {
    if (await isHeldByOthers(access, log, holds)) return undefined
    const id = uuidV7()
    const archive = archived === undefined ? null : archivedShape(archived)
    const entryId = await note(access, {
      organizationId: log.organization_id,
      mode: log.mode,
      action: 'log.prune',
      severity: 'notice',
      by: COUNTERFOIL,
      resource: { type: 'prune', id },
      metadata: { from, to, root, last_hash: lastHash, archive, policy: policyShape(policy) },
    })
    const requested = {
      ...{ id, log, entryId, from, to, root, lastHash, requestedAt: access.now() },
      ...(archived === undefined ? {} : { archived }),
    }
    await access.retention.addPrune(requested)
    if (archived !== undefined)
      await addArchiveOfGone(access, log, { ...archived, first: from, end: to, entries: to - from })
    return requested
  })
}

export interface NewExpiry extends Pick<NewErasure, 'log' | 'runs' | 'reason' | 'legalBasis' | 'archived'> {
  /** As in `NewPrune`. */
  readonly holds: readonly string[]
}

/**
 * Commits that entries are to lose all that they say, together with the entry about it and what was archived of them. Undefined when a
 * hold was made meanwhile.
 */
export async function requestExpiry(access: AccessStore, expiry: NewExpiry): Promise<Erasure | undefined> {
  const { log, runs, archived, holds } = expiry
  return access.transaction(async (access) => {
    if (await isHeldByOthers(access, log, holds)) return undefined
    const all = { ...expiry, sections: SECTION_PATHS, cause: 'retention' } as const
    const erasure = await addErasure(access, COUNTERFOIL, all)
    const [[first] = [0, 0], [, last] = [0, 0]] = [runs[0], runs.at(-1)]
    const { id: erasureId, entries } = erasure
    if (archived !== undefined)
      await addArchiveOfGone(access, log, { ...archived, first, end: last + 1, entries, erasureId })
    return erasure
  })
}

/** Whether a hold is there that was not looked at. */
async function isHeldByOthers(
  access: AccessRecords,
  log: LogName,
  known: readonly string[],
): Promise<boolean> {
  const holds = await access.retention.holds(log)
  return holds.some(({ id, liftedAt }) => liftedAt === undefined && !known.includes(id))
}
