/** Why evidence is refused. Codes are part of the reports: never renamed, only added. */
export const EVIDENCE_PROBLEMS = {
  malformed: 'It does not follow its format.',
  unsupported_key: 'The key is of a type that is not supported here.',
  not_signed: 'No key that is trusted for it has signed it.',
  bad_signature: 'A signature that claims to be by a trusted key is not by that key.',
  wrong_origin: 'It belongs to another log.',
  proof_mismatch: 'The proof does not lead to the root.',
  wrong_content: 'The content is not what the hash was made of.',
  inconsistent: 'Two checkpoints of one log contradict each other.',
  incomplete: 'A part that is needed is missing.',
  unrecorded_erasure: 'A section is gone, and no entry of the log says that it was erased.',
  unrecorded_prune: 'The beginning of the log is gone, and no entry of it says that it was pruned.',
  quorum_not_met: 'Too few of the witnesses that the policy asks for have cosigned it.',
} as const
export type EvidenceProblem = keyof typeof EVIDENCE_PROBLEMS

/**
 * Evidence that does not prove what it should, or is no evidence at all. Every parser and verifier of this folder
 * throws this and nothing else, whatever bytes it is given.
 */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError'
  readonly code: EvidenceProblem
  /** One sentence: what exactly is wrong. Holds no unescaped text from the evidence. */
  readonly detail: string

  constructor(code: EvidenceProblem, detail: string) {
    super(`${EVIDENCE_PROBLEMS[code]} ${detail}`)
    this.code = code
    this.detail = detail
  }
}

/** The most frequent one. */
export function malformed(detail: string): EvidenceError {
  return new EvidenceError('malformed', detail)
}
