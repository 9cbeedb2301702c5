import { encodeBase64 } from './base64.js'
import { malformed } from './evidence-error.js'
import { encodeUtf8, parseDecimal, parseHash, requireBase64, requireUtf8 } from './text.js'

const HEADER = 'c2sp.org/tlog-proof@v1'
const EXTRA = 'extra '
const INDEX = 'index '
/** Depth of the largest tree: 2^53 - 1 leaves. */
export const PROOF_HASHES_MAX = 63

/** That an entry is in a log: c2sp.org/tlog-proof. A receipt is one whose `extra` holds the entry's leaf. */
export interface TlogProof {
  /** Not authenticated: worth only what is made of it, such as a leaf that is then hashed. */
  readonly extra?: Uint8Array
  readonly index: number
  /** The inclusion proof, leaf's sibling first. */
  readonly path: readonly Uint8Array[]
  /** A signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array
}

export function formatTlogProof({ extra, index, path, checkpoint }: TlogProof): Uint8Array {
  const lines = [HEADER]
  if (extra !== undefined) lines.push(EXTRA + encodeBase64(extra))
  lines.push(`${INDEX}${index}`, ...path.map(encodeBase64), '', '')
  const head = encodeUtf8(lines.join('\n'))
  const bytes = new Uint8Array(head.length + checkpoint.length)
  bytes.set(head)
  bytes.set(checkpoint, head.length)
  return bytes
}

/** Reads a proof. The checkpoint is not looked into: open it with the log's key. */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  const split = indexOfEmptyLine(bytes)
  if (split < 0) throw malformed('A proof has an empty line before its checkpoint.')
  const lines = requireUtf8(bytes.subarray(0, split), 'A proof').split('\n')
  if (lines.shift() !== HEADER) throw malformed(`A proof starts with the line ${HEADER}.`)
  const extra = lines[0]?.startsWith(EXTRA) ? lines.shift()?.slice(EXTRA.length) : undefined
  const index = lines.shift()
  if (!index?.startsWith(INDEX)) throw malformed('A proof has no index line.')
  if (lines.length > PROOF_HASHES_MAX) throw malformed(`A proof has at most ${PROOF_HASHES_MAX} hashes.`)
  return {
    ...(extra === undefined ? {} : { extra: requireBase64(extra, 'The extra data of a proof') }),
    index: parseDecimal(index.slice(INDEX.length), 'The index of a proof'),
    path: lines.map((line) => parseHash(line, 'A hash of a proof')),
    checkpoint: bytes.subarray(split + 2),
  }
}

/** Where the first of two newlines in a row is, or -1. */
export function indexOfEmptyLine(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1))
    if (bytes[at + 1] === 0x0a) return at
  return -1
}
