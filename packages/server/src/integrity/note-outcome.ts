import type { AccessRecords } from '../access/access-store.js'
import { COUNTERFOIL } from '../access/administration/doer.js'
import { note } from '../access/administration/note.js'
import type { IntegrityCheck } from '../access/tables/integrity-table.js'
import type { BrokenReason } from '../journal/journal.js'

/** The first thing found wrong with a log. */
export interface Damage {
  readonly seq: number
  /** Of the entry, where it is known. */
  readonly id?: string | undefined
  readonly reason: BrokenReason | 'unreadable'
  /** For the operator: what was expected where. */
  readonly explanation: string
}

const EXPLANATION_LENGTH_MAX = 1_000

/**
 * Commits the entry about a check to the log that was checked. What is wrong with a log goes to the platform's own log,
 * too: the operator has to act, and may not read the customer's. Called inside of a transaction.
 */
export async function noteOutcome(
  access: AccessRecords,
  check: IntegrityCheck,
  damage: Damage | undefined,
): Promise<void> {
  const { log, walked, redacted, headHash, startedAt, finishedAt = startedAt } = check
  const noted = {
    organizationId: log.organization_id,
    mode: log.mode,
    by: COUNTERFOIL,
    resource: { type: 'log', id: `${log.organization_id}/${log.mode}` },
  } as const
  const metadata = { entries: walked, redacted, duration_ms: Math.max(0, finishedAt - startedAt) }
  if (damage === undefined) {
    await note(access, { ...noted, action: 'log.verified', metadata: { ...metadata, head_hash: headHash } })
    return
  }
  const failure = {
    ...noted,
    action: 'log.damaged',
    outcome: 'failure',
    severity: 'error',
    errorCode: damage.reason,
    metadata: {
      ...metadata,
      broken_seq: damage.seq,
      broken_id: damage.id ?? null,
      reason: damage.reason,
      explanation: damage.explanation.slice(0, EXPLANATION_LENGTH_MAX),
    },
  } as const
  await note(access, failure)
  const platformId = (await access.tenants.platform()).id
  if (platformId !== log.organization_id)
    await note(access, { ...failure, organizationId: platformId, mode: 'live' })
}
