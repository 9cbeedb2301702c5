import type { EvidenceProblem } from '@counterfoil/core'

/** Problems that a report lists; the rest is only counted. */
const PROBLEMS_MAX = 100

/**
 * How much was proven. Each level includes L0 and L1.
 * - `none`: something is wrong, or nothing could be checked.
 * - `L0`: every entry is what its commitments, its leaf and the chain say.
 * - `L1`: the entries are those under a checkpoint that the log's key signed; the key was given by whoever verifies.
 * - `L2`: and that checkpoint continues one that whoever verifies has kept.
 * - `L3`: and enough witnesses have cosigned it.
 */
export const LEVELS = ['none', 'L0', 'L1', 'L2', 'L3'] as const
export type Level = (typeof LEVELS)[number]

export type ProblemCode = EvidenceProblem | 'count_mismatch' | 'unexpected' | 'stale' | 'unannounced_epoch'

export interface Problem {
  readonly code: ProblemCode
  /** One sentence for a person. */
  readonly detail: string
  /** The entry, where it is about one. */
  readonly seq?: number
  /** The file, where it is about one. */
  readonly path?: string
}

export type Outcome = 'passed' | 'FAILED' | 'not_checked'

/** What is known of one kind of check. */
export interface Checks {
  /** Sections against commitments, commitments against leaves. */
  readonly content: Outcome
  /** Leaves against each other: origin, seq, previous hash, order in time. */
  readonly chain: Outcome
  /** Leaves and tiles against the root of the checkpoint. */
  readonly tree: Outcome
  /** The checkpoint's signature. */
  readonly signature: Outcome
  /** The checkpoint against one that was kept. */
  readonly kept: Outcome
  /** Cosignatures against the policy. */
  readonly witnesses: Outcome
}

export interface Cosigner {
  readonly name: string
  /** ISO time of the cosignature: at the latest then the log had this size. */
  readonly at: string
}

/** Where a log was begun anew, because what had been signed of it could not be continued. */
export interface FoundEpoch {
  /** That of the leaves from here on. */
  readonly origin: string
  /** The entry about it, the first of the epoch. */
  readonly first_seq: number
  /** Entries that had been signed under the origin before; those from `first_seq` on are lost. Null when nobody knows. */
  readonly old_size: number | null
  /** As the operator gave it; null where the entry is not disclosed. */
  readonly reason: string | null
}

/** What a verification found. Members are the JSON report's. */
export interface Report {
  readonly object: 'verification'
  readonly kind: 'log' | 'part' | 'selection' | 'receipt' | 'server'
  readonly verdict: 'verified' | 'FAILED'
  readonly level: Level
  readonly origin: string | null
  /** Entries that the checkpoint covers. */
  readonly size: number | null
  /** Root of the checkpoint, base64. */
  readonly root: string | null
  readonly entries: number
  readonly first_seq: number | null
  readonly last_seq: number | null
  /** Entries before were pruned, as the log itself records; 0 for none. What they said is not verified any more. */
  readonly pruned_before: number
  /** Never merged: an erased section is no failure, and a failure is no erasure. */
  readonly sections: { readonly verified: number; readonly redacted: number; readonly FAILED: number }
  /** Epochs after the first. Each is a breach that its operator owned up to: read why. */
  readonly epochs: readonly FoundEpoch[]
  /** Where the log's key came from. A key that comes with the evidence proves nothing about who made it. */
  readonly key: 'given' | 'from_the_evidence' | 'none'
  readonly checks: Checks
  readonly cosigned_by: readonly Cosigner[]
  /** True sentences that whoever reads the verdict should know. */
  readonly notes: readonly string[]
  readonly problem_count: number
  readonly problems: readonly Problem[]
}

/** Gathers what is found, and writes the report. */
export class Findings {
  readonly #checks: { -readonly [Check in keyof Checks]: Outcome } = {
    content: 'not_checked',
    chain: 'not_checked',
    tree: 'not_checked',
    signature: 'not_checked',
    kept: 'not_checked',
    witnesses: 'not_checked',
  }
  readonly #problems: Problem[] = []
  readonly #notes: string[] = []
  #problemCount = 0
  origin: string | null = null
  size: number | null = null
  root: string | null = null
  key: Report['key'] = 'none'
  cosigners: readonly Cosigner[] = []
  readonly epochs: FoundEpoch[] = []
  entries = 0
  firstSeq: number | null = null
  lastSeq: number | null = null
  prunedBefore = 0
  verifiedSections = 0
  redactedSections = 0
  failedSections = 0

  /** The check was made; it passes unless something failed in it. */
  passed(check: keyof Checks): void {
    if (this.#checks[check] === 'not_checked') this.#checks[check] = 'passed'
  }

  failed(check: keyof Checks, problem: Problem): void {
    this.#checks[check] = 'FAILED'
    this.#problemCount++
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem)
  }

  isFailed(check: keyof Checks): boolean {
    return this.#checks[check] === 'FAILED'
  }

  note(sentence: string): void {
    this.#notes.push(sentence)
  }

  report(kind: Report['kind']): Report {
    return {
      object: 'verification',
      kind,
      verdict: this.#problemCount === 0 ? 'verified' : 'FAILED',
      level: this.#level(),
      origin: this.origin,
      size: this.size,
      root: this.root,
      entries: this.entries,
      first_seq: this.firstSeq,
      last_seq: this.lastSeq,
      pruned_before: this.prunedBefore,
      sections: {
        verified: this.verifiedSections,
        redacted: this.redactedSections,
        FAILED: this.failedSections,
      },
      epochs: this.epochs,
      key: this.key,
      checks: { ...this.#checks },
      cosigned_by: this.cosigners,
      notes: this.#notes,
      problem_count: this.#problemCount,
      problems: this.#problems,
    }
  }

  #level(): Level {
    const { content, chain, tree, signature, kept, witnesses } = this.#checks
    if (this.#problemCount > 0) return 'none'
    if (content !== 'passed' && chain !== 'passed' && tree !== 'passed') return 'none'
    if (tree !== 'passed' || signature !== 'passed' || this.key !== 'given') return 'L0'
    if (witnesses === 'passed') return 'L3'
    return kept === 'passed' ? 'L2' : 'L1'
  }
}
