import { fromHex, toHex } from '../hash/sha256.js'
import { encodeBase64 } from './base64.js'
import { cosignedMessage, readCosignature } from './cosigned-message.js'
import { EvidenceError, malformed } from './evidence-error.js'
import {
  isKeyName,
  isSupportedKey,
  KEY_TYPE,
  SIGNATURE_BYTES,
  type VerifierKey,
  type VerifyEd25519,
} from './keys.js'
import { encodeUtf8, requireBase64, requireUtf8 } from './text.js'

/** Signature lines a note may have: enough for a log, a rotation and every witness; c2sp.org asks for 16 at least. */
export const NOTE_SIGNATURES_MAX = 100
export const NOTE_BYTES_MAX = 1_000_000
const SIGNATURE_PREFIX = '— '
const KEY_ID_BYTES = 4

/** One signature line, nothing about which is known yet. */
export interface NoteSignature {
  readonly name: string
  /** Eight hex digits. */
  readonly keyId: string
  /** What follows the key id; for Ed25519 64 bytes, for cosignatures a time and 64 bytes. */
  readonly signature: Uint8Array
}

/** A note as it is read, before anything in it may be believed. */
export interface UnverifiedNote {
  /** Ends with a newline. Not to be shown or used before a signature is verified. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export interface VerifiedSignature {
  readonly key: VerifierKey
  /** Of a cosignature: POSIX seconds at which the witness made it. */
  readonly timeS?: number
}

export interface VerifiedNote {
  readonly text: string
  /** At least one; in the order of the note, each key once. */
  readonly signatures: readonly VerifiedSignature[]
}

/** Reads a signed note (c2sp.org/signed-note). The text is what precedes the last empty line. */
export function parseNote(note: Uint8Array): UnverifiedNote {
  if (note.length > NOTE_BYTES_MAX) throw malformed(`A note has at most ${NOTE_BYTES_MAX} bytes.`)
  const whole = requireUtf8(note, 'A note')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw malformed('A note has a control character.')
  const split = whole.lastIndexOf('\n\n')
  if (split < 0) throw malformed('A note has an empty line before its signatures.')
  const lines = whole.slice(split + 2).split('\n')
  if (lines.pop() !== '') throw malformed('A note does not end with a newline.')
  if (lines.length === 0) throw malformed('A note has no signature line.')
  if (lines.length > NOTE_SIGNATURES_MAX)
    throw malformed(`A note has more than ${NOTE_SIGNATURES_MAX} signature lines.`)
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignatureLine) }
}

/** Reads `— <name> <base64(key id || signature)>`, without its newline. */
export function parseSignatureLine(line: string): NoteSignature {
  if (!line.startsWith(SIGNATURE_PREFIX))
    throw malformed('A signature line starts with an em dash and a space.')
  const space = line.indexOf(' ', SIGNATURE_PREFIX.length)
  const name = space < 0 ? '' : line.slice(SIGNATURE_PREFIX.length, space)
  if (!isKeyName(name)) throw malformed('A signature line has no valid key name.')
  const bytes = requireBase64(line.slice(space + 1), 'A signature')
  if (bytes.length <= KEY_ID_BYTES) throw malformed('A signature is empty.')
  return { name, keyId: toHex(bytes, 0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) }
}

/** A signature line with its newline. */
export function formatSignatureLine(
  key: { readonly name: string; readonly id: string },
  signature: Uint8Array,
): string {
  const id = fromHex(key.id)
  if (id?.length !== KEY_ID_BYTES || !isKeyName(key.name))
    throw malformed('This is not the name and id of a key.')
  const bytes = new Uint8Array(KEY_ID_BYTES + signature.length)
  bytes.set(id)
  bytes.set(signature, KEY_ID_BYTES)
  return `${SIGNATURE_PREFIX}${key.name} ${encodeBase64(bytes)}\n`
}

/** A note of `text`, which ends with a newline, and signature lines, each with its newline. */
export function formatNote(text: string, signatureLines: readonly string[]): string {
  if (!text.endsWith('\n')) throw malformed('The text of a note ends with a newline.')
  return `${text}\n${signatureLines.join('')}`
}

/**
 * Verifies a note against the keys that are trusted for it. Lines by other keys are ignored. A line by one of them that
 * does not verify refuses the whole note (`bad_signature`); so does a note that none of them signed (`not_signed`).
 */
export async function verifyNote(
  verify: VerifyEd25519,
  note: UnverifiedNote,
  keys: readonly VerifierKey[],
): Promise<VerifiedNote> {
  const signatures: VerifiedSignature[] = []
  for (const line of note.signatures) {
    const key = keys.find(({ name, id }) => name === line.name && id === line.keyId)
    if (key === undefined || signatures.some((verified) => verified.key === key)) continue
    signatures.push(await verifyLine(verify, note.text, line, key))
  }
  if (signatures.length === 0)
    throw new EvidenceError('not_signed', 'Not one of its signature lines is by a key that is known here.')
  return { text: note.text, signatures }
}

async function verifyLine(
  verify: VerifyEd25519,
  text: string,
  line: NoteSignature,
  key: VerifierKey,
): Promise<VerifiedSignature> {
  if (!isSupportedKey(key)) throw new EvidenceError('unsupported_key', `Its type is ${key.type}.`)
  if (key.type === KEY_TYPE.cosignature) {
    const { timeS, signature } = readCosignature(line.signature)
    await requireSignature(verify, key, encodeUtf8(cosignedMessage(timeS, text)), signature)
    return { key, timeS }
  }
  await requireSignature(verify, key, encodeUtf8(text), line.signature)
  return { key }
}

async function requireSignature(
  verify: VerifyEd25519,
  key: VerifierKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  if (signature.length !== SIGNATURE_BYTES || !(await verify(key.publicKey, message, signature)))
    throw new EvidenceError('bad_signature', `The line names the key ${JSON.stringify(key.name)} ${key.id}.`)
}
