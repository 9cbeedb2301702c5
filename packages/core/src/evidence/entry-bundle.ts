import { malformed } from './evidence-error.js'

/** A length has 16 bits. */
export const BUNDLE_ENTRY_BYTES_MAX = 65_535

/** The leaves of a bundle: for each its length, two bytes, big-endian, and its bytes (c2sp.org/tlog-tiles). */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(leaves.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const leaf of leaves) {
    if (leaf.length > BUNDLE_ENTRY_BYTES_MAX) throw malformed('A leaf has at most 65,535 bytes.')
    bytes[at++] = leaf.length >> 8
    bytes[at++] = leaf.length & 0xff
    bytes.set(leaf, at)
    at += leaf.length
  }
  return bytes
}

/** The leaves of a bundle, which must hold exactly `width`. */
export function decodeBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  return decodeLeafInputs(bytes.slice(), width).map((input) => input.subarray(1))
}

/**
 * As `decodeBundle`, but of each leaf what is hashed, `0x00 || leaf`, as a view into `bytes`: of the two bytes of length before
 * a leaf, which nobody needs any more, the second becomes the 0x00.
 */
export function decodeLeafInputs(bytes: Uint8Array, width: number): Uint8Array[] {
  const { buffer, byteOffset } = bytes
  const inputs: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const start = at + 2
    const end = start + ((bytes[at]! << 8) | (bytes[at + 1] ?? 0))
    if (start > bytes.length || end > bytes.length) throw malformed('A bundle ends within an entry.')
    bytes[start - 1] = 0
    // Cheaper than a subarray.
    inputs.push(new Uint8Array(buffer, byteOffset + start - 1, end - start + 1))
    at = end
  }
  if (inputs.length !== width) throw malformed(`A bundle holds ${inputs.length} entries instead of ${width}.`)
  return inputs
}
