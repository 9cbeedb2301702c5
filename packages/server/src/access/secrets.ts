import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

export const MASTER_KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What a key derived from the master key is for. Each purpose has a key of its own, so that none can stand in for another. */
export type Purpose =
  | 'fingerprint'
  | 'personal_token'
  | 'viewer_token'
  | 'second_factor'
  | 'sso_secret'
  | 'sso_login'
  | 'signing_root'

/** Encrypting and signing under the master key. */
export class Secrets {
  readonly #masterKey: Uint8Array

  /** `masterKey` has 32 random bytes. */
  constructor(masterKey: Uint8Array) {
    if (masterKey.length !== MASTER_KEY_BYTES)
      throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes`)
    this.#masterKey = masterKey
  }

  static generate(): Uint8Array {
    return randomBytes(MASTER_KEY_BYTES)
  }

  /** Says whether two master keys are the same, and nothing else about them. */
  get fingerprint(): Uint8Array {
    return this.sign('fingerprint', 'counterfoil')
  }

  /** AES-256-GCM: nonce, ciphertext, tag. `about` is bound to it: what was sealed for one thing does not open for another. */
  seal(purpose: Purpose, about: string, text: string): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#derive(purpose), nonce).setAAD(Buffer.from(about))
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  }

  /** What was sealed. Throws when it was sealed under another key, for something else, or was changed. */
  open(purpose: Purpose, about: string, sealed: Uint8Array): string {
    const nonce = sealed.subarray(0, NONCE_BYTES)
    const tag = sealed.subarray(sealed.length - TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', this.#derive(purpose), nonce, {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(about))
      .setAuthTag(tag)
    const text = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  }

  /** HMAC-SHA-256. */
  sign(purpose: Purpose, text: string): Uint8Array {
    return createHmac('sha256', this.#derive(purpose)).update(text).digest()
  }

  isSigned(purpose: Purpose, text: string, signature: Uint8Array): boolean {
    const right = this.sign(purpose, text)
    return signature.length === right.length && timingSafeEqual(signature, right)
  }

  /** What the signing keys of logs are derived from: 32 bytes. */
  get signingRoot(): Uint8Array {
    return this.#derive('signing_root')
  }

  #derive(purpose: Purpose): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#masterKey, '', `counterfoil/${purpose}/v1`, 32))
  }
}
