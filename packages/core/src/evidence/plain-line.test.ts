import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { SECTION_PATHS } from '../entry/admission.js'
import type { Json } from '../entry/entry.js'
import { sectionsOf } from '../entry/sections.js'
import { toHex } from '../hash/sha256.js'
import { canonicalJson } from '../json/canonical.js'
import { seededRandom } from '../query/testing/random.js'
import { randomEntry } from '../query/testing/random-entry.js'
import { scannableBytes } from '../wasm/scannable-bytes.js'
import {
  type DisclosedSection,
  type Disclosure,
  disclosureLine,
  type InclusionParts,
  sectionOrder,
} from './disclosure.js'
import { DisclosureScanner } from './disclosure-scanner.js'
import { EvidenceError } from './evidence-error.js'
import { PlainLineReader } from './plain-line.js'
import { sha256 } from './testing/node-crypto.js'
import { encodeUtf8 } from './text.js'

const ID = '0192f0c1-2345-7abc-8def-0123456789ab'
const TIME = '2026-11-21T02:00:00.123456Z'
const SALT = Uint8Array.from({ length: 16 }, (_, i) => 17 * (15 - i))
const JSONS = ['{"id":"u}{"}', '["x",{"y":[]}]', '{"action":"a b"}', `"${TIME}"`, '{}']
/** With all five sections: an object, an array, a string, brackets in strings. */
const LINE = encodeUtf8(lineOf(JSONS.map((json, i) => ({ path: SECTION_PATHS[i]!, salt: SALT, json }))))
/** As that, with two sections erased. */
const ERASED = encodeUtf8(
  lineOf(
    JSONS.map((json, i) => {
      const path = SECTION_PATHS[i]!
      return i % 3 === 0
        ? { path, commitment: new Uint8Array(32).fill(0xa5 + i) }
        : { path, salt: SALT, json }
    }),
  ),
)
const NEWLINE = 0x0a

function lineOf(sections: readonly DisclosedSection[], parts: Partial<Disclosure> = {}): string {
  return disclosureLine({ id: ID, seq: 17_005, recordedAt: TIME, sections, ...parts })
}

/** One of each for all lines: what a line leaves behind must not be taken for the next one's. */
const fast = new DisclosureScanner()
const slow = new DisclosureScanner()
const scannable = scannableBytes(40_000)
const plainLines = PlainLineReader.in(scannable)!
/** Of the lines compared since the test began. */
let plain = 0
let accepted = 0
let compared = 0

/** Everything that a scanner says of a line, or why it says nothing. */
function saidBy(scanner: DisclosureScanner, bytes: Uint8Array, start: number, end: number): unknown {
  try {
    const behind = scanner.read(bytes, start, end)
    const sections = scanner.sections.slice(0, scanner.count).map((section) => ({ ...section }))
    const { id, recordedAt, seq, redacted, prev, inclusion } = scanner
    const body = new Uint8Array(32)
    scanner.hashBody(sha256, body, 0)
    return { behind, sections, id, recordedAt, seq, redacted, prev, inclusion, body: toHex(body) }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    return { code: error.code, detail: error.detail, seq: scanner.seq, redacted: scanner.redacted }
  }
}

/** Compares both ways to read what lies from `start` to `end` of `bytes`, where more may lie behind. */
function compare(bytes: Uint8Array, start: number, end: number): void {
  // Behind them there is left what lay there before.
  scannable.set(bytes)
  compared++
  if (plainLines.read(start, end) >= 0) plain++
  const found = saidBy(fast, scannable, start, end)
  const expected = saidBy(slow, bytes.slice(), start, end)
  if ('behind' in (expected as object)) accepted++
  if (JSON.stringify(found) !== JSON.stringify(expected))
    expect.fail(
      `${JSON.stringify(found)} instead of ${JSON.stringify(expected)} of ${new TextDecoder().decode(bytes.subarray(start, end))}`,
    )
}

const compareAll = (bytes: Uint8Array) => compare(bytes, 0, bytes.length)

beforeEach(() => {
  plain = 0
  accepted = 0
  compared = 0
})

describe('reading a plain line in one go', () => {
  it('finds in a line what reading it member by member finds', () => {
    compareAll(LINE)
    compareAll(encodeUtf8(lineOf([])))
    expect([plain, accepted]).toEqual([2, 2])
    for (let seed = 0; seed < 2_000; seed++) {
      const random = seededRandom(seed)
      const sections = sectionsOf(randomEntry(random)).map(({ path, json }) => {
        const bytes = Uint8Array.from({ length: 32 }, () => random.between(0, 255))
        return random.chance(0.2) ? { path, commitment: bytes } : { path, salt: bytes.slice(16), json }
      })
      const line = encodeUtf8(lineOf(sections, { seq: seed * 7 }))
      // Amid other bytes, as in a file.
      const before = seed % 67
      const padded = new Uint8Array([...new Uint8Array(before), ...line, NEWLINE, ...line])
      compare(padded, before, padded.length)
      compare(padded, before, before + line.length + (seed % 2))
    }
    expect([plain, accepted]).toEqual([compared, compared])
  })

  it('takes and refuses the same of a line with any one byte changed, gone, or too many', () => {
    for (const line of [LINE, ERASED])
      for (let at = 0; at < line.length; at++) {
        for (let byte = 0; byte < 256; byte++) compareAll(line.with(at, byte))
        compareAll(new Uint8Array([...line.subarray(0, at), ...line.subarray(at + 1)]))
        for (const byte of encodeUtf8('"{}[],:\\0a \n'))
          compareAll(new Uint8Array([...line.subarray(0, at), byte, ...line.subarray(at)]))
      }
    expect(plain).toBeGreaterThan(20_000)
    expect(plain).toBeLessThan(0.6 * compared)
  })

  it('takes nothing from behind the end, whatever lies there', () => {
    for (const line of [LINE, ERASED])
      for (let cut = 0; cut <= line.length; cut++) {
        const part = line.subarray(0, cut)
        // The very rest of the line; another line; what makes a shorter line of it.
        const behind = [line.subarray(cut), line, encodeUtf8('}]}],"seq":1}\n'), encodeUtf8('"}],"seq":1}\n')]
        for (const bytes of behind) compare(new Uint8Array([...part, ...bytes]), 0, cut)
      }
    expect([plain, accepted]).toEqual([8, 8])
    const withNewline = new Uint8Array([...LINE, NEWLINE, NEWLINE])
    for (let more = 0; more < 3; more++) compare(withNewline, 0, LINE.length + more)
    expect([plain, accepted]).toEqual([11, 11])
  })

  it('needs nothing behind the memory', () => {
    // As many as fill whole pages, with what goes before and is read behind.
    const length = 65_536 - 24_576 - 160
    const bytes = scannableBytes(length)
    expect(bytes.byteOffset + length + 160).toBe(bytes.buffer.byteLength)
    expect(scannableBytes(length + 1).buffer.byteLength).toBe(2 * 65_536)
    const long = encodeUtf8(lineOf([{ path: '/occurred_at', salt: SALT, json: `"${'x'.repeat(300)}"` }]))
    const memory = new Uint8Array(bytes.buffer)
    const alone = new Uint8Array(length)
    for (const line of [LINE, ERASED, long]) {
      for (let cut = 0; cut <= line.length; cut++) {
        const start = length - cut
        bytes.set(line.subarray(0, cut), start)
        alone.set(line.subarray(0, cut), start)
        // The rest of the line, up to the last byte of the memory.
        memory.set(line.subarray(cut, cut + 160), bytes.byteOffset + length)
        expect(saidBy(fast, bytes, start, length)).toEqual(saidBy(slow, alone, start, length))
      }
      expect(saidBy(fast, bytes, length - line.length, length)).toHaveProperty('behind', length)
    }
  })

  it('takes and refuses the same of lines made of whatever parts', () => {
    const parts = fc.record({
      sections: anySections(),
      seq: anySeq(),
      inclusion: anyInclusion(),
      before: fc.nat(70),
      behind: fc.constantFrom('', '\n', '\n{"id":"', '\n{}', ' ', '}'),
    })
    fc.assert(
      fc.property(parts, ({ sections, seq, inclusion, before, behind }) => {
        const line = lineOf(sections, inclusion === undefined ? {} : { inclusion })
        const text = line.replace('"seq":17005', `"seq":${seq}`)
        const bytes = encodeUtf8(`${' '.repeat(before)}${text}${behind}`)
        compare(bytes, before, bytes.length)
      }),
      { numRuns: 20_000 },
    )
    expect(plain).toBeGreaterThan(0.2 * compared)
    expect(accepted).toBeGreaterThan(1.2 * plain)
    expect(accepted).toBeLessThan(0.8 * compared)
  })

  it('reads values of any length, and keeps what is hashed of them apart', () => {
    const around = Array.from({ length: 20 }, (_, i) => 4_024 + i)
    for (const length of [0, 1, 13, 14, 15, 16, 17, 31, 32, 33, ...around, 4_100, 7_000]) {
      const jsons = [`"${'x'.repeat(length)}"`, `{"a":"${'x'.repeat(length)}"}`]
      for (const json of jsons)
        for (const path of SECTION_PATHS) {
          compareAll(encodeUtf8(lineOf([{ path, salt: SALT, json }])))
          // Nothing of the long one is left in what is hashed of others.
          compareAll(LINE)
        }
      for (const json of jsons)
        compareAll(encodeUtf8(lineOf(SECTION_PATHS.map((path) => ({ path, salt: SALT, json })))))
    }
    expect([plain, accepted]).toEqual([compared, compared])
  })

  it('hashes no section of a line behind whose back another was read', () => {
    const other = new DisclosureScanner()
    const lines = new Uint8Array([...LINE, NEWLINE, ...LINE])
    scannable.set(lines)
    const second = fast.read(scannable, 0, lines.length) + 1
    other.read(scannable, second, lines.length)
    other.hashBody(sha256, new Uint8Array(32), 0)
    expect(() => fast.hashBody(sha256, new Uint8Array(32), 0)).toThrow('read meanwhile')
  })
})

/** Sections as a line may have them, and as none may. */
function anySections(): fc.Arbitrary<DisclosedSection[]> {
  const good = fc.oneof(
    fc.constantFrom(...JSONS),
    fc.jsonValue().map((value) => canonicalJson([value as Json])),
    fc.string({ maxLength: 60 }).map((text) => canonicalJson(text)),
  )
  const other = fc.constantFrom(
    '1',
    'null',
    '"\\""',
    '',
    '{',
    '}',
    '{}}',
    '[1, 2]',
    '"a',
    '{"a":"}',
    '"a\nb"',
    '"a"b',
  )
  const json = fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: other })
  const hash = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const path = fc.constantFrom(...SECTION_PATHS)
  const section = fc.oneof(
    { weight: 8, arbitrary: fc.record({ path, salt: hash(16), json }) },
    { weight: 1, arbitrary: fc.record({ path, commitment: hash(32) }) },
  )
  const inOrder = fc
    .uniqueArray(section, { maxLength: 5, selector: (made) => made.path })
    .map((made) => made.toSorted((a, b) => sectionOrder(a.path) - sectionOrder(b.path)))
  return fc.oneof(
    { weight: 8, arbitrary: inOrder },
    { weight: 1, arbitrary: fc.array(section, { maxLength: 6 }) },
  )
}

/** Most of them as in a line of a log. */
function anySeq(): fc.Arbitrary<string> {
  const edges = ['0', '10', '999999999999999', '1000000000000000', '9007199254740991']
  const wrong = ['9007199254740992', '00', '07', '', '-1', '1.0', '1'.repeat(40)]
  return fc.oneof(
    { weight: 8, arbitrary: fc.nat().map(String) },
    { weight: 4, arbitrary: fc.constantFrom(...edges) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong) },
  )
}

function anyInclusion(): fc.Arbitrary<InclusionParts | undefined> {
  const prev = 'c'.repeat(64)
  const some = fc.constantFrom({ prev, path: [] }, { log: 'a.example/log', prev, path: [new Uint8Array(32)] })
  return fc.oneof({ weight: 10, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some })
}
