import { AppError, type JsonObject, type LogName } from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { AccessStore } from '../access-store.js'
import type { EpochAsked } from '../tables/epoch-requests-table.js'
import type { Doer } from './doer.js'
import { type Note, note } from './note.js'

/**
 * Asks that a log is begun anew, with an entry about it in the operators' own log; the log's own tells of it when it begins.
 * Throws `epoch_pending` while the one before has not begun.
 */
export async function requestEpoch(
  access: AccessStore,
  by: Doer,
  asked: Pick<EpochAsked, 'log' | 'origin' | 'reason' | 'keyCompromised'>,
): Promise<EpochAsked> {
  const { log, origin, reason, keyCompromised } = asked
  return access.transaction(async (access) => {
    const pending = await access.epochRequests.pending()
    if (pending.some((one) => one.log.organization_id === log.organization_id && one.log.mode === log.mode))
      throw new AppError('epoch_pending', {
        hint: 'The log is read as a whole first; look again in a while.',
      })
    const request = { ...asked, id: uuidV7(), askedBy: by.actor, askedAt: access.now() }
    await access.epochRequests.add(request)
    await note(access, {
      organizationId: (await access.tenants.platform()).id,
      action: 'epoch.requested',
      severity: 'critical',
      by,
      resource: aboutLog(log),
      metadata: { origin, reason, key_compromised: keyCompromised },
    })
    return request
  })
}

/** Notes that an epoch has begun, or why it has not, with an entry about it in the operators' own log. */
export async function endEpochRequest(
  access: AccessStore,
  request: EpochAsked,
  change: JsonObject | undefined,
): Promise<void> {
  const { log, askedBy, refusal } = request
  await access.transaction(async (access) => {
    await access.epochRequests.end(request, access.now())
    const platform = (await access.tenants.platform()).id
    const by = { actor: askedBy }
    if (refusal !== undefined)
      await note(access, {
        ...{ organizationId: platform, action: 'epoch.refused', by, resource: aboutLog(log) },
        ...{ outcome: 'failure', metadata: { refusal } },
      })
    else if (change !== undefined && log.organization_id !== platform)
      await note(access, { organizationId: platform, ...epochNote(log, by, change) })
  })
}

/** The entry that begins an epoch, and that the operators' own log has of it. `change` is its metadata. */
export function epochNote(
  { organization_id, mode }: LogName,
  by: Note['by'],
  change: JsonObject,
): Omit<Note, 'organizationId' | 'mode'> {
  return {
    action: 'log.epoch',
    severity: 'critical',
    by,
    resource: aboutLog({ organization_id, mode }),
    metadata: change,
  }
}

function aboutLog({ organization_id, mode }: LogName) {
  return { type: 'log', id: `${organization_id}/${mode}` }
}
