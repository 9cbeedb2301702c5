import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SECTION_PATHS } from '../entry/admission.js'
import { sectionsOf } from '../entry/sections.js'
import { leafText } from '../hash/leaf.js'
import { toHex } from '../hash/sha256.js'
import { canonicalJson } from '../json/canonical.js'
import { seededRandom } from '../query/testing/random.js'
import { randomEntry } from '../query/testing/random-entry.js'
import { type DisclosedSection, type Disclosure, disclosureLine } from './disclosure.js'
import { DisclosureScanner } from './disclosure-scanner.js'
import { EvidenceError } from './evidence-error.js'
import { parseLeaf } from './leaf-bytes.js'
import { sha256 } from './testing/node-crypto.js'
import { encodeUtf8 } from './text.js'

const LEAF = {
  body: 'b'.repeat(64),
  id: '0192f0c1-2345-7abc-8def-0123456789ab',
  log: 'audit.example.com/log/x/live/0',
  prev: '0'.repeat(64),
  seq: 7,
  t: '2026-11-21T02:00:00.123456Z',
}

describe('leaf bytes', () => {
  it('are read back', () => {
    expect(parseLeaf(encodeUtf8(leafText(LEAF)))).toEqual(LEAF)
    const large = { ...LEAF, seq: 2 ** 53 - 1 }
    expect(parseLeaf(encodeUtf8(leafText(large)))).toEqual(large)
  })

  const text = leafText(LEAF)
  it.each([
    text.replace('"seq":7', '"seq":07'),
    text.replace('"seq":7', '"seq":9007199254740992'),
    text.replace('"v":1', '"v":2'),
    text.replace('"v":1}', '"v":1,"w":1}'),
    text.replace('"body"', '"Body"'),
    text.replace('bbb', 'BBB'),
    text.replace(LEAF.log, 'https://x'),
    text.replace(':', ': '),
    ` ${text}`,
    `${text}\n`,
    text.slice(0, -1),
    'x'.repeat(10_000),
    '',
  ])('are refused in any other spelling: %s', (candidate) => {
    expect(() => parseLeaf(encodeUtf8(candidate))).toThrow(EvidenceError)
  })
})

/** The body hash from the format's definition, not from BodyHasher. */
function bodyOf(sections: readonly DisclosedSection[]): string {
  const body = createHash('sha256').update('audit-body/v1\n')
  for (const section of sections) {
    if ('commitment' in section) {
      body.update(section.commitment)
      continue
    }
    const length = Buffer.alloc(4)
    length.writeUInt32BE(section.path.length)
    const field = createHash('sha256').update('audit-field/v1\n').update(section.salt).update(length)
    body.update(field.update(section.path).update(section.json).digest())
  }
  return body.digest('hex')
}

function randomDisclosure(seed: number): Disclosure {
  const random = seededRandom(seed)
  const sections = sectionsOf(randomEntry(random)).map(({ path, json }, i): DisclosedSection => {
    const bytes = new Uint8Array(32).fill(seed + i)
    return random.chance(0.2) ? { path, commitment: bytes } : { path, salt: bytes.slice(0, 16), json }
  })
  const disclosure = { id: LEAF.id, seq: seed, recordedAt: LEAF.t, sections }
  if (seed % 3 !== 0) return disclosure
  const path = Array.from({ length: seed % 7 }, (_, i) => new Uint8Array(32).fill(i))
  return { ...disclosure, inclusion: { prev: 'c'.repeat(64), path } }
}

describe('a line of disclosures', () => {
  const scanner = new DisclosureScanner()

  it('is canonical JSON, is read back, and gives the body hash of the definition', () => {
    for (let seed = 0; seed < 500; seed++) {
      const disclosure = randomDisclosure(seed)
      const line = disclosureLine(disclosure)
      expect(line).toBe(canonicalJson(JSON.parse(line)))
      // Amid other bytes, as in a file.
      const padded = encodeUtf8(`{"x"}\n${line}\n{"id":"`)
      const end = padded.length - 8
      expect(scanner.read(padded, 6)).toBe(end)
      expect(scanner.read(padded, 6, end)).toBe(end)
      expect(scanner.seq).toBe(seed)
      expect([scanner.id, scanner.recordedAt]).toEqual([LEAF.id, LEAF.t])
      expect(scanner.count).toBe(disclosure.sections.length)
      expect(scanner.redacted).toBe(disclosure.sections.filter((section) => 'commitment' in section).length)
      expect(scanner.inclusion?.map((hash) => toHex(hash))).toEqual(
        disclosure.inclusion?.path.map((hash) => toHex(hash)),
      )
      expect(scanner.prev).toBe(disclosure.inclusion?.prev)
      const body = new Uint8Array(32)
      scanner.hashBody(sha256, body, 0)
      expect(toHex(body)).toBe(bodyOf(disclosure.sections))
    }
  })

  it('refuses every cut and every other order', () => {
    for (let seed = 0; seed < 12; seed++) {
      const bytes = encodeUtf8(disclosureLine(randomDisclosure(seed)))
      for (let length = 0; length < bytes.length; length++)
        expect(() => scanner.read(bytes, 0, length)).toThrow(EvidenceError)
      expect(() => scanner.read(new Uint8Array([...bytes, 0x20]))).toThrow(EvidenceError)
    }
    const sections: DisclosedSection[] = SECTION_PATHS.map((path) => ({
      path,
      salt: new Uint8Array(16),
      json: '{}',
    }))
    const read = (order: readonly DisclosedSection[]) =>
      scanner.read(encodeUtf8(disclosureLine({ ...randomDisclosure(1), sections: order })))
    read(sections)
    expect(() => read([sections[1]!, sections[0]!])).toThrow(EvidenceError)
    expect(() => read([sections[0]!, sections[0]!])).toThrow(EvidenceError)
    expect(() => read([...sections, sections[4]!])).toThrow(EvidenceError)
  })

  it('lets no value reach beyond its section', () => {
    const line = (json: string) =>
      encodeUtf8(
        disclosureLine({
          ...randomDisclosure(1),
          sections: [{ path: '/event', salt: new Uint8Array(16), json }],
        }),
      )
    for (const json of ['{"a":"}"}', '{"a":"\\""}', '[[],{}]', '"a}b"', '1', 'null', '{"a":"\\\\"}']) {
      scanner.read(line(json))
      const { jsonStart, jsonEnd } = scanner.sections[0]!
      expect(new TextDecoder().decode(scanner.bytes.subarray(jsonStart, jsonEnd))).toBe(json)
    }
    for (const json of [
      '',
      '{',
      '}',
      '{}}',
      '{},"value":{}',
      '{} ',
      '"a',
      '{"a":"}',
      '[1',
      '1,2',
      '"a\nb"',
      '[1, 2]',
    ])
      expect(() => scanner.read(line(json))).toThrow(EvidenceError)
  })

  it('never reads a changed line as anything but malformed or another body', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), fc.integer({ min: 1, max: 255 }), (seed, at, flip) => {
        const disclosure = randomDisclosure(seed)
        const line = encodeUtf8(disclosureLine(disclosure))
        const place = at % line.length
        const changed = line.with(place, line[place]! ^ flip)
        const body = new Uint8Array(32)
        try {
          scanner.read(changed)
          scanner.hashBody(sha256, body, 0)
        } catch (error) {
          expect(error).toBeInstanceOf(EvidenceError)
          return
        }
        const parts = (s: DisclosureScanner) => [s.id, s.recordedAt, s.seq, s.prev, s.inclusion, toHex(body)]
        const after = parts(scanner)
        scanner.read(line.slice())
        scanner.hashBody(sha256, body, 0)
        expect(after).not.toEqual(parts(scanner))
      }),
      { numRuns: 3_000 },
    )
  })
})
