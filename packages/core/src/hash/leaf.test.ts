import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BodyHasher } from './commitment.js'
import { GENESIS_HASH, isOrigin, LeafHasher, leafText, logOrigin } from './leaf.js'
import { fromHex, toHex } from './sha256.js'

const sha256 = (bytes: Uint8Array, out: Uint8Array, offset: number) => {
  out.set(createHash('sha256').update(bytes).digest(), offset)
}
const hex = (...parts: (Uint8Array | string)[]) =>
  createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    .digest('hex')

const LEAF = {
  body: 'b'.repeat(64),
  id: '0192f0c1-2345-7abc-8def-0123456789ab',
  log: logOrigin('audit.example.com', '0192f0c1-0000-7000-8000-000000000001', 'live', 0),
  prev: GENESIS_HASH,
  seq: 0,
  t: '2026-11-21T02:00:00.123456Z',
}

describe('leaf', () => {
  it('is canonical JSON of exactly seven members', () => {
    const members = JSON.parse(leafText(LEAF)) as Record<string, unknown>
    expect(Object.keys(members)).toEqual(['body', 'id', 'log', 'prev', 'seq', 't', 'v'])
    expect(leafText(LEAF)).toBe(JSON.stringify(members))
    expect(members).toEqual({ ...LEAF, v: 1 })
  })

  it('hashes as an RFC 6962 leaf', () => {
    expect(new LeafHasher(sha256).hashHex(LEAF)).toBe(hex(Uint8Array.of(0), leafText(LEAF)))
  })

  it.each([
    ['audit.example.com/log/x/live/0', true],
    ['localhost:8787/log/x/test/12', true],
    ['https://audit.example.com', false],
    ['audit example', false],
    ['a"b', false],
    ['a+b', false],
    ['', false],
  ])('takes %j as an origin: %s', (origin, accepted) => {
    expect(isOrigin(origin)).toBe(accepted)
  })
})

describe('body hash', () => {
  const salts = Uint8Array.from({ length: 32 }, (_, i) => i)
  const commitment = (path: string, salt: Uint8Array, value: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(path.length)
    return Buffer.from(hex('audit-field/v1\n', salt, length, path, value), 'hex')
  }

  it('follows the format, with non-ASCII values in UTF-8', () => {
    const hasher = new BodyHasher(sha256)
    const out = new Uint8Array(32)
    hasher.begin()
    const bytes = hasher.addSection('/actor', salts, 0, '{"label":"Zoë 🦊"}')
    expect(Buffer.from(bytes).toString()).toBe('{"label":"Zoë 🦊"}')
    hasher.addSection('/event', salts, 16, '{}')
    hasher.finish(out, 0)
    const actor = commitment('/actor', salts.subarray(0, 16), '{"label":"Zoë 🦊"}')
    const event = commitment('/event', salts.subarray(16), '{}')
    expect(toHex(out)).toBe(hex('audit-body/v1\n', actor, event))
  })

  it('stays the same when a section is erased and only its commitment remains', () => {
    const hasher = new BodyHasher(sha256)
    const whole = new Uint8Array(32)
    const erased = new Uint8Array(32)
    hasher.begin()
    hasher.addSection('/actor', salts, 0, '{}')
    hasher.addSectionBytes('/event', salts, 16, new TextEncoder().encode('{"a":1}'))
    hasher.finish(whole, 0)
    hasher.begin()
    hasher.addCommitment(commitment('/actor', salts.subarray(0, 16), '{}'))
    hasher.addSection('/event', salts, 16, '{"a":1}')
    hasher.finish(erased, 0)
    expect(toHex(erased)).toBe(toHex(whole))
  })

  it('grows its buffer for a section larger than any before', () => {
    const hasher = new BodyHasher(sha256)
    const out = new Uint8Array(32)
    const value = JSON.stringify('é'.repeat(200_000))
    hasher.begin()
    hasher.addSection('/payload', salts, 0, value)
    hasher.finish(out, 0)
    expect(toHex(out)).toBe(hex('audit-body/v1\n', commitment('/payload', salts.subarray(0, 16), value)))
  })
})

describe('hex', () => {
  it('reads back what it writes and refuses the rest', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect(fromHex(toHex(bytes))).toEqual(bytes)
    for (const text of ['0', 'AB', 'zz', '0x']) expect(fromHex(text)).toBeUndefined()
  })
})
