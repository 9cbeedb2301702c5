import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { findTotpStep, fromBase32, makeTotpSecret, toBase32, totpCode, totpUrl } from './totp.js'

// RFC 6238, Appendix B.
const SECRETS = {
  sha1: '12345678901234567890',
  sha256: '12345678901234567890123456789012',
  sha512: '1234567890123456789012345678901234567890123456789012345678901234',
} as const
const VECTORS = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
] as const

describe('codes', () => {
  it.each(VECTORS)('at %i s are those of RFC 6238', (seconds, sha1, sha256, sha512) => {
    const code = (algorithm: keyof typeof SECRETS) =>
      totpCode(Buffer.from(SECRETS[algorithm]), seconds * 1_000, 8, algorithm)
    expect([code('sha1'), code('sha256'), code('sha512')]).toEqual([sha1, sha256, sha512])
  })

  it('are taken one step early or late, and not two', () => {
    const secret = makeTotpSecret()
    const now = 1_800_000_000_000
    const found = (offsetSteps: number) => {
      const code = totpCode(fromBase32(secret), now + offsetSteps * 30_000)
      return findTotpStep(secret, code, now, 0) !== undefined
    }
    expect([-2, -1, 0, 1, 2].map(found)).toEqual([false, true, true, true, false])
  })

  it('are taken once, and none that is older after it', () => {
    const secret = makeTotpSecret()
    const now = 1_800_000_000_000
    const code = (offsetSteps: number) => totpCode(fromBase32(secret), now + offsetSteps * 30_000)
    const step = findTotpStep(secret, code(0), now, 0) as number
    expect(step).toBe(now / 30_000)
    expect(findTotpStep(secret, code(0), now, step)).toBe(undefined)
    expect(findTotpStep(secret, code(-1), now, step)).toBe(undefined)
    expect(findTotpStep(secret, code(1), now, step)).toBe(step + 1)
  })

  it.each(['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦', '      '])('are not %j', (code) => {
    expect(findTotpStep(makeTotpSecret(), code, Date.now(), 0)).toBe(undefined)
  })
})

describe('base32', () => {
  // RFC 4648, section 10.
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is %j', (text, base32) => {
    expect(toBase32(Buffer.from(text))).toBe(base32)
    expect(Buffer.from(fromBase32(base32)).toString()).toBe(text)
  })

  it('gives back any bytes', () => {
    for (let i = 0; i < 500; i++) {
      const bytes = randomBytes(i % 64)
      expect(Buffer.from(fromBase32(toBase32(bytes)))).toEqual(bytes)
    }
  })
})

it('the URL of a QR code says what it is for', () => {
  const url = new URL(totpUrl('MZXW6', 'ada@example.com', 'Counterfoil (acme & co)'))
  expect(url.href).toContain('otpauth://totp/Counterfoil%20(acme%20%26%20co):ada%40example.com?')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    secret: 'MZXW6',
    issuer: 'Counterfoil (acme & co)',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})
