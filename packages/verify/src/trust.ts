import {
  claimedOrigin,
  EvidenceError,
  encodeBase64,
  isEarlierEpoch,
  logKeysOf,
  meetsQuorum,
  openCheckpoint,
  type Policy,
  type SignedCheckpoint,
  type VerifiedSignature,
  type VerifierKey,
} from '@counterfoil/core'
import type { Platform } from './platform.js'
import type { Findings } from './report.js'

/** What whoever verifies trusts, and did not get from the evidence. */
export interface Trust {
  /** Keys of the log. */
  readonly keys?: readonly VerifierKey[]
  /** Logs, witnesses and how many of these it takes. */
  readonly policy?: Policy
  /** A signed checkpoint of the same log that was kept from another time. */
  readonly kept?: Uint8Array
  /** How old the newest cosignature may be: without that, an old state could be shown for ever. */
  readonly freshness?: { readonly maxAgeS: number; readonly nowMs: number }
}

/** How far the clock of a witness may run ahead of ours. */
const CLOCK_SKEW_S = 300

/** Keys that came with the evidence. They show that it fits together, and nothing about who made it. */
export interface OwnKeys {
  readonly keys: readonly VerifierKey[]
}

/**
 * Opens the checkpoint that the evidence rests on, and tells the findings of its signature and cosignatures. Undefined
 * when it cannot be believed; nothing it says may then be used.
 */
export async function openTrustedCheckpoint(
  platform: Platform,
  note: Uint8Array,
  trust: Trust,
  own: OwnKeys,
  findings: Findings,
): Promise<SignedCheckpoint | undefined> {
  try {
    const origin = claimedOrigin(note)
    const given = [
      ...(trust.keys ?? []),
      ...(trust.policy === undefined ? [] : logKeysOf(trust.policy, origin)),
    ]
    const isGiven = trust.keys !== undefined || trust.policy !== undefined
    const keys = (isGiven ? given : own.keys).filter(({ name }) => name === origin)
    findings.key = isGiven ? 'given' : keys.length > 0 ? 'from_the_evidence' : 'none'
    if (keys.length === 0) throw noKey(origin, isGiven ? [...(trust.keys ?? []), ...policyKeys(trust)] : [])
    const witnesses = trust.policy?.witnesses ?? []
    const checkpoint = await openCheckpoint(
      platform.verifyEd25519,
      note,
      origin,
      keys,
      witnesses.map(({ key }) => key),
    )
    findings.passed('signature')
    findings.origin = checkpoint.origin
    findings.size = checkpoint.size
    findings.root = encodeBase64(checkpoint.root)
    noteCosignatures(checkpoint, trust, findings)
    return checkpoint
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    findings.failed('signature', { code: error.code, detail: error.detail, path: 'checkpoint' })
    return undefined
  }
}

function policyKeys({ policy }: Trust): readonly VerifierKey[] {
  return policy?.logs.map(({ key }) => key) ?? []
}

function noKey(origin: string, given: readonly VerifierKey[]): EvidenceError {
  const earlier = given.find(({ name }) => isEarlierEpoch(name, origin))
  const detail = `No key was given for the log ${JSON.stringify(origin)}.`
  if (earlier === undefined) return new EvidenceError('not_signed', detail)
  return new EvidenceError(
    'not_signed',
    `${detail} The one that was given is for ${JSON.stringify(earlier.name)}: the log was begun anew since. Ask its operator why, and for the key of the new epoch.`,
  )
}

/**
 * Opens the checkpoint that was kept, which may be of an earlier epoch of the log; undefined when there is none, or it is none
 * of this log.
 */
export async function openKept(
  platform: Platform,
  trust: Trust,
  own: OwnKeys,
  origin: string,
  findings: Findings,
): Promise<SignedCheckpoint | undefined> {
  if (trust.kept === undefined) return undefined
  try {
    const claimed = claimedOrigin(trust.kept)
    const expected = isEarlierEpoch(claimed, origin) ? claimed : origin
    const given = [
      ...(trust.keys ?? []),
      ...(trust.policy === undefined ? [] : logKeysOf(trust.policy, expected)),
    ]
    const keys = given.length > 0 ? given : own.keys
    return await openCheckpoint(
      platform.verifyEd25519,
      trust.kept,
      expected,
      keys.filter(({ name }) => name === expected),
    )
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    findings.failed('kept', { code: error.code, detail: `The checkpoint that was kept: ${error.detail}` })
    return undefined
  }
}

function noteCosignatures(
  checkpoint: SignedCheckpoint,
  { policy, freshness }: Trust,
  findings: Findings,
): void {
  const cosignatures = checkpoint.signatures.filter(({ timeS }) => timeS !== undefined)
  if (freshness !== undefined) checkFreshness(cosignatures, freshness, findings)
  if (policy === undefined) return
  findings.cosigners = cosignatures.map(({ key, timeS }) => ({
    name: policy.witnesses.find((witness) => witness.key === key)?.name ?? key.name,
    at: new Date((timeS ?? 0) * 1000).toISOString(),
  }))
  if (policy.quorum === undefined) {
    findings.note('The policy asks for no witness, so none was counted.')
    return
  }
  const isMet = meetsQuorum(
    policy,
    cosignatures.map(({ key }) => key),
  )
  if (isMet) findings.passed('witnesses')
  else {
    const detail = `The quorum "${policy.quorum}" is not met by ${cosignatures.length} cosignatures.`
    findings.failed('witnesses', { code: 'quorum_not_met', detail, path: 'checkpoint' })
  }
}

function checkFreshness(
  cosignatures: readonly VerifiedSignature[],
  { maxAgeS, nowMs }: NonNullable<Trust['freshness']>,
  findings: Findings,
): void {
  const nowS = nowMs / 1_000
  const newest = Math.max(...cosignatures.map(({ timeS }) => timeS ?? 0))
  const fail = (detail: string) => findings.failed('witnesses', { code: 'stale', detail, path: 'checkpoint' })
  if (cosignatures.length === 0) fail('No witness that is trusted says when this was the newest state.')
  else if (newest > nowS + CLOCK_SKEW_S) fail('A cosignature is from the future.')
  else if (newest < nowS - maxAgeS)
    fail(`The newest cosignature is ${Math.round(nowS - newest)} s old; at most ${maxAgeS} s are allowed.`)
}
