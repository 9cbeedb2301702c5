import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8, firstInvalidUtf8 } from './utf8.js'

function expectAgreement(bytes: Uint8Array): void {
  const isUtf8 = firstInvalidUtf8(bytes, 0, bytes.length) === -1
  if (isUtf8 !== (decodeUtf8(bytes) !== undefined)) expect.fail(`The decoder disagrees about ${bytes}`)
}

describe('firstInvalidUtf8', () => {
  it('agrees with the platform decoder on every sequence of one or two bytes', () => {
    for (let first = 0; first < 256; first++) {
      expectAgreement(Uint8Array.of(first))
      for (let second = 0; second < 256; second++) expectAgreement(Uint8Array.of(first, second))
    }
  })

  it('agrees with the platform decoder on every three bytes that start a longer sequence', () => {
    for (let first = 0xe0; first < 0xf5; first++) {
      for (let second = 0x7e; second < 0xc2; second++) {
        for (const third of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
          expectAgreement(Uint8Array.of(first, second, third))
          expectAgreement(Uint8Array.of(first, second, third, 0x80))
          expectAgreement(Uint8Array.of(first, second, third, 0xc0))
        }
      }
    }
  })

  it('agrees with the platform decoder on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ min: 0x60, maxLength: 6 }), expectAgreement), { numRuns: 10_000 })
  })

  it('tells where the first invalid byte is', () => {
    expect(firstInvalidUtf8(Uint8Array.of(0x61, 0xc3, 0xa9, 0xff, 0x61), 0, 5)).toBe(3)
    expect(firstInvalidUtf8(Uint8Array.of(0x61, 0xc3, 0xa9), 0, 2)).toBe(1)
    expect(firstInvalidUtf8(Uint8Array.of(0xff, 0x61, 0xff), 1, 2)).toBe(-1)
  })
})
