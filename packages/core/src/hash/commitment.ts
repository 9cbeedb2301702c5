import type { SectionPath } from '../entry/admission.js'
import { HASH_BYTES, type Sha256Into } from './sha256.js'

/** Every salt has this length, so that label, salt, length and path leave no ambiguity. */
export const SALT_BYTES = 16

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** Stands before every section that is hashed. */
export const FIELD_LABEL = ascii('audit-field/v1\n')
/** Stands before the commitments of an entry. */
export const BODY_LABEL = ascii('audit-body/v1\n')
const encoder = new TextEncoder()

const PATH_BYTES: Readonly<Record<SectionPath, Uint8Array>> = {
  '/actor': ascii('/actor'),
  '/context': ascii('/context'),
  '/event': ascii('/event'),
  '/occurred_at': ascii('/occurred_at'),
  '/payload': ascii('/payload'),
}

/**
 * Computes section commitments and the body hash of one entry after another, in buffers of its own.
 *
 * `commitment = SHA-256("audit-field/v1\n" || salt[16] || uint32be(path length) || path || JCS(value))`
 * `body = SHA-256("audit-body/v1\n" || commitment_1 || … || commitment_k)`, ordered by path bytes.
 * Source: integrity design §2.2. The labels differ from the 0x00 and 0x01 prefixes of the tree's hashes.
 */
export class BodyHasher {
  readonly #sha256: Sha256Into
  #field: Uint8Array
  readonly #body = new Uint8Array(BODY_LABEL.length + 16 * HASH_BYTES)
  #bodyLength = BODY_LABEL.length

  constructor(sha256: Sha256Into) {
    this.#sha256 = sha256
    this.#field = BodyHasher.#fieldBuffer(64 * 1024)
    this.#body.set(BODY_LABEL)
  }

  static #fieldBuffer(length: number): Uint8Array {
    const buffer = new Uint8Array(length)
    buffer.set(FIELD_LABEL)
    return buffer
  }

  /** Forgets the sections added so far. */
  begin(): void {
    this.#bodyLength = BODY_LABEL.length
  }

  /**
   * Adds a section; call in the order of path bytes. `salts` holds its 16 bytes at `saltOffset`.
   * Returns the UTF-8 bytes of `json` in a buffer that the next call overwrites.
   */
  addSection(path: SectionPath, salts: Uint8Array, saltOffset: number, json: string): Uint8Array {
    const start = this.#head(path, salts, saltOffset, json.length * 3)
    const { written } = encoder.encodeInto(json, this.#field.subarray(start))
    this.#commit(start + written)
    return this.#field.subarray(start, start + written)
  }

  /** As `addSection`, for a value already in UTF-8. */
  addSectionBytes(path: SectionPath, salts: Uint8Array, saltOffset: number, json: Uint8Array): void {
    const start = this.#head(path, salts, saltOffset, json.length)
    this.#field.set(json, start)
    this.#commit(start + json.length)
  }

  /** Adds an erased section, of which only the commitment remains. */
  addCommitment(commitment: Uint8Array): void {
    this.#body.set(commitment, this.#bodyLength)
    this.#bodyLength += HASH_BYTES
  }

  /** The commitment of the section that was added last, 32 bytes of their own. */
  lastCommitment(): Uint8Array {
    return this.#body.slice(this.#bodyLength - HASH_BYTES, this.#bodyLength)
  }

  /** Writes the body hash of the sections added since `begin` into `out` at `offset`. */
  finish(out: Uint8Array, offset: number): void {
    this.#sha256(this.#body.subarray(0, this.#bodyLength), out, offset)
  }

  #head(path: SectionPath, salts: Uint8Array, saltOffset: number, room: number): number {
    const pathBytes = PATH_BYTES[path]
    const start = FIELD_LABEL.length + SALT_BYTES + 4 + pathBytes.length
    if (this.#field.length < start + room) this.#field = BodyHasher.#fieldBuffer(2 * (start + room))
    const field = this.#field
    let at = FIELD_LABEL.length
    for (let i = 0; i < SALT_BYTES; i++) field[at++] = salts[saltOffset + i] as number
    field[at++] = 0
    field[at++] = 0
    field[at++] = 0
    field[at++] = pathBytes.length
    field.set(pathBytes, at)
    return start
  }

  #commit(length: number): void {
    this.#sha256(this.#field.subarray(0, length), this.#body, this.#bodyLength)
    this.#bodyLength += HASH_BYTES
  }
}
