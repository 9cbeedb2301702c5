import { AppError, type LogName, MODES } from '@counterfoil/core'
import { requestEpoch } from '../../access/administration/epochs.js'
import { requestKeyRotation } from '../../access/administration/key-rotations.js'
import { booleanMember, integerMember, optional, textMember } from '../../http/members.js'
import { type AdminCall, type AdminRoute, adminRoute } from './admin-route.js'
import { epochShape, everyOrganization, LOG_LIST_PARAMETERS, logPage, logShape } from './platform-log-list.js'

const OVERLAP_DAYS = 30
const OVERLAP_DAYS_MAX = 365
const DAY_MS = 86_400_000
/** A walk that has found nothing: the whole log is read before an epoch begins, not while somebody waits. */
const NOT_WALKED = { broken: undefined, headMatches: undefined }

/** What operators do about the evidence of logs; never anything about what is in them. */
export const PLATFORM_LOG_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/platform/logs',
    operationId: 'listAllLogs',
    summary: 'Operators: every log, what is signed of it, whether it is frozen and why; frozen ones first.',
    permission: 'platform.logs.read',
    parameters: LOG_LIST_PARAMETERS,
    answer: 'PlatformLogList',
    handle: (call) => logPage(call, call.parameters),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/platform/logs/{id}',
    operationId: 'retrieveAnyLog',
    summary: 'Operators: one log, by organization and mode, as in acme.live.',
    permission: 'platform.logs.read',
    answer: 'PlatformLog',
    handle: async (call) => {
      const shape = await logShape(call, (await requireLog(call)).log)
      if (shape === undefined) throw noSuchLog()
      return shape
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/platform/logs/{id}/key_rotations',
    operationId: 'rotateLogKey',
    summary: 'Operators: give a log another signing key; the present one signs as well for a while.',
    permission: 'platform.logs.manage',
    members: {
      overlap_days: optional(
        integerMember('For how many days both sign; 30 when left out.', 0, OVERLAP_DAYS_MAX),
      ),
    },
    answer: 'KeyRotation',
    handle: async (call) => {
      const { log, name } = await requireLog(call)
      const keys = await call.evidence.keys(log)
      if (keys === undefined) throw noSuchLog()
      const overlapUntil = call.access.now() + (call.members.overlap_days ?? OVERLAP_DAYS) * DAY_MS
      await requestKeyRotation(call.access, call.by, { log, ...keys, overlapUntil })
      return {
        object: 'key_rotation',
        log: name,
        origin: keys.origin,
        old_vkey: keys.vkey,
        new_vkey: keys.newVkey,
        overlap_until: new Date(overlapUntil).toISOString(),
      }
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/platform/logs/{id}/epochs',
    operationId: 'beginEpoch',
    summary:
      'Operators: begin a frozen log anew, where what was lost cannot be put back. The whole log is read first.',
    permission: 'platform.logs.manage',
    members: {
      reason: textMember('Why; it stands in the log for ever.', 1_000, 10),
      key_compromised: optional(
        booleanMember('The log is not frozen, but its signing key is in other hands.'),
      ),
    },
    answer: 'EpochRequest',
    handle: async (call) => {
      const { log } = await requireLog(call)
      const { reason, key_compromised: keyCompromised = false } = call.members
      const known = call.evidence.of(log)
      if (known === undefined) throw noSuchLog()
      const operator = call.by.actor.label ?? 'unknown'
      // What is refused without reading the log is refused at once.
      await call.evidence.planEpoch({ log, operator, reason, keyCompromised }, NOT_WALKED)
      const origin = (await call.reads.head(log))?.origin ?? known.origin
      return epochShape(await requestEpoch(call.access, call.by, { log, origin, reason, keyCompromised }))
    },
  }),
]

/** The log that a path names, `<organization>.<mode>`; the organization by slug or id. */
async function requireLog({
  access,
  id,
}: Pick<AdminCall, 'access' | 'id'>): Promise<{ readonly log: LogName; readonly name: string }> {
  const dot = id.lastIndexOf('.')
  const mode = MODES.find((one) => one === id.slice(dot + 1))
  const organization = (await everyOrganization({ access })).find(
    (one) => one.slug === id.slice(0, dot) || one.id === id.slice(0, dot),
  )
  if (mode === undefined || organization === undefined) throw noSuchLog()
  return { log: { organization_id: organization.id, mode }, name: `${organization.slug}.${mode}` }
}

function noSuchLog(): AppError {
  return new AppError('not_found', {
    hint: 'There is no such log, or nothing was recorded in it yet. GET /v1/platform/logs lists them.',
  })
}
