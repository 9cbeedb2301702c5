import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

// Time-based one-time passwords: RFC 6238 over RFC 4226, with what every authenticator app takes for granted.

const STEP_MS = 30_000
const DIGITS = 6
/** RFC 4226 §4 recommends 160 bits. */
const SECRET_BYTES = 20
/** Clocks may differ, and people type slowly: the step before and the one after are taken, too. */
const STEPS_APART_MAX = 1
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new secret, in base32 without padding, as people type it into an app. */
export function makeTotpSecret(): string {
  return toBase32(randomBytes(SECRET_BYTES))
}

/** The code of a moment; `timeMs` since 1970. */
export function totpCode(secret: Uint8Array, timeMs: number, digits = DIGITS, algorithm = 'sha1'): string {
  return hotp(secret, stepOf(timeMs), digits, algorithm)
}

/**
 * The time step that a code belongs to, which is later than `afterStep`: so that each code, and what came before it, is
 * taken once. Undefined for a wrong code.
 */
export function findTotpStep(
  secret: string,
  code: string,
  timeMs: number,
  afterStep: number,
): number | undefined {
  const key = fromBase32(secret)
  const given = Buffer.from(code)
  const now = stepOf(timeMs)
  let found: number | undefined
  for (let step = now - STEPS_APART_MAX; step <= now + STEPS_APART_MAX; step++) {
    const right = Buffer.from(hotp(key, step, DIGITS, 'sha1'))
    const isRight = given.length === right.length && timingSafeEqual(given, right)
    if (isRight && step > afterStep && found === undefined) found = step
  }
  return found
}

/** What an authenticator app reads from a QR code. */
export function totpUrl(secret: string, account: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  const parameters = new URLSearchParams({
    secret,
    issuer,
    algorithm: 'SHA1',
    digits: String(DIGITS),
    period: '30',
  })
  // Some apps show a plus sign where a space was meant.
  return `otpauth://totp/${label}?${parameters.toString().replaceAll('+', '%20')}`
}

function stepOf(timeMs: number): number {
  return Math.floor(timeMs / STEP_MS)
}

/** RFC 4226 §5.3. */
function hotp(secret: Uint8Array, counter: number, digits: number, algorithm: string): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const hash = createHmac(algorithm, secret).update(message).digest()
  const offset = (hash[hash.length - 1] as number) & 0x0f
  const number = hash.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** RFC 4648 §6 without padding. */
export function toBase32(bytes: Uint8Array): string {
  let bits = 0
  let value = 0
  let text = ''
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(value >> bits) & 31]
    }
  }
  return bits === 0 ? text : text + BASE32[(value << (5 - bits)) & 31]
}

export function fromBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of text) {
    value = ((value << 5) | BASE32.indexOf(letter)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}
