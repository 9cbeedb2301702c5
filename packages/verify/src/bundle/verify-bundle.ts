import {
  decodeBase64,
  EvidenceError,
  HASH_BYTES,
  malformed,
  parseVerifierKey,
  type SignedCheckpoint,
  type VerifierKey,
} from '@counterfoil/core'
import type { Platform } from '../platform.js'
import { Findings, type Report } from '../report.js'
import { type EvidenceSource, LineReader, requireFile } from '../source.js'
import { type OwnKeys, openKept, openTrustedCheckpoint, type Trust } from '../trust.js'
import { type LogContext, type LogExtent, type OnProgress, walkLog } from '../walk/walk-log.js'
import { BUNDLE_FILES, disclosureFiles, type Manifest, parseManifest } from './manifest.js'
import { verifySelection } from './verify-selection.js'

/** A log has one more with each rotation, and others in each epoch. */
const KEYS_MAX = 256

export interface BundleOptions {
  readonly trust?: Trust
  readonly onProgress?: OnProgress
}

/** What the verification of one bundle has at hand. */
export interface BundleContext extends LogContext {
  readonly manifest: Manifest
}

/**
 * Verifies an export bundle: every entry it holds, the tree, the checkpoint, and its own counts. Throws only what its
 * source throws; whatever is wrong with the evidence is in the report.
 */
export async function verifyBundle(
  platform: Platform,
  source: EvidenceSource,
  { trust = {}, onProgress = () => {} }: BundleOptions = {},
): Promise<Report> {
  const findings = new Findings()
  let kind: Manifest['kind'] = 'log'
  try {
    const manifest = parseManifest(await requireFile(source, BUNDLE_FILES.manifest))
    kind = manifest.kind
    const note = await requireFile(source, BUNDLE_FILES.checkpoint)
    const own = await readOwnKeys(platform, source)
    const checkpoint = await openTrustedCheckpoint(platform, note, trust, own, findings)
    if (checkpoint !== undefined) {
      checkManifest(manifest, checkpoint, findings)
      const kept = await openKept(platform, trust, own, checkpoint.origin, findings)
      const context = { platform, source, manifest, checkpoint, kept, findings, onProgress }
      await (kind === 'selection'
        ? verifySelection(context)
        : walkLog({ ...context, ...extentOf(manifest) }, new LineReader(disclosureFiles(source))))
      checkCounts(manifest, findings)
    }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    findings.failed('content', { code: error.code, detail: error.detail })
  }
  noteKey(findings)
  return findings.report(kind)
}

/** Where the entries of a bundle begin and end, as it claims; the walk holds it against the tree. */
function extentOf({ kind, min_index: start = 0, last_seq: last, consistency = [] }: Manifest): LogExtent {
  if (kind !== 'part') return { start }
  return { start, end: { size: last === null ? start : last + 1, consistency: consistency.map(decodeHash) } }
}

function decodeHash(text: string): Uint8Array {
  const hash = decodeBase64(text)
  if (hash?.length !== HASH_BYTES) throw malformed('A hash of the manifest has not 32 bytes.')
  return hash
}

async function readOwnKeys(platform: Platform, source: EvidenceSource): Promise<OwnKeys> {
  const bytes = await source.read(BUNDLE_FILES.key)
  if (bytes === undefined) return { keys: [] }
  const lines = new TextDecoder().decode(bytes).split('\n')
  if (lines.pop() !== '' || lines.length > KEYS_MAX)
    throw malformed(`${BUNDLE_FILES.key} is not a list of verifier keys.`)
  return { keys: lines.map((line): VerifierKey => parseVerifierKey(platform.sha256, line)) }
}

/** The manifest is a claim like any other: where it contradicts the checkpoint, something was exchanged. */
function checkManifest(manifest: Manifest, checkpoint: SignedCheckpoint, findings: Findings): void {
  const fail = (detail: string) =>
    findings.failed('content', { code: 'count_mismatch', detail, path: BUNDLE_FILES.manifest })
  if (manifest.origin !== checkpoint.origin) fail('The manifest names another log than the checkpoint.')
  if (manifest.size !== checkpoint.size)
    fail(`The manifest speaks of ${manifest.size} entries, the checkpoint of ${checkpoint.size}.`)
}

function checkCounts(manifest: Manifest, findings: Findings): void {
  const { sections } = manifest
  const counts = [
    ['entries', manifest.entries, findings.entries],
    ['first_seq', manifest.first_seq, findings.firstSeq],
    ['last_seq', manifest.last_seq, findings.lastSeq],
    ['disclosed sections', sections.disclosed, findings.verifiedSections + findings.failedSections],
    ['redacted sections', sections.redacted, findings.redactedSections],
  ] as const
  for (const [name, claimed, found] of counts) {
    if (claimed === found) continue
    const detail = `The manifest says ${claimed} for ${name}; found ${found}.`
    findings.failed('content', { code: 'count_mismatch', detail, path: BUNDLE_FILES.manifest })
  }
}

function noteKey(findings: Findings): void {
  if (findings.key === 'from_the_evidence')
    findings.note(
      "The key came with the evidence itself, so the signature shows only that it fits together. Give the log's key, which you have from elsewhere, to know who signed.",
    )
}
