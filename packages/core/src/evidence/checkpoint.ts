import { HASH_BYTES } from '../hash/sha256.js'
import { decodeBase64, encodeBase64 } from './base64.js'
import { EvidenceError, malformed } from './evidence-error.js'
import { KEY_TYPE, type VerifierKey, type VerifyEd25519 } from './keys.js'
import { parseNote, type VerifiedSignature, verifyNote } from './signed-note.js'
import { encodeUtf8, equalBytes, parseDecimal, parseHash } from './text.js'

/** Root of the empty tree: SHA-256 of nothing. */
const EMPTY_ROOT = decodeBase64('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=') as Uint8Array

/** What a log says of itself at one size (c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** The log's name, unique in the world. */
  readonly origin: string
  /** Number of entries. */
  readonly size: number
  /** Root of the Merkle tree, 32 bytes. */
  readonly root: Uint8Array
}

/** A checkpoint that the log itself has signed. */
export interface SignedCheckpoint extends Checkpoint {
  /** The text that was signed. */
  readonly text: string
  /** Each signature that was verified: by the log's keys, and by those of the witnesses that were given. */
  readonly signatures: readonly VerifiedSignature[]
}

/** The text that is signed. No extension lines: cosignatures of some kinds do not cover them. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!isOriginLine(origin)) throw malformed('The origin is one line that is not empty.')
  if (!Number.isSafeInteger(size) || size < 0) throw malformed('A size is a whole number up to 2^53 - 1.')
  if (root.length !== HASH_BYTES) throw malformed('A root has 32 bytes.')
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) throw malformed('This is not the root of the empty tree.')
  return `${origin}\n${size}\n${encodeBase64(root)}\n`
}

/** Reads a checkpoint's text; extension lines are allowed and ignored. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  if (lines.pop() !== '') throw malformed('A checkpoint does not end with a newline.')
  const [origin = '', size, root, ...extensions] = lines
  if (size === undefined || root === undefined) throw malformed('A checkpoint has at least three lines.')
  if (!isOriginLine(origin)) throw malformed('The origin of a checkpoint is empty.')
  if (extensions.includes('')) throw malformed('A checkpoint has an empty line.')
  const checkpoint = {
    origin,
    size: parseDecimal(size, 'The size of a checkpoint'),
    root: parseHash(root, 'The root of a checkpoint'),
  }
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, EMPTY_ROOT))
    throw malformed('A checkpoint of size 0 has another root than the empty tree.')
  return checkpoint
}

/**
 * Opens a signed checkpoint of the log `origin`: first the signature of one of that log's keys, then its origin, then
 * what it says. Every `witnessKey` that has cosigned it is told in `signatures`.
 */
export async function openCheckpoint(
  verify: VerifyEd25519,
  note: Uint8Array,
  origin: string,
  logKeys: readonly VerifierKey[],
  witnessKeys: readonly VerifierKey[] = [],
): Promise<SignedCheckpoint> {
  // A witness's key must not stand for the log's, nor the other way round: each counts for its own type alone.
  const logs = logKeys.filter(({ type }) => type === KEY_TYPE.ed25519)
  const witnesses = witnessKeys.filter(({ type }) => type === KEY_TYPE.cosignature)
  const unverified = parseNote(note)
  const byLog = await verifyNote(verify, unverified, logs)
  const { signatures } =
    witnesses.length === 0 ? byLog : await verifyNote(verify, unverified, [...logs, ...witnesses])
  const checkpoint = parseCheckpoint(byLog.text)
  if (checkpoint.origin !== origin)
    throw new EvidenceError(
      'wrong_origin',
      `It is ${JSON.stringify(checkpoint.origin)}, expected ${JSON.stringify(origin)}.`,
    )
  return { ...checkpoint, text: byLog.text, signatures }
}

/** The origin that a note claims, before anything is verified: only to choose the keys to verify it with. */
export function claimedOrigin(note: Uint8Array): string {
  return parseCheckpoint(parseNote(note).text).origin
}

/** The signed bytes of a checkpoint's text. */
export function checkpointBytes(checkpoint: Checkpoint): Uint8Array {
  return encodeUtf8(formatCheckpoint(checkpoint))
}

function isOriginLine(origin: string): boolean {
  return origin !== '' && !origin.includes('\n')
}
