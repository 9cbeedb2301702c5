import {
  AppError,
  encodeBase64,
  epochNumber,
  isEarlierEpoch,
  type JsonObject,
  type LogName,
  toHex,
} from '@counterfoil/core'
import type { ChainVerdict, JournalReader, LogHead } from '../journal/journal.js'
import { frontierOf } from '../ledger/frontier-of.js'
import type { LedgerReader } from '../ledger/ledger.js'
import type { LogSigner } from '../signer/log-signer.js'

/** What an epoch leaves behind, and what it begins with. Members are those of the entry about it. */
export interface EpochChange extends JsonObject {
  readonly old_origin: string
  /** Entries that were signed under it, and their root in base64; null when what the signer remembers was changed or lost. */
  readonly old_size: number | null
  readonly old_root: string | null
  readonly new_origin: string
  /** Entries that are carried over: all that the journal has. */
  readonly carried_size: number
  readonly reason: string
  /** Why the log was frozen; null when it was not. */
  readonly frozen: string | null
  readonly operator: string
}

export interface EpochRequest {
  readonly log: LogName
  readonly operator: string
  readonly reason: string
  /** The log is sound, but its key is in other hands. */
  readonly keyCompromised: boolean
}

export interface EpochParts {
  readonly journal: Pick<JournalReader, 'head' | 'originOf' | 'startOf'>
  readonly ledger: Pick<LedgerReader, 'roots'>
  readonly signer: Pick<LogSigner, 'newestHeads' | 'damaged'>
  /** Recomputes all that is left of the log. */
  readonly verify: (log: LogName) => Promise<Soundness>
}

/** What a walk over a whole log found. */
export type Soundness = Pick<ChainVerdict, 'broken' | 'headMatches'>

const REASON_LENGTH_MIN = 10
const REASON_LENGTH_MAX = 1_000

/**
 * What beginning a log anew would change; changes nothing. Throws `epoch_refused` where there is a better way: a log that is not
 * frozen, or one in which what is left is damaged itself.
 */
export async function planEpoch(
  { journal, ledger, signer, verify }: EpochParts,
  { log, operator, reason, keyCompromised }: EpochRequest,
): Promise<EpochChange> {
  if (reason.trim().length < REASON_LENGTH_MIN || reason.length > REASON_LENGTH_MAX)
    throw new AppError('invalid_request', {
      param: 'reason',
      hint: `A reason has ${REASON_LENGTH_MIN} to ${REASON_LENGTH_MAX} characters: it stands in the log for ever.`,
    })
  const head = await journal.head(log)
  const old_origin = head?.origin ?? (await journal.originOf(log))
  const newest = signer.newestHeads().find((one) => sameLog(one.log, log))
  // An epoch that has begun and was not signed yet is not frozen.
  const signed = newest !== undefined && isEarlierEpoch(newest.origin, old_origin) ? undefined : newest
  const damaged = signer.damaged().find(({ origin }) => origin === old_origin)
  const frozen = damaged?.damaged ?? signed?.frozen?.reason ?? null
  if (frozen === null && !keyCompromised)
    throw refused(
      'The log is not frozen. Say so (--key-compromised, "key_compromised") if its key is in other hands.',
    )
  await requireSound(verify, log, head)
  if (head !== undefined && head.minIndex > 0) await requireRoots({ journal, ledger }, head)
  const numbers = [old_origin, signed?.origin, ...signer.damaged().map(({ origin }) => origin)]
    .filter((origin) => origin !== undefined)
    .filter((origin) => withoutNumber(origin) === withoutNumber(old_origin))
    .map((origin) => epochNumber(origin) ?? 0)
  const last = damaged === undefined ? signed : undefined
  return {
    // The one that verifiers know: where the journal lost an epoch of its own, the newest that was signed.
    old_origin: last?.origin ?? old_origin,
    old_size: last?.size ?? null,
    old_root: last === undefined ? null : encodeBase64(last.root),
    new_origin: `${withoutNumber(old_origin)}${1 + Math.max(...numbers)}`,
    carried_size: head?.size ?? 0,
    reason,
    frozen,
    operator,
  }
}

/** A tree is signed by recomputing it: what is damaged would freeze the new epoch as it froze the old one. */
async function requireSound(
  verify: EpochParts['verify'],
  log: LogName,
  head: LogHead | undefined,
): Promise<void> {
  if (head === undefined) return
  const { broken, headMatches } = await verify(log)
  if (broken === undefined && headMatches !== false) return
  const where = broken === undefined ? 'its head' : `entry ${broken.seq} (${broken.reason})`
  throw refused(
    `What is left of the log is damaged itself, at ${where}; no epoch can be signed over that. Restore a backup of the journal and the ledger from before the damage, and begin the epoch on that.`,
  )
}

/** The tree of the next origin begins with what is left of that of pruned entries, which must be what the journal says. */
async function requireRoots(
  { journal, ledger }: Pick<EpochParts, 'journal' | 'ledger'>,
  { log, origin, minIndex }: LogHead,
): Promise<void> {
  const { frontier } = await journal.startOf(log)
  const kept = await frontierOf(ledger, origin, minIndex).catch((error: unknown) => {
    if (error instanceof AppError) return undefined
    throw error
  })
  if (kept !== undefined && toHex(kept) === toHex(frontier)) return
  throw refused(
    `The log was pruned to entry ${minIndex}, and the ledger does not hold what is left of the tree before it. Restore a backup of the ledger.`,
  )
}

function withoutNumber(origin: string): string {
  return origin.slice(0, origin.lastIndexOf('/') + 1)
}

function sameLog(a: LogName, b: LogName): boolean {
  return a.organization_id === b.organization_id && a.mode === b.mode
}

function refused(hint: string): AppError {
  return new AppError('epoch_refused', { hint })
}
