import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numberFault } from './number-literal.js'

const faultOf = (literal: string) => {
  const bytes = new TextEncoder().encode(literal)
  return numberFault(bytes, 0, bytes.length)
}

describe('numberFault', () => {
  it.each([
    ...[
      '0',
      '-0',
      '0.0',
      '-0.0',
      '0e5',
      '0e999999',
      '0.000e-999999',
      '1.0',
      '1.10',
      '1e2',
      '1E+2',
      '1e-2',
      '0.1',
    ],
    ...[
      '9007199254740991',
      '-9007199254740991',
      '1e20',
      '1E22',
      '123e45',
      '1.7976931348623157e308',
      '5e-324',
    ],
    ...['0.30000000000000004', '123456789.12345678', '100000000000000.5', '2.2250738585072014e-308'],
    ...[
      '1000000000000000000000000000000e-30',
      '0.00000000000000000001e20',
      '9007199254740992.0',
      '1e00000000000000001',
    ],
    `0.${'0'.repeat(300)}1`,
    `1${'0'.repeat(300)}.0`,
    `1.${'0'.repeat(100_000)}`,
    `0.${'0'.repeat(100_000)}1e100000`,
  ])('lets %s stand', (literal) => expect(faultOf(literal)).toBeUndefined())

  it.each([
    ['9007199254740992', 'unsafe_integer'],
    ['-9007199254740992', 'unsafe_integer'],
    ['9007199254740993', 'unsafe_integer'],
    ['12345678901234567890', 'unsafe_integer'],
    [`1${'0'.repeat(1_000_000)}`, 'unsafe_integer'],
    ['1e400', 'not_finite'],
    ['-1E400', 'not_finite'],
    ['1.7976931348623159e308', 'not_finite'],
    ['1e99999999999999999999999', 'not_finite'],
    ['123.456e-789', 'underflow'],
    ['-1e-400', 'underflow'],
    ['2e-324', 'underflow'],
    ['1e-99999999999999999999999', 'underflow'],
    ['0.1000000000000000055511151231257827', 'imprecise'],
    ['0.10000000000000001', 'imprecise'],
    ['9007199254740993.0', 'imprecise'],
    ['9007199254740993e0', 'imprecise'],
    ['333333333.33333329', 'imprecise'],
    ['4.9e-324', 'imprecise'],
    ['1.00000000000000000000001', 'imprecise'],
    [`1.${'3'.repeat(1_000_000)}`, 'imprecise'],
  ])('refuses %s as %s', (literal, fault) => expect(faultOf(literal)).toBe(fault))

  it('lets every double stand as ECMAScript writes it, unless it looks like an unsafe integer', () => {
    const property = fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
      const literal = JSON.stringify(double)
      const unsafe = /^-?\d+$/.test(literal) && !Number.isSafeInteger(double)
      expect(faultOf(literal)).toBe(unsafe ? 'unsafe_integer' : undefined)
    })
    fc.assert(property, { numRuns: 5_000 })
  })

  it('lets a decimal stand exactly when no other decimal of its length is the same double', () => {
    const literal = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 19n }), fc.integer({ min: -330, max: 310 }))
    const property = fc.property(literal, ([digits, power]) => {
      const text = `${digits}e${power}`
      const double = Number(text)
      fc.pre(Number.isFinite(double) && double !== 0)
      // BigInt arithmetic: the shortest decimal of the double and the literal, scaled to whole numbers.
      const [mantissa = '', exponent = '0'] = double.toExponential().split('e')
      const shortDigits = mantissa.replace('.', '')
      const shortPower = Number(exponent) - (shortDigits.length - 1)
      const low = Math.min(power, shortPower)
      const equal =
        digits * 10n ** BigInt(power - low) === BigInt(shortDigits) * 10n ** BigInt(shortPower - low)
      expect(faultOf(text) === undefined).toBe(equal)
    })
    fc.assert(property, { numRuns: 5_000 })
  })

  it('takes time in proportion to the length, even where zeros run long', () => {
    const literal = `0.${'0'.repeat(500_000)}1${'0'.repeat(500_000)}1`
    const start = performance.now()
    faultOf(literal)
    expect(performance.now() - start).toBeLessThan(200)
  })
})
