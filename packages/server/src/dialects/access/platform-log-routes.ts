import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError, type JsonObject, type LogName, MODES } from '@counterfoil/core'
import { requestEpoch } from '../../access/administration/epochs.js'
import { requestKeyRotation } from '../../access/administration/key-rotations.js'
import type { EpochAsked } from '../../access/tables/epoch-requests-table.js'
import type { Organization } from '../../access/tables/organizations-table.js'
import { booleanMember, integerMember, optional, textMember } from '../../http/members.js'
import { type AdminCall, type AdminRoute, adminRoute, listOf } from './admin-route.js'

const OVERLAP_DAYS = 30
const OVERLAP_DAYS_MAX = 365
const DAY_MS = 86_400_000
/** A walk that has found nothing: the whole log is read before an epoch begins, not while somebody waits. */
const NOT_WALKED = { broken: undefined, headMatches: undefined }

type Call = Pick<AdminCall, 'access' | 'evidence' | 'reads'>

/** What operators do about the evidence of logs; never anything about what is in them. */
export const PLATFORM_LOG_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/platform/logs',
    operationId: 'listAllLogs',
    summary: 'Operators: every log, what is signed of it, whether it is frozen and why; frozen ones first.',
    permission: 'platform.logs.read',
    answer: 'PlatformLogList',
    handle: async (call) => {
      const logs = await allLogs(call)
      return listOf([
        ...logs.filter(({ frozen }) => frozen !== null),
        ...logs.filter((log) => log.frozen === null),
      ])
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/platform/logs/{id}',
    operationId: 'retrieveAnyLog',
    summary: 'Operators: one log, by organization and mode, as in acme.live.',
    permission: 'platform.logs.read',
    answer: 'PlatformLog',
    handle: async (call) => {
      const { name } = await requireLog(call)
      const log = (await allLogs(call)).find(({ id }) => id === name)
      if (log !== undefined) return log
      throw noSuchLog()
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

async function everyOrganization({ access }: Pick<Call, 'access'>): Promise<readonly Organization[]> {
  return [...(await access.tenants.list()), await access.tenants.platform()]
}

interface PlatformLog extends JsonObject {
  readonly id: string
  readonly frozen: string | null
}

/** Looked at without letting anybody else have the thread: some 10 ms. */
const LOGS_AT_ONCE = 64

async function allLogs({ access, evidence, reads }: Call): Promise<readonly PlatformLog[]> {
  const organizations = new Map((await everyOrganization({ access })).map((one) => [one.id, one]))
  const isOf = (log: LogName) => (one: { readonly log: LogName }) =>
    one.log.organization_id === log.organization_id && one.log.mode === log.mode
  const failed = (await access.erasures.pending()).filter(({ failure }) => failure !== undefined)
  const rotations = await access.keyRotations.pending()
  const epochs = await access.epochRequests.all()
  const logs: PlatformLog[] = []
  for (const [i, known] of evidence.all().entries()) {
    // Deriving keys takes a while with many logs.
    if (i % LOGS_AT_ONCE === 0) await nextTurn()
    const { log, origin, size, note, signedAtMs, frozen } = known
    const organization = organizations.get(log.organization_id)
    if (organization === undefined) continue
    // What is sound is signed within a second, so that its size need not be asked for.
    const head = frozen === undefined ? undefined : await reads.head(log)
    const epoch = epochs.find(isOf(log))
    logs.push({
      object: 'platform_log',
      id: `${organization.slug}.${log.mode}`,
      organization: { id: organization.id, slug: organization.slug, name: organization.name },
      mode: log.mode,
      origin,
      entries: head?.size ?? size,
      signed_entries: note === undefined ? null : size,
      signed_at: note === undefined ? null : new Date(signedAtMs).toISOString(),
      frozen: frozen ?? null,
      vkeys: [...evidence.vkeysOf(known)],
      rotation_pending: rotations.some(isOf(log)),
      epoch_request: epoch === undefined ? null : epochShape(epoch),
      failed_erasures: failed.filter(isOf(log)).length,
    })
  }
  return logs.sort((a, b) => (a.id < b.id ? -1 : 1))
}

function epochShape(asked: EpochAsked): JsonObject {
  const { id, origin, reason, keyCompromised, askedBy, askedAt, newOrigin, refusal, endedAt } = asked
  return {
    object: 'epoch_request',
    id,
    status: endedAt === undefined ? 'pending' : refusal === undefined ? 'begun' : 'refused',
    origin,
    new_origin: newOrigin ?? null,
    reason,
    key_compromised: keyCompromised,
    refusal: refusal ?? null,
    asked_by: askedBy.label ?? askedBy.id ?? null,
    asked_at: new Date(askedAt).toISOString(),
    ended_at: endedAt === undefined ? null : new Date(endedAt).toISOString(),
  }
}
