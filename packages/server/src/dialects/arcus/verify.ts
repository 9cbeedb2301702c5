import { AppError, parseRfc3339 } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { readJsonMembers } from '../../http/json-body.js'
import { type RouteContext, requireCaller, requirePermission, sendJson } from '../../http/route.js'
import type { ChainVerdict, VerifyRange } from '../../journal/journal.js'

const LIMIT_DEFAULT = 1_000
const LIMIT_MAX = 10_000
const MEMBERS = ['from_date', 'to_date', 'limit'] as const

/** `POST /v1/audit_log_entries/verify`: recomputes the hash chain of a range from what the disk holds. */
export function addVerify(server: FastifyInstance, context: RouteContext): void {
  server.post('/v1/audit_log_entries/verify', async (request, reply) => {
    const caller = requireCaller(context, request, 'audit:read')
    requirePermission(caller, 'entries.verify')
    const { log } = caller
    const range = readRange(request.body)
    const verdict = await context.reads.verify(log, range)
    return sendJson(reply, 200, JSON.stringify(toVerification(verdict)))
  })
}

function toVerification({
  walked,
  broken,
  firstSeq,
  lastSeq,
}: ChainVerdict): Readonly<Record<string, unknown>> {
  return {
    object: 'audit_chain_verification',
    verified: broken === undefined,
    chain_length: walked,
    broken_at: broken?.id ?? null,
    broken_reason: broken?.reason ?? null,
    ...(broken === undefined ? {} : { broken_seq: broken.seq, explanation: broken.explanation }),
    verified_from_seq: firstSeq ?? null,
    verified_to_seq: lastSeq ?? null,
  }
}

function readRange(body: unknown): VerifyRange {
  const members = readJsonMembers(body, MEMBERS)
  const from = readTime(members, 'from_date')
  const to = readTime(members, 'to_date')
  return {
    limit: readLimit(members.limit),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
}

function readTime(
  members: Readonly<Record<string, unknown>>,
  name: 'from_date' | 'to_date',
): number | undefined {
  const value = members[name]
  if (value === undefined || value === null) return undefined
  const moment = typeof value === 'string' ? parseRfc3339(value) : undefined
  if (moment !== undefined) return moment.epochMicroseconds
  throw new AppError('invalid_request', {
    param: name,
    hint: `"${name}" must be an RFC 3339 time such as 2026-11-21T02:00:00Z.`,
  })
}

function readLimit(value: unknown): number {
  if (value === undefined || value === null) return LIMIT_DEFAULT
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= LIMIT_MAX)
    return value as number
  throw new AppError('invalid_request', {
    param: 'limit',
    hint: `"limit" must be a whole number from 1 to ${LIMIT_MAX}.`,
  })
}
