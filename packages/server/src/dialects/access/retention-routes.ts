import type { JsonObject, LogName } from '@counterfoil/core'
import { archiveShape, requestArchive } from '../../access/administration/archives.js'
import {
  KEEP_DAYS_MIN,
  liftHold,
  makeHold,
  removeRetentionPolicy,
  requestRetentionRun,
  setRetentionPolicy,
} from '../../access/administration/retention.js'
import { holdShape, policyShape, pruneShape, runShape } from '../../access/administration/retention-shapes.js'
import { REMOVES } from '../../access/tables/retention-tables.js'
import {
  booleanMember,
  choiceMember,
  integerMember,
  momentMember,
  optional,
  textMember,
} from '../../http/members.js'
import { planShape } from '../../lifecycle/retention/plan-shape.js'
import { type AdminCall, type AdminRoute, adminRoute, listOf } from './admin-route.js'

/** What a policy for all categories is called in a path. */
const ALL = 'all'

export const RETENTION_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/retention',
    operationId: 'retrieveRetention',
    summary:
      "How long the log of the key's mode is kept, from which entry on it is, and what was done by that.",
    permission: 'retention.read',
    answer: 'Retention',
    handle: async (call) => {
      const { access, reads } = call
      const log = logOf(call)
      return {
        object: 'retention',
        mode: log.mode,
        min_index: (await reads.head(log))?.minIndex ?? 0,
        policies: (await access.retention.policies(log)).map(policyShape),
        holds: await activeHolds(call),
        runs: (await access.retention.runs(log)).map(runShape),
        prunes: (await access.retention.prunes(log)).map(pruneShape),
      }
    },
  }),
  adminRoute({
    method: 'PUT',
    path: '/v1/retention/policies',
    operationId: 'setRetentionPolicy',
    summary: 'Set how long entries are kept: all of them, or those of one category.',
    permission: 'retention.manage',
    members: {
      category: optional(
        textMember('Of these entries alone; all without a policy of their own when left out.', 100),
      ),
      keep_days: optional(integerMember('Entries older than this go.', KEEP_DAYS_MIN, 36_500)),
      keep_bytes: optional(
        integerMember(
          'The oldest entries go while the log takes more than this.',
          1,
          Number.MAX_SAFE_INTEGER,
        ),
      ),
      removes: choiceMember(
        'content: what entries say goes, and everything still verifies. entries: the oldest entries go as a whole.',
        REMOVES,
      ),
      archive: optional(
        booleanMember('Whether what goes is archived, and the archive verified, before it goes.'),
      ),
    },
    answer: 'RetentionPolicy',
    handle: async (call) => {
      const { access, by, members } = call
      const { category, keep_days, keep_bytes, removes, archive } = members
      const policy = {
        log: logOf(call),
        category: category ?? null,
        keepDays: keep_days ?? null,
        keepBytes: keep_bytes ?? null,
        removes,
        archive: archive ?? false,
      }
      if (policy.archive) call.retention.archives.requirePlace()
      await setRetentionPolicy(access, by, policy)
      return policyShape(policy)
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/retention/policies/{id}',
    operationId: 'removeRetentionPolicy',
    summary: 'Remove a policy, by its category or "all": what it let go is kept from now on.',
    permission: 'retention.manage',
    handle: async (call) => {
      await removeRetentionPolicy(call.access, call.by, logOf(call), call.id === ALL ? null : call.id)
      return undefined
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/retention/preview',
    operationId: 'previewRetention',
    summary: 'What would go now, how much, and which hold keeps what; nothing changes.',
    permission: 'retention.read',
    answer: 'RetentionPreview',
    handle: async (call) => planShape(logOf(call), await call.retention.preview(logOf(call))),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/retention/runs',
    operationId: 'runRetention',
    summary: 'Have what need not be kept go now, rather than within the hour.',
    permission: 'retention.manage',
    answer: 'RetentionRun',
    handle: async (call) => {
      const run = await requestRetentionRun(call.access, call.by, logOf(call))
      call.retention.kick()
      return runShape(run)
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/archives',
    operationId: 'listArchives',
    summary: "Parts of the log of the key's mode that were archived or are to be, the newest first.",
    permission: 'retention.read',
    answer: 'ArchiveList',
    handle: async (call) => listOf((await call.access.retention.archives(logOf(call))).map(archiveShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/archives',
    operationId: 'makeArchive',
    summary: 'Archive the entries of a period, with all that proves them; they stay in the log.',
    permission: 'retention.manage',
    members: {
      from_date: optional(momentMember('Entries recorded then or later; from the first when left out.')),
      to_date: optional(momentMember('Entries recorded until then; to the newest when left out.')),
    },
    answer: 'Archive',
    handle: async (call) => {
      const { from_date: from = null, to_date: to = null } = call.members
      call.retention.archives.requirePlace()
      const asked = { log: logOf(call), times: { from, to } }
      const archive = await requestArchive(call.access, call.by, asked)
      call.retention.archives.kick()
      return archiveShape(archive)
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/legal_holds',
    operationId: 'listLegalHolds',
    summary: "Legal holds over the log of the key's mode, lifted ones too, the newest first.",
    permission: 'retention.read',
    answer: 'LegalHoldList',
    handle: async (call) => listOf((await call.access.retention.holds(logOf(call))).map(holdShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/legal_holds',
    operationId: 'makeLegalHold',
    summary: 'Make a legal hold: nothing under it goes, whatever a policy says.',
    permission: 'retention.manage',
    members: {
      name: textMember('What it is called.', 100),
      reason: textMember('Why; it stands in the log for ever.', 1_000, 3),
      query: optional(
        textMember(
          'Search text that selects entries, as in `actor:ada since:2026-01-01`; every entry when left out.',
          4_000,
          0,
        ),
      ),
    },
    answer: 'LegalHold',
    handle: async (call) => {
      const { name, reason, query = '' } = call.members
      return holdShape(await makeHold(call.access, call.by, { log: logOf(call), name, reason, query }))
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/legal_holds/{id}/lift',
    operationId: 'liftLegalHold',
    summary: 'Lift a legal hold.',
    permission: 'retention.manage',
    members: { reason: textMember('Why; it stands in the log for ever.', 1_000, 3) },
    answer: 'LegalHold',
    handle: async ({ access, by, organization, id, members }) =>
      holdShape(await liftHold(access, by, organization.id, id, members.reason)),
  }),
]

function logOf({ organization, key }: Pick<AdminCall, 'organization' | 'key'>): LogName {
  return { organization_id: organization.id, mode: key.mode }
}

async function activeHolds(call: Pick<AdminCall, 'access' | 'organization' | 'key'>): Promise<JsonObject[]> {
  const holds = await call.access.retention.holds(logOf(call))
  return holds.filter(({ liftedAt }) => liftedAt === undefined).map(holdShape)
}
