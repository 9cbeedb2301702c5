import { encodeBase64 } from './base64.js'
import { malformed } from './evidence-error.js'
import { encodeUtf8, parseDecimal, parseHash, requireUtf8 } from './text.js'
import { indexOfEmptyLine, PROOF_HASHES_MAX } from './tlog-proof.js'

const OLD = 'old '

/** The body of `add-checkpoint` (c2sp.org/tlog-witness). */
export interface AddCheckpoint {
  /** Size of the checkpoint that the witness is believed to have cosigned last; 0 for none. */
  readonly oldSize: number
  /** Consistency proof from there. */
  readonly proof: readonly Uint8Array[]
  /** The new signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array
}

export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): Uint8Array {
  const head = encodeUtf8([`${OLD}${oldSize}`, ...proof.map(encodeBase64), '', ''].join('\n'))
  const bytes = new Uint8Array(head.length + checkpoint.length)
  bytes.set(head)
  bytes.set(checkpoint, head.length)
  return bytes
}

export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  const split = indexOfEmptyLine(body)
  if (split < 0) throw malformed('The request has an empty line before the checkpoint.')
  const [old = '', ...hashes] = requireUtf8(body.subarray(0, split), 'The request').split('\n')
  if (!old.startsWith(OLD)) throw malformed('The request starts with the line old <size>.')
  if (hashes.length > PROOF_HASHES_MAX)
    throw malformed(`A consistency proof has at most ${PROOF_HASHES_MAX} hashes.`)
  return {
    oldSize: parseDecimal(old.slice(OLD.length), 'The old size'),
    proof: hashes.map((line) => parseHash(line, 'A hash of the consistency proof')),
    checkpoint: body.subarray(split + 2),
  }
}
