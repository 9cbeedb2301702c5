import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { type Filter, MODES, type Mode } from '@counterfoil/core'
import { crc32 } from '../checksum.js'
import type { Permission, Scope } from './permissions.js'
import type { SessionProof } from './tables/sessions-table.js'

export { SCOPES, type Scope } from './permissions.js'

/**
 * What a caller proves itself with. An `api_key` is one token; a `key_pair` is a key and a secret in two headers; a
 * `personal_token` is a UUID that a person made for their own scripts. Tokens of a `session` belong to somebody who
 * signed in, and expire.
 */
export const KEY_KINDS = ['api_key', 'key_pair', 'personal_token'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** How many requests a key may make: `standard` as its mode has it, `elevated` more. */
export const RATE_CLASSES = ['standard', 'elevated'] as const
export type RateClass = (typeof RATE_CLASSES)[number]

/** The person behind a session, a personal token or a key. */
export interface Owner {
  readonly personId: string
  /** In lower case. */
  readonly email: string
}

/** What an API key may do, and where. Times are milliseconds since 1970. */
export interface ApiKey {
  /** Public part of the token; safe to log. */
  readonly keyId: string
  readonly kind: KeyKind | 'session' | 'viewer'
  readonly organizationId: string
  readonly mode: Mode
  readonly scopes: readonly Scope[]
  /** What the scopes stand for, or what the person's role permits at this moment. */
  readonly permissions: readonly Permission[]
  readonly name: string
  readonly rateClass: RateClass
  readonly createdAt: number
  /** Who made it; of a session and a personal token, whose it is. */
  readonly owner?: Owner
  /** Of a session and a personal token: the person's role now. */
  readonly role?: string
  readonly expiresAt?: number
  /** Addresses and blocks that it may be used from; anywhere when left out. */
  readonly allowedAddresses?: readonly string[]
  readonly lastUsedAt?: number
  readonly revokedAt?: number
  /** Every read is narrowed to this. */
  readonly filter?: Filter
  /** Of a session: how its person proved who they are. */
  readonly session?: SessionProof
  /** Set when its organization is suspended: it may do nothing then. */
  readonly suspended?: true
}

/** A key is a program's and lasts; a session is a person's and expires. */
export type TokenKind = 'key' | 'session'

export interface ParsedToken {
  readonly kind: TokenKind
  readonly mode: Mode
  readonly keyId: string
  readonly secret: string
}

/**
 * Heads of tokens. Beside our own there are those of vendors we stand in for, whose clients choose their way of
 * signing in by the head: `prdm_cmp_` and `prdm_wsp_` make Paradime's client send a bearer token.
 */
export const TOKEN_STYLES = ['cf', 'ark', 'prdm_cmp', 'prdm_wsp'] as const
export type TokenStyle = (typeof TOKEN_STYLES)[number]

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const KEY_ID_LENGTH = 12
const SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6
const TOKEN = new RegExp(
  `^(cf_session|${TOKEN_STYLES.join('|')})_(${MODES.join('|')})(?:_ent)?_([0-9A-Za-z]{${KEY_ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
)

interface MadeToken {
  readonly token: string
  readonly keyId: string
  readonly secretHash: Uint8Array
}

/**
 * A new token, `cf_<mode>_<key id>_<256 random bits><CRC-32>`. Shown once and stored only as a hash. The checksum
 * lets us, and secret scanners, refuse a mistyped or made-up token without a look-up.
 */
export function makeToken(mode: Mode, head: TokenStyle | 'cf_session' = 'cf'): MadeToken {
  const keyId = randomBase62(KEY_ID_LENGTH)
  const secret = randomBase62(SECRET_LENGTH)
  const unchecked = `${head}_${mode}_${head === 'ark' ? 'ent_' : ''}${keyId}_${secret}`
  return { token: unchecked + checksum(unchecked), keyId, secretHash: hashSecret(secret) }
}

/** Takes a token apart; undefined when its form or its checksum is wrong. */
export function parseToken(token: string): ParsedToken | undefined {
  const parts = TOKEN.exec(token)
  if (parts === null) return undefined
  const [, head, mode, keyId, secret, check] = parts as unknown as [
    string,
    string,
    Mode,
    string,
    string,
    string,
  ]
  if (check !== checksum(token.slice(0, -CHECKSUM_LENGTH))) return undefined
  return { kind: head === 'cf_session' ? 'session' : 'key', mode, keyId, secret }
}

/** A new key and its secret, for callers that send them in two headers. */
export function makePair(): MadeToken & { readonly secret: string } {
  const keyId = randomBase62(KEY_ID_LENGTH)
  const unchecked = randomBase62(SECRET_LENGTH)
  const secret = unchecked + checksum(keyId + unchecked)
  return { token: keyId, keyId, secret, secretHash: hashSecret(secret) }
}

/** Whether a secret can belong to a key at all: its checksum covers both. */
export function isPairForm(keyId: string, secret: string): boolean {
  return (
    secret.length === SECRET_LENGTH + CHECKSUM_LENGTH &&
    secret.slice(SECRET_LENGTH) === checksum(keyId + secret.slice(0, SECRET_LENGTH))
  )
}

/**
 * A new personal token: a random UUID, which is what clients made for such tokens expect. It has 122 random bits and
 * no room for a checksum. Its own hash is how it is found; the key id says nothing about it.
 */
export function makePersonalToken(): MadeToken {
  const token = randomUUID()
  return { token, keyId: randomBase62(KEY_ID_LENGTH), secretHash: hashSecret(token) }
}

export function isPersonalTokenForm(token: string): boolean {
  return PERSONAL_TOKEN.test(token)
}
const PERSONAL_TOKEN = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

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
