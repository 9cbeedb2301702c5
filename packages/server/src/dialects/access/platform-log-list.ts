import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError, CURSOR_REFUSALS, type JsonObject, type LogName } from '@counterfoil/core'
import type { EpochAsked } from '../../access/tables/epoch-requests-table.js'
import type { Organization } from '../../access/tables/organizations-table.js'
import { integerParameter, type ParameterValues, single, textParameter } from '../../http/parameters.js'
import type { AdminCall } from './admin-route.js'

// What operators see of logs: what is signed of each and what is under way, never what is in it.

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 200

export const LOG_LIST_PARAMETERS = {
  limit: integerParameter(`how many logs, 1 to ${LIMIT_MAX}.`, 1, LIMIT_MAX, LIMIT_DEFAULT),
  cursor: textParameter('`next_cursor` of the page before.'),
} as const

type Call = Pick<AdminCall, 'access' | 'evidence' | 'reads'>
type LogEvidence = ReturnType<Call['evidence']['all']>[number]

/** A log of which something is known. */
interface KnownLog {
  /** Organization and mode, as in acme.live. */
  readonly id: string
  readonly organization: Organization
  readonly known: LogEvidence
}

/**
 * A page of all logs: frozen ones first, then by name. Going on by cursor meets each log once, but for one that is frozen meanwhile:
 * it stands first from then on, and the next walk begins with it. Throws `invalid_cursor`.
 */
export async function logPage(
  call: Call,
  { limit, cursor }: ParameterValues<typeof LOG_LIST_PARAMETERS>,
): Promise<JsonObject> {
  const count = single('limit', limit) ?? LIMIT_DEFAULT
  const after = placeOfCursor(single('cursor', cursor))
  const found = firstAfter(after, await knownLogs(call), count + 1)
  const page = found.slice(0, count)
  const last = page.at(-1)
  const hasMore = found.length > count
  return {
    object: 'list',
    data: await shapesOf(call, page),
    has_more: hasMore,
    next_cursor: hasMore && last !== undefined ? Buffer.from(placeOf(last)).toString('base64url') : null,
  }
}

/** One log as the list has it; undefined for one of which nothing is known. */
export async function logShape(call: Call, log: LogName): Promise<JsonObject | undefined> {
  const known = (await knownLogs(call)).filter((one) => sameLog(one.known.log, log))
  return (await shapesOf(call, known))[0]
}

/** Every organization, the platform's own included. */
export async function everyOrganization({ access }: Pick<Call, 'access'>): Promise<readonly Organization[]> {
  return [...(await access.tenants.list()), await access.tenants.platform()]
}

async function knownLogs(call: Call): Promise<readonly KnownLog[]> {
  const organizations = new Map((await everyOrganization(call)).map((one) => [one.id, one]))
  return call.evidence.all().flatMap((known) => {
    const organization = organizations.get(known.log.organization_id)
    if (organization === undefined) return []
    return [{ id: `${organization.slug}.${known.log.mode}`, organization, known }]
  })
}

/** What the list is in order of; it never changes while a log stays as it is. */
function placeOf({ id, known }: KnownLog): string {
  return `${known.frozen === undefined ? 'sound' : 'frozen'} ${id}`
}

function placeOfCursor(cursor: string | undefined): string {
  if (cursor === undefined) return ''
  const place = Buffer.from(cursor, 'base64url').toString()
  if (/^(?:frozen|sound) \S+\.(?:live|test)$/.test(place)) return place
  throw new AppError('invalid_cursor', { param: 'cursor', hint: CURSOR_REFUSALS.malformed })
}

/** In one pass: nearly every log lies behind what is wanted, and sorting all of 100,000 would hold everybody up. */
function firstAfter(after: string, logs: readonly KnownLog[], count: number): readonly KnownLog[] {
  const first: { readonly place: string; readonly log: KnownLog }[] = []
  for (const log of logs) {
    const place = placeOf(log)
    if (place <= after || (first.length === count && place > (first.at(-1)?.place as string))) continue
    const at = first.findIndex((one) => one.place > place)
    first.splice(at < 0 ? first.length : at, 0, { place, log })
    if (first.length > count) first.pop()
  }
  return first.map(({ log }) => log)
}

/** Looked at without letting anybody else have the thread: some 10 ms. */
const LOGS_AT_ONCE = 64

async function shapesOf(
  { access, evidence, reads }: Call,
  logs: readonly KnownLog[],
): Promise<readonly JsonObject[]> {
  const failed = (await access.erasures.pending()).filter(({ failure }) => failure !== undefined)
  const rotations = await access.keyRotations.pending()
  const epochs = await access.epochRequests.all()
  const shapes: JsonObject[] = []
  for (const [i, { id, organization, known }] of logs.entries()) {
    // Deriving keys takes a while with many logs.
    if (i % LOGS_AT_ONCE === 0) await nextTurn()
    const { log, origin, size, note, signedAtMs, frozen } = known
    const isOfLog = (one: { readonly log: LogName }) => sameLog(one.log, log)
    // What is sound is signed within a second, so that its size need not be asked for.
    const head = frozen === undefined ? undefined : await reads.head(log)
    const epoch = epochs.find(isOfLog)
    shapes.push({
      object: 'platform_log',
      id,
      organization: { id: organization.id, slug: organization.slug, name: organization.name },
      mode: log.mode,
      origin,
      entries: head?.size ?? size,
      signed_entries: note === undefined ? null : size,
      signed_at: note === undefined ? null : new Date(signedAtMs).toISOString(),
      frozen: frozen ?? null,
      vkeys: [...evidence.vkeysOf(known)],
      rotation_pending: rotations.some(isOfLog),
      epoch_request: epoch === undefined ? null : epochShape(epoch),
      failed_erasures: failed.filter(isOfLog).length,
    })
  }
  return shapes
}

export function epochShape(asked: EpochAsked): JsonObject {
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

function sameLog(a: LogName, b: LogName): boolean {
  return a.organization_id === b.organization_id && a.mode === b.mode
}
