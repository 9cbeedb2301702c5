import { AppError, parseRfc3339 } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import type { LogEvidence } from '../../evidence/evidence.js'
import { readJsonMembers } from '../../http/json-body.js'
import { type RouteContext, requirePermission, sendJson } from '../../http/route.js'
import type { BrokenReason, ChainVerdict, VerifyRange } from '../../journal/journal.js'
import { pathsOf, requireEntityCaller } from './entity.js'
import { VERIFY_LIMIT_DEFAULT, VERIFY_LIMIT_MAX, VERIFY_MEMBERS } from './schema.js'

type Members = Readonly<Partial<Record<(typeof VERIFY_MEMBERS)[number], unknown>>>
type Range = VerifyRange & { readonly limit: number }

/**
 * `POST /v1/audit_log_entries/verify`: recomputes the hash chain of a range from what the disk holds. It changes
 * nothing, so an `Idempotency-Key` is not looked at: every request walks the chain as it is then.
 */
export function addVerify(server: FastifyInstance, context: RouteContext): void {
  for (const path of pathsOf('/audit_log_entries/verify')) {
    server.post(path, async (request, reply) => {
      const caller = await requireEntityCaller(context, request, 'audit:read')
      requirePermission(caller, 'entries.verify')
      const { log } = caller
      const range = readRange(readJsonMembers(request.body, VERIFY_MEMBERS))
      const { size = 0, minIndex = 0 } = (await context.reads.head(log)) ?? {}
      if (range.fromSeq !== undefined && range.fromSeq > size) {
        // Walking nothing would look like success.
        throw new AppError('invalid_request', {
          param: 'from_seq',
          hint: `The log has ${size} entries, so "from_seq" is at most ${size}.`,
        })
      }
      const { erasures, retention } = context.access
      const deletionEntries = [...(await erasures.entryIds(log)), ...(await retention.pruneEntryIds(log))]
      const verdict = await context.reads.verify(log, { ...range, deletionEntries })
      return sendJson(reply, 200, JSON.stringify(toVerification(verdict, minIndex, context.evidence.of(log))))
    })
  }
}

/** The vendor has four reasons. What its clients cannot know is told as the one that is nearest, and by name in `reason`. */
const VENDOR_REASONS: Readonly<Partial<Record<BrokenReason, BrokenReason>>> = {
  unrecorded_erasure: 'entry_hash_mismatch',
  unrecorded_prune: 'missing_row',
}

function toVerification(
  { walked, redacted, broken, firstSeq, lastSeq, nextSeq }: ChainVerdict,
  minIndex: number,
  evidence: Pick<LogEvidence, 'size' | 'root' | 'note'> | undefined,
): Readonly<Record<string, unknown>> {
  return {
    object: 'audit_chain_verification',
    verified: broken === undefined,
    chain_length: walked,
    broken_at: broken?.id ?? broken?.nearestId ?? null,
    broken_reason: broken === undefined ? null : (VENDOR_REASONS[broken.reason] ?? broken.reason),
    ...(broken === undefined
      ? {}
      : { broken_seq: broken.seq, reason: broken.reason, explanation: broken.explanation }),
    verified_from_seq: firstSeq ?? null,
    verified_to_seq: lastSeq ?? null,
    next_seq: nextSeq ?? null,
    redacted,
    pruned_before: minIndex,
    checkpoint: evidence?.note === undefined ? null : { size: evidence.size, root: evidence.root },
  }
}

function readRange(members: Members): Range {
  const from = readTime(members, 'from_date')
  const to = readTime(members, 'to_date')
  const fromSeq = readInteger(members, 'from_seq', 0, Number.MAX_SAFE_INTEGER)
  const toSeq = readInteger(members, 'to_seq', 0, Number.MAX_SAFE_INTEGER)
  refuseReversed('from_date', from, 'to_date', to)
  refuseReversed('from_seq', fromSeq, 'to_seq', toSeq)
  return {
    limit: readInteger(members, 'limit', 1, VERIFY_LIMIT_MAX) ?? VERIFY_LIMIT_DEFAULT,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(fromSeq === undefined ? {} : { fromSeq }),
    ...(toSeq === undefined ? {} : { toSeq }),
  }
}

function refuseReversed(
  fromName: string,
  from: number | undefined,
  toName: string,
  to: number | undefined,
): void {
  if (from === undefined || to === undefined || from <= to) return
  throw new AppError('invalid_request', { param: fromName, hint: `"${fromName}" is after "${toName}".` })
}

function readTime(members: Members, name: 'from_date' | 'to_date'): number | undefined {
  const value = members[name]
  if (value === undefined || value === null) return undefined
  const moment = typeof value === 'string' ? parseRfc3339(value) : undefined
  if (moment !== undefined) return moment.epochMicroseconds
  throw new AppError('invalid_request', {
    param: name,
    hint: `"${name}" must be an RFC 3339 time such as 2026-11-21T02:00:00Z.`,
  })
}

function readInteger(
  members: Members,
  name: 'limit' | 'from_seq' | 'to_seq',
  min: number,
  max: number,
): number | undefined {
  const value = members[name]
  if (value === undefined || value === null) return undefined
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  throw new AppError('invalid_request', {
    param: name,
    hint: `"${name}" must be a whole number from ${min} to ${max}.`,
  })
}
