import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../entry/entry.js'
import { scannableBytes } from '../wasm/scannable-bytes.js'
import { canonicalJson } from './canonical.js'
import { endOfValueIn } from './value-extent.js'

const encoder = new TextEncoder()

/** Where the value at `from` ends in `text`, found both ways. */
function endIn(text: string | Uint8Array, from = 0, end?: number): number {
  const plain = typeof text === 'string' ? encoder.encode(text) : text
  const scannable = scannableBytes(plain.length)
  scannable.set(plain)
  const expected = endOfValueIn(plain)(from, end ?? plain.length)
  const found = endOfValueIn(scannable)(from, end ?? plain.length)
  if (found !== expected)
    expect.fail(`Sixteen at a time give ${found}, one at a time ${expected}, from ${from} of ${[...plain]}`)
  return found
}

describe('endOfValueIn', () => {
  it('finds the end of every value, wherever it starts and whatever follows', () => {
    const given = fc.tuple(
      fc.jsonValue(),
      fc.nat(40),
      fc.constantFrom('', '}', ']}', '},{"path":"x"}\n', '\n'),
    )
    fc.assert(
      fc.property(given, ([value, before, after]) => {
        const json = canonicalJson(value as Json)
        const from = before
        const text = encoder.encode(`${' '.repeat(before)}${json}${after}`)
        const end = endIn(text, from)
        const closesItself = /["}\]]$/.test(json)
        if (closesItself || /^[}\]]/.test(after)) expect(end).toBe(text.length - after.length)
        endIn(text, from, text.length - after.length - 1)
      }),
      { numRuns: 3_000 },
    )
  })

  it('says of whatever bytes what a look at each of them says', () => {
    const byte = fc.constantFrom(...encoder.encode('{}[]"\\,:a '), 0x00, 0x0a, 0x1f, 0x21, 0x7f, 0x80, 0xff)
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 })
    const mixed = fc.array(fc.oneof({ weight: 4, arbitrary: byte }, fc.nat(255)), { maxLength: 90 })
    fc.assert(
      fc.property(fc.oneof(bytes, mixed), fc.nat(20), (given, from) => {
        const text = Uint8Array.from([0x7b, ...given])
        for (const end of [text.length, Math.max(0, text.length - 5)])
          endIn(text, Math.min(from, text.length - 1), end)
        endIn(text)
      }),
      { numRuns: 20_000 },
    )
  })

  it('finds nothing where a value does not end, up to the last byte of the memory', () => {
    for (const length of [65_520, 65_521, 65_522, 65_536]) {
      const bytes = scannableBytes(length).fill(0x61)
      bytes[length - 20] = 0x7b
      expect(endOfValueIn(bytes)(length - 20, length)).toBe(-1)
      bytes[length - 1] = 0x7d
      expect(endOfValueIn(bytes)(length - 20, length)).toBe(length)
      expect(endOfValueIn(bytes)(length - 20, length - 1)).toBe(-1)
    }
  })

  it('knows strings, escapes and what may not stand in either', () => {
    const long = 'x'.repeat(37)
    expect(endIn(`{"${long}":"}${long}]"}`)).toBe(83)
    expect(endIn(`{"a":"${long}\\"}"}`)).toBe(48)
    expect(endIn(`{"a":"${long}\n"}`)).toBe(-1)
    expect(endIn(`{"a": "${long}"}`)).toBe(-1)
    expect(endIn(`{"a b":"${long}"}`)).toBe(47)
    expect(endIn(`{"a":[[[{}],{"b":"{[["}]]}${long} `)).toBe(26)
    expect(endIn(`{"a":"${long}}`)).toBe(-1)
    // Wherever they lie among sixteen bytes.
    for (let before = 0; before < 40; before++) {
      const text = 'x'.repeat(before)
      for (const escaped of ['\\"', '\\\\', '\\\\\\"', '\\n', '\\\n', '\\\\\\\u0000', '\\"}\\"'])
        expect(endIn(`{"${text}${escaped}":{"b":"${escaped}}"}}}`)).toBe(before + 2 * escaped.length + 14)
      expect(endIn(`{"a":"${text}\\\n"}`)).toBe(before + 10)
      expect(endIn(`{"a":"${text}\\\\\n"}`)).toBe(-1)
      // One outside of strings means nothing.
      expect(endIn(`{"${text}":\\"}"}`)).toBe(before + 9)
    }
  })
})
