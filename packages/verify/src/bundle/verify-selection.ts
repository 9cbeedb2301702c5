import {
  DisclosureScanner,
  EvidenceError,
  HASH_BYTES,
  LeafHasher,
  toHex,
  verifyInclusion,
} from '@counterfoil/core'
import { LineReader } from '../source.js'
import { disclosureFiles } from './manifest.js'
import type { BundleContext } from './verify-bundle.js'

const PROGRESS_ENTRIES = 256 * 32

/** Verifies chosen entries, each by its own inclusion proof. */
export async function verifySelection(context: BundleContext): Promise<void> {
  const { source, findings, manifest, onProgress } = context
  const lines = new LineReader(disclosureFiles(source))
  const verifier = new EntryProofVerifier(context)
  while (lines.hasLine || (await lines.fill())) {
    verifier.verify(lines)
    if (findings.entries % PROGRESS_ENTRIES !== 0) continue
    onProgress(findings.entries, manifest.entries)
    await new Promise((resolve) => setTimeout(resolve))
  }
  findings.passed('content')
  findings.passed('tree')
  findings.note('These are chosen entries. Each is proven; that nothing else fits the choice is not.')
  if (context.kept !== undefined)
    findings.note('A kept checkpoint is held against the export of a whole log only; it was not used.')
}

class EntryProofVerifier {
  readonly #context: BundleContext
  readonly #scanner = new DisclosureScanner()
  readonly #leaves: LeafHasher
  readonly #body = new Uint8Array(HASH_BYTES)
  readonly #leaf = new Uint8Array(HASH_BYTES)

  constructor(context: BundleContext) {
    this.#context = context
    this.#leaves = new LeafHasher(context.platform.sha256)
  }

  verify(lines: LineReader): void {
    const { findings, checkpoint, platform } = this.#context
    const line = this.#scanner
    findings.entries++
    try {
      this.#read(lines)
      line.hashBody(platform.sha256, this.#body, 0)
      if (findings.lastSeq !== null && line.seq <= findings.lastSeq)
        throw new EvidenceError('malformed', 'The lines are not in the order of their seq.')
      findings.firstSeq ??= line.seq
      findings.lastSeq = line.seq
      this.#leaves.hash(line.leaf(toHex(this.#body), checkpoint.origin), this.#leaf, 0)
      const path = line.inclusion ?? []
      const isIncluded = verifyInclusion(
        platform.sha256,
        line.seq,
        checkpoint.size,
        this.#leaf,
        path,
        checkpoint.root,
      )
      this.#count(isIncluded)
      if (!isIncluded)
        throw new EvidenceError(
          'proof_mismatch',
          'What is disclosed of it does not lead to the root: it was changed, or is not of this log.',
        )
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error
      findings.failed('content', { code: error.code, detail: error.detail, seq: line.seq })
    }
  }

  #read(lines: LineReader): void {
    try {
      lines.skipTo(this.#scanner.read(lines.bytes, lines.start, lines.end))
    } catch (error) {
      lines.skipLine()
      throw error
    }
  }

  #count(isVerified: boolean): void {
    const { findings } = this.#context
    const { count, redacted } = this.#scanner
    findings.redactedSections += redacted
    if (isVerified) findings.verifiedSections += count - redacted
    else findings.failedSections += count - redacted
  }
}
