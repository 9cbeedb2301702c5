import { AppError, type LogName } from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { AccessStore } from '../access-store.js'
import type { KeyRotation } from '../tables/key-rotations-table.js'
import type { Doer } from './doer.js'
import { note } from './note.js'

export interface NewKeyRotation {
  readonly log: LogName
  readonly origin: string
  /** Of the key that signs now. */
  readonly generation: number
  readonly vkey: string
  readonly newVkey: string
  readonly overlapUntil: number
}

/**
 * Commits the wish for another signing key together with the entry about it, which names the key. It signs once that entry is
 * in the log. Throws `key_rotation_pending` while the one before is not carried out.
 */
export async function requestKeyRotation(
  access: AccessStore,
  by: Doer,
  { log, origin, generation, vkey, newVkey, overlapUntil }: NewKeyRotation,
): Promise<KeyRotation> {
  return access.transaction(async (access) => {
    const pending = await access.keyRotations.pending()
    if (pending.some((one) => one.log.organization_id === log.organization_id && one.log.mode === log.mode))
      throw new AppError('key_rotation_pending', {
        hint: 'The log gets another key already: as soon as the server runs, and the log is not frozen.',
      })
    const entryId = await note(access, {
      organizationId: log.organization_id,
      mode: log.mode,
      action: 'log.key',
      severity: 'notice',
      by,
      resource: { type: 'log', id: `${log.organization_id}/${log.mode}` },
      metadata: {
        origin,
        old_vkey: vkey,
        new_vkey: newVkey,
        overlap_until: new Date(overlapUntil).toISOString(),
      },
    })
    const requestedAt = access.now()
    const rotation = { id: uuidV7(), log, entryId, generation, overlapUntil, requestedAt }
    await access.keyRotations.add(rotation)
    return rotation
  })
}
