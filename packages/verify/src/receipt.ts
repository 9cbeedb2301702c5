import {
  EvidenceError,
  HASH_BYTES,
  isEarlierEpoch,
  type Leaf,
  parseLeaf,
  parseTlogProof,
  type Sha256Into,
  verifyInclusion,
} from '@counterfoil/core'
import type { Platform } from './platform.js'
import { Findings, type Report } from './report.js'
import { openKept, openTrustedCheckpoint, type Trust } from './trust.js'

export interface ReceiptReport {
  readonly report: Report
  /** What the proven leaf says; undefined unless it is proven. */
  readonly leaf: Leaf | undefined
}

/**
 * Verifies a receipt: that the entry whose leaf it carries is in the log, at its place. What the entry says is not in a
 * receipt, only its body hash.
 */
export async function verifyReceipt(
  platform: Platform,
  bytes: Uint8Array,
  trust: Trust = {},
): Promise<ReceiptReport> {
  const findings = new Findings()
  let leaf: Leaf | undefined
  try {
    const { extra, index, path, checkpoint: note } = parseTlogProof(bytes)
    if (extra === undefined)
      throw new EvidenceError('incomplete', 'The receipt does not carry its leaf as extra data.')
    const claimed = parseLeaf(extra)
    const checkpoint = await openTrustedCheckpoint(platform, note, trust, { keys: [] }, findings)
    if (checkpoint !== undefined) {
      const isEarlier = isEarlierEpoch(claimed.log, checkpoint.origin)
      if (claimed.log !== checkpoint.origin && !isEarlier)
        throw new EvidenceError('wrong_origin', `The leaf belongs to the log ${JSON.stringify(claimed.log)}.`)
      if (claimed.seq !== index)
        throw new EvidenceError('wrong_content', `The leaf says seq ${claimed.seq}, the proof ${index}.`)
      const hash = leafHash(platform.sha256, extra)
      if (!verifyInclusion(platform.sha256, index, checkpoint.size, hash, path, checkpoint.root))
        throw new EvidenceError('proof_mismatch', 'The leaf is not under the root of the checkpoint.')
      if (isEarlier)
        findings.note(
          `The entry was recorded under ${claimed.log}. The log was begun anew since; verify an export of all of it to see why.`,
        )
      findings.passed('tree')
      findings.entries = 1
      findings.firstSeq = index
      findings.lastSeq = index
      leaf = claimed
      await noteKept(platform, trust, checkpoint, findings)
    }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    findings.failed('tree', { code: error.code, detail: error.detail })
  }
  const report = findings.report('receipt')
  return { report, leaf: report.verdict === 'verified' ? leaf : undefined }
}

/** SHA-256(0x00 || leaf). */
export function leafHash(sha256: Sha256Into, leaf: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + leaf.length)
  input.set(leaf, 1)
  const hash = new Uint8Array(HASH_BYTES)
  sha256(input, hash, 0)
  return hash
}

async function noteKept(
  platform: Platform,
  trust: Trust,
  checkpoint: { readonly origin: string; readonly size: number; readonly root: Uint8Array },
  findings: Findings,
): Promise<void> {
  const kept = await openKept(platform, trust, { keys: [] }, checkpoint.origin, findings)
  if (kept === undefined) return
  if (kept.size !== checkpoint.size || kept.origin !== checkpoint.origin) {
    findings.note(
      'The kept checkpoint is of another size than the receipt; only a server or an export can join them.',
    )
    return
  }
  if (kept.root.every((byte, i) => byte === checkpoint.root[i])) findings.passed('kept')
  else
    findings.failed('kept', {
      code: 'inconsistent',
      detail: `Two checkpoints of size ${kept.size} have different roots: the log has shown two histories.`,
    })
}
