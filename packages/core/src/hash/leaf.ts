import { type Sha256Into, toHex } from './sha256.js'

/** `prev` of a log's first entry. */
export const GENESIS_HASH = '0'.repeat(64)

/** What a leaf says, and nothing else: no member is optional, and none may be added within version 1. */
export interface Leaf {
  /** Body hash, 64 hex digits. */
  readonly body: string
  /** The entry's UUID. */
  readonly id: string
  /** The log's origin, printable ASCII without quotes and backslashes. */
  readonly log: string
  /** `entry_hash` of the entry before, 64 hex digits. */
  readonly prev: string
  readonly seq: number
  /** `recorded_at`, six fraction digits, `Z`. */
  readonly t: string
}

/** The leaf's bytes as text: RFC 8785 of its members. No member needs escaping, hence no general writer. */
export function leafText(leaf: Leaf): string {
  return `{"body":"${leaf.body}","id":"${leaf.id}","log":"${leaf.log}","prev":"${leaf.prev}","seq":${leaf.seq},"t":"${leaf.t}","v":1}`
}

/** Whether `origin` can stand in a leaf and in a checkpoint: schema-less URL, no space, no `+`. */
export function isOrigin(origin: string): boolean {
  return /^[a-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~-]+)*$/.test(origin) && origin.length <= 255
}

/** Origin of a log: `<host>/log/<organization id>/<mode>/<epoch>`. */
export function logOrigin(host: string, organizationId: string, mode: string, epoch: number): string {
  return `${host}/log/${organizationId}/${mode}/${epoch}`
}

/** Computes `entry_hash = SHA-256(0x00 || leaf)`, the RFC 6962 leaf hash, in a buffer of its own. */
export class LeafHasher {
  readonly #sha256: Sha256Into
  readonly #bytes = new Uint8Array(1024)
  readonly #encoder = new TextEncoder()

  constructor(sha256: Sha256Into) {
    this.#sha256 = sha256
  }

  /** Writes the 32 bytes of `entry_hash` into `out` at `offset`. */
  hash(leaf: Leaf, out: Uint8Array, offset: number): void {
    const { written } = this.#encoder.encodeInto(leafText(leaf), this.#bytes.subarray(1))
    this.#sha256(this.#bytes.subarray(0, 1 + written), out, offset)
  }

  /** `entry_hash` as 64 hex digits. */
  hashHex(leaf: Leaf): string {
    const out = new Uint8Array(32)
    this.hash(leaf, out, 0)
    return toHex(out)
  }
}
