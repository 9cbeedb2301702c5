import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { MODES, type Mode } from '@counterfoil/core'
import { crc32 } from '../checksum.js'

export const SCOPES = ['audit:write', 'audit:read', 'audit:read:own'] as const
export type Scope = (typeof SCOPES)[number]

/** What an API key may do, and where. */
export interface ApiKey {
  /** Public part of the token; safe to log. */
  readonly keyId: string
  readonly organizationId: string
  readonly mode: Mode
  readonly scopes: readonly Scope[]
  readonly name: string
  readonly createdAt: number
}

/** A key is a program's and lasts; a session is a person's and expires. */
export type TokenKind = 'key' | 'session'

export interface ParsedToken {
  readonly kind: TokenKind
  readonly mode: Mode
  readonly keyId: string
  readonly secret: string
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const KEY_ID_LENGTH = 12
const SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6
const TOKEN = new RegExp(
  `^cf_(session_)?(${MODES.join('|')})_([0-9A-Za-z]{${KEY_ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
)

/**
 * A new token, `cf_<mode>_<key id>_<256 random bits><CRC-32>`. Shown once and stored only as a hash. The checksum
 * lets us, and secret scanners, refuse a mistyped or made-up token without a look-up.
 */
export function makeToken(
  mode: Mode,
  kind: TokenKind = 'key',
): {
  readonly token: string
  readonly keyId: string
  readonly secretHash: Uint8Array
} {
  const keyId = randomBase62(KEY_ID_LENGTH)
  const secret = randomBase62(SECRET_LENGTH)
  const unchecked = `cf_${kind === 'session' ? 'session_' : ''}${mode}_${keyId}_${secret}`
  return { token: unchecked + checksum(unchecked), keyId, secretHash: hashSecret(secret) }
}

/** Takes a token apart; undefined when its form or its checksum is wrong. */
export function parseToken(token: string): ParsedToken | undefined {
  const parts = TOKEN.exec(token)
  if (parts === null) return undefined
  const [, session, mode, keyId, secret, check] = parts as unknown as [
    string,
    string | undefined,
    Mode,
    string,
    string,
    string,
  ]
  if (check !== checksum(token.slice(0, -CHECKSUM_LENGTH))) return undefined
  return { kind: session === undefined ? 'key' : 'session', mode, keyId, secret }
}

/** SHA-256 is enough: the secret is random, so there is nothing to guess faster. */
export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest()
}

export function isSecret(secret: string, secretHash: Uint8Array): boolean {
  return timingSafeEqual(hashSecret(secret), secretHash)
}

/** Random base-62 text without bias: bytes past the last whole multiple of 62 are drawn again. */
export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += BASE62[byte % 62]
  }
  return text
}

function checksum(text: string): string {
  let rest = crc32(Buffer.from(text))
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62[rest % 62] + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
