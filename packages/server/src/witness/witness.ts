import {
  type AddCheckpoint,
  type Checkpoint,
  claimedOrigin,
  cosign,
  EvidenceError,
  equalBytes,
  openCheckpoint,
  parseAddCheckpoint,
  type SignedCheckpoint,
  type VerifierKey,
  verifyConsistency,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { verifyEd25519 } from '../signer/signing-keys.js'
import type { WitnessKey } from './witness-key.js'
import type { WitnessState } from './witness-state.js'

/** What a witness answers to a checkpoint; each has a status of its own (c2sp.org/tlog-witness). */
export type WitnessAnswer =
  /** Signature lines for the checkpoint that was submitted. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'unknown_log' }
  | { readonly kind: 'not_signed'; readonly reason: string }
  /** The old size is not that of the newest checkpoint that was cosigned, which is `size`. */
  | { readonly kind: 'conflict'; readonly size: number }
  /** The checkpoint does not continue the one that was cosigned before. */
  | { readonly kind: 'inconsistent'; readonly reason: string }

export interface WitnessParts {
  readonly key: WitnessKey
  readonly state: WitnessState
  /** Keys of the logs that are watched; a key's name is the log's origin. */
  readonly logKeys: () => readonly VerifierKey[]
  readonly nowMs: () => number
  /** Told when a log that is watched has signed what contradicts what it signed before: somebody must look at it. */
  readonly onContradiction: (origin: string, reason: string) => void
}

/** Cosigns checkpoints of logs, and only such as continue the one that it cosigned before. */
export class Witness {
  readonly #parts: WitnessParts

  constructor(parts: WitnessParts) {
    this.#parts = parts
  }

  /** Answers `add-checkpoint`. The checks and their order are those of the specification. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    let request: AddCheckpoint
    let origin: string
    try {
      request = parseAddCheckpoint(body)
      origin = claimedOrigin(request.checkpoint)
    } catch (error) {
      return { kind: 'malformed', reason: reasonOf(error) }
    }
    const keys = this.#parts.logKeys().filter(({ name }) => name === origin)
    if (keys.length === 0) return { kind: 'unknown_log' }
    let checkpoint: SignedCheckpoint
    try {
      checkpoint = await openCheckpoint(verifyEd25519, request.checkpoint, origin, keys)
    } catch (error) {
      return { kind: 'not_signed', reason: reasonOf(error) }
    }
    if (request.oldSize > checkpoint.size)
      return { kind: 'malformed', reason: 'The old size is larger than that of the checkpoint.' }
    return this.#cosign(request, checkpoint)
  }

  async #cosign(
    { oldSize, proof, checkpoint: note }: AddCheckpoint,
    checkpoint: SignedCheckpoint,
  ): Promise<WitnessAnswer> {
    const { key, state, nowMs, onContradiction } = this.#parts
    const { origin } = checkpoint
    const known = state.latest(origin)
    if (oldSize !== (known?.size ?? 0)) return { kind: 'conflict', size: known?.size ?? 0 }
    const reason = contradiction(known, checkpoint, proof)
    if (reason !== undefined) {
      onContradiction(origin, reason)
      return { kind: 'inconsistent', reason }
    }
    const timeS = Math.floor(nowMs() / 1_000)
    const lines = await cosign(key.verifier, key.sign, checkpoint.text, timeS)
    if (!state.advance(known, checkpoint, new TextDecoder().decode(note) + lines, timeS))
      return { kind: 'conflict', size: state.latest(origin)?.size ?? 0 }
    return { kind: 'cosigned', lines }
  }
}

/** Why a checkpoint does not continue what was cosigned before; undefined when it does. */
function contradiction(
  known: { readonly size: number; readonly root: Uint8Array } | undefined,
  checkpoint: Checkpoint,
  proof: readonly Uint8Array[],
): string | undefined {
  if (known === undefined) return proof.length === 0 ? undefined : 'A proof from the empty log is empty.'
  if (known.size === checkpoint.size && !equalBytes(known.root, checkpoint.root))
    return `Another root was cosigned at the same size, ${known.size}.`
  const { size, root } = checkpoint
  return verifyConsistency(sha256Into, known.size, known.root, size, root, proof)
    ? undefined
    : `The proof does not lead from size ${known.size} to size ${size}.`
}

function reasonOf(error: unknown): string {
  if (error instanceof EvidenceError) return error.detail
  throw error
}
