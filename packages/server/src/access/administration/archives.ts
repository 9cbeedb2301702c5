import { AppError, formatMicroseconds, type JsonObject, type LogName } from '@counterfoil/core'
import { uuidV7 } from '../../journal/uuid.js'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { Archive } from '../tables/retention-tables.js'
import { COUNTERFOIL, type Doer } from './doer.js'
import { note } from './note.js'
import { archivedShape } from './retention-shapes.js'

/** Asks that a part of a log is archived, with the entry about it; nothing of the log goes. Throws `invalid_request`. */
export async function requestArchive(
  access: AccessStore,
  by: Doer,
  { log, times }: Pick<Archive, 'log' | 'times'>,
): Promise<Archive> {
  if (times.from !== null && times.to !== null && times.from > times.to)
    throw new AppError('invalid_request', { param: 'from_date', hint: '"from_date" is after "to_date".' })
  const archive = { id: uuidV7(), log, times, askedBy: by.actor, askedAt: access.now() }
  await access.transaction(async (access) => {
    await access.retention.addArchive(archive)
    await note(access, {
      ...aboutArchive(archive),
      action: 'archive.requested',
      by,
      metadata: { from_date: timeText(times.from), to_date: timeText(times.to) },
    })
  })
  return archive
}

/** Notes that an archive was made, or why it could not be, with the entry about it. */
export async function endArchive(access: AccessStore, archive: Archive): Promise<void> {
  const { made, failure } = archive
  await access.transaction(async (access) => {
    await access.retention.endArchive(archive, access.now())
    await note(access, {
      ...aboutArchive(archive),
      by: COUNTERFOIL,
      ...(made === undefined
        ? { action: 'archive.failed', outcome: 'failure', metadata: { failure: failure ?? '' } }
        : { action: 'archive.made', metadata: madeShape(made) }),
    })
  })
}

/** Notes the archive of what goes, inside of the transaction that commits that; the entry about it names the archive. */
export async function addArchiveOfGone(
  access: AccessRecords,
  log: LogName,
  made: NonNullable<Archive['made']>,
): Promise<void> {
  const id = uuidV7()
  const archive = { log, times: { from: null, to: null }, askedBy: COUNTERFOIL.actor, askedAt: access.now() }
  await access.retention.addArchive({ ...archive, id })
  await access.retention.endArchive({ ...archive, id, made }, access.now())
}

/** An archive as it is shown. */
export function archiveShape({
  id,
  log,
  times,
  askedBy,
  askedAt,
  made,
  failure,
  endedAt,
}: Archive): JsonObject {
  return {
    object: 'archive',
    id,
    mode: log.mode,
    status: endedAt === undefined ? 'pending' : made === undefined ? 'failed' : 'made',
    from_date: timeText(times.from),
    to_date: timeText(times.to),
    ...(made === undefined
      ? { from: null, to: null, entries: null, place: null, digest: null, bytes: null }
      : madeShape(made)),
    asked_by: askedBy.label ?? askedBy.id ?? null,
    asked_at: new Date(askedAt).toISOString(),
    archived_at: made === undefined ? null : new Date(made.archivedAt).toISOString(),
    failure: failure ?? null,
  }
}

function madeShape({ first, end, entries, ...archived }: NonNullable<Archive['made']>): JsonObject {
  return { from: first, to: end, entries: entries ?? end - first, ...archivedShape(archived) }
}

function aboutArchive({ id, log }: Pick<Archive, 'id' | 'log'>) {
  return {
    organizationId: log.organization_id,
    mode: log.mode,
    severity: 'notice',
    resource: { type: 'archive', id },
  } as const
}

function timeText(microseconds: number | null): string | null {
  return microseconds === null ? null : formatMicroseconds(microseconds)
}
