import { isOrigin, type Leaf, leafText } from '../hash/leaf.js'
import { malformed } from './evidence-error.js'
import { requireUtf8 } from './text.js'

/** Longer than any leaf: an origin has at most 255 characters. */
const LEAF_BYTES_MAX = 640
const LEAF =
  /^\{"body":"([0-9a-f]{64})","id":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})","log":"([^"]+)","prev":"([0-9a-f]{64})","seq":(0|[1-9]\d{0,15}),"t":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","v":1\}$/

/** What a leaf's bytes say. Only the one canonical spelling is taken, so that equal leaves have equal bytes. */
export function parseLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > LEAF_BYTES_MAX) throw malformed('A leaf is longer than a leaf can be.')
  const parts = LEAF.exec(requireUtf8(bytes, 'A leaf'))
  if (parts === null) throw malformed('A leaf is not the JSON object that leaves are, in its one spelling.')
  const [text, body = '', id = '', log = '', prev = '', seq = '', t = ''] = parts
  const leaf = { body, id, log, prev, seq: Number(seq), t }
  if (!isOrigin(log)) throw malformed('The origin in a leaf is none.')
  if (!Number.isSafeInteger(leaf.seq) || leafText(leaf) !== text)
    throw malformed('A leaf has a seq past 2^53 - 1.')
  return leaf
}
