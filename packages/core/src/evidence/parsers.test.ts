import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../hash/sha256.js'
import { parseCheckpoint } from './checkpoint.js'
import { disclosureLine } from './disclosure.js'
import { DisclosureScanner } from './disclosure-scanner.js'
import { decodeBundle } from './entry-bundle.js'
import { EvidenceError } from './evidence-error.js'
import { formatVerifierKey, KEY_TYPE, parseSigningKey, parseVerifierKey } from './keys.js'
import { parseLeaf } from './leaf-bytes.js'
import { formatPolicy, logKeysOf, meetsQuorum, parsePolicy } from './policy.js'
import { parseNote, parseSignatureLine } from './signed-note.js'
import { aSigner, sha256 } from './testing/node-crypto.js'
import { encodeUtf8 } from './text.js'
import { parseBundlePath, parseTilePath } from './tile.js'
import { formatTlogProof, parseTlogProof } from './tlog-proof.js'
import { formatAddCheckpoint, parseAddCheckpoint } from './witness-request.js'

const CHECKPOINT = encodeUtf8('o\n1\n\n— o AAAAAAA=\n')
const HASHES = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const decoder = new TextDecoder()

describe('a tlog-proof', () => {
  it('is read back', () => {
    for (const proof of [
      { index: 0, path: [], checkpoint: CHECKPOINT },
      { extra: encodeUtf8('{"leaf"}'), index: 2 ** 53 - 1, path: HASHES, checkpoint: CHECKPOINT },
      { extra: new Uint8Array(0), index: 1, path: HASHES, checkpoint: CHECKPOINT },
    ])
      expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof)
  })

  const text = decoder.decode(formatTlogProof({ index: 7, path: HASHES, checkpoint: CHECKPOINT }))
  it.each([
    text.replace('@v1', '@v2'),
    text.replace('index 7', 'index 07'),
    text.replace('index 7', 'index  7'),
    text.replace('index 7\n', ''),
    text.replace('index 7', 'extra A\nindex 7'),
    text.replace('index 7', 'index 7\nextra AAAA'),
    text.replace('\nAQEB', '\nAQE'),
    text.replace('index 7\n', `index 7\n${'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n'.repeat(64)}`),
    text.slice(0, 40),
    '',
  ])('is refused when it is not one: %j', (candidate) => {
    expect(() => parseTlogProof(encodeUtf8(candidate))).toThrow(EvidenceError)
  })
})

describe('a request to a witness', () => {
  it('is read back, and refused when it is not one', () => {
    const request = { oldSize: 5, proof: HASHES, checkpoint: CHECKPOINT }
    expect(parseAddCheckpoint(formatAddCheckpoint(request))).toEqual(request)
    const text = decoder.decode(formatAddCheckpoint(request))
    for (const bad of [
      text.replace('old 5', 'old -5'),
      text.replace('old', 'size'),
      text.replace('\n\n', '\n'),
      '\n\n',
    ])
      expect(() => parseAddCheckpoint(encodeUtf8(bad))).toThrow(EvidenceError)
  })
})

const log = aSigner('audit.example.com/log/x/live/0', 1).key
const witnesses = [2, 3, 4, 5, 6, 7].map(
  (seed) => aSigner(`w${seed}.example`, seed, KEY_TYPE.cosignature).key,
)
const [X1, X2, X3, Y1, Y2, Y3] = witnesses.map(formatVerifierKey)
const POLICY = `# Two organizations watch.
log ${formatVerifierKey(log)} https://audit.example.com/x

\twitness X1 ${X1}  https://x1.example/w
witness X2 ${X2}
witness X3 ${X3}
group X-witnesses 2 X1 X2 X3
witness Y1 ${Y1}
witness Y2 ${Y2}
witness Y3 ${Y3}
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`

describe('a policy', () => {
  const policy = parsePolicy(sha256, encodeUtf8(POLICY))

  it('says which subsets of witnesses are enough', () => {
    for (let mask = 0; mask < 64; mask++) {
      const cosigners = witnesses.filter((_, i) => mask & (1 << i))
      const x = cosigners.filter((key) => witnesses.indexOf(key) < 3).length
      expect(meetsQuorum(policy, cosigners)).toBe(x >= 2 && cosigners.length > x)
    }
    expect(meetsQuorum(policy, [log, ...witnesses.slice(0, 2)])).toBe(false)
    expect(meetsQuorum(parsePolicy(sha256, encodeUtf8('quorum none\n')), [])).toBe(true)
  })

  it('is read back, with its URLs', () => {
    expect(parsePolicy(sha256, encodeUtf8(formatPolicy(policy)))).toEqual(policy)
    expect(policy.logs[0]?.url).toBe('https://audit.example.com/x')
    expect(policy.witnesses[0]).toMatchObject({ name: 'X1', url: 'https://x1.example/w' })
    expect(logKeysOf(policy, log.name)).toEqual([log])
    expect(logKeysOf(policy, 'another.example')).toEqual([])
  })

  const vkey = formatVerifierKey(log)
  const renamed = formatVerifierKey(aSigner('another.example', 1).key)
  it.each([
    ['', 'no quorum'],
    ['quorum none', 'no newline'],
    ['quorum none\nquorum none\n', 'two quorums'],
    ['quorum X\n', 'an undefined quorum'],
    [`quorum X\nwitness X ${X1}\n`, 'a quorum before its definition'],
    [`log ${vkey}\nlog ${renamed}\nquorum none\n`, 'one key under two names'],
    [`log ${X1}\nquorum none\n`, "a witness's key for a log"],
    [`witness X ${vkey}\nquorum X\n`, "a log's key for a witness"],
    [`witness X ${X1}\nwitness X ${X2}\nquorum X\n`, 'a name twice'],
    [`witness X ${X1}\nwitness Y ${X1}\nquorum X\n`, 'a key twice'],
    [`witness none ${X1}\nquorum none\n`, 'the name none'],
    [`witness X ${X1}\ngroup G 2 X\nquorum G\n`, 'more than there are'],
    [`witness X ${X1}\ngroup G 0 X\nquorum G\n`, 'none of one'],
    [`witness X ${X1}\ngroup G 01 X\nquorum G\n`, 'a leading zero'],
    [`witness X ${X1}\ngroup G any\nquorum X\n`, 'no member'],
    [`witness X ${X1}\ngroup G all X X\nquorum G\n`, 'a member twice'],
    [`witness X ${X1}\ngroup G all X\ngroup H all X\nquorum G\n`, 'a member of two groups'],
    [`group G all G\nquorum G\n`, 'a group of itself'],
    [`log ${vkey} u v\nquorum none\n`, 'too many items'],
    [`log\u00a0${vkey}\nquorum none\n`, 'a space that is none'],
    ['quorum none\r\n', 'a carriage return'],
    ['Quorum none\n', 'a capital'],
  ])('is refused: %j (%s)', (text) => {
    expect(() => parsePolicy(sha256, encodeUtf8(text))).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    )
  })
})

describe('every parser', () => {
  const line = disclosureLine({
    id: '0192f0c1-2345-7abc-8def-0123456789ab',
    seq: 3,
    recordedAt: '2026-11-21T02:00:00.123456Z',
    sections: [{ path: '/event', salt: new Uint8Array(16), json: '{"action":"a"}' }],
  })
  const scanner = new DisclosureScanner()
  const parsers: readonly (readonly [name: string, parse: (bytes: Uint8Array) => unknown, seed: string])[] = [
    ['note', parseNote, 'text\n\n— name AAAAAAA=\n'],
    ['signature line', (bytes) => parseSignatureLine(decoder.decode(bytes)), '— name AAAAAAA='],
    [
      'checkpoint',
      (bytes) => parseCheckpoint(decoder.decode(bytes)),
      'o\n1\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n',
    ],
    ['verifier key', (bytes) => parseVerifierKey(sha256, decoder.decode(bytes)), formatVerifierKey(log)],
    [
      'signing key',
      (bytes) => parseSigningKey(decoder.decode(bytes)),
      'PRIVATE+KEY+a+530d903a+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB',
    ],
    ['tile path', (bytes) => parseTilePath(decoder.decode(bytes)), 'tile/1/x001/234.p/7'],
    ['bundle path', (bytes) => parseBundlePath(decoder.decode(bytes)), 'tile/entries/x001/234.p/7'],
    ['bundle', (bytes) => decodeBundle(bytes, 2), '\u0000\u0001a\u0000\u0002bb'],
    [
      'proof',
      parseTlogProof,
      decoder.decode(formatTlogProof({ index: 1, path: HASHES, checkpoint: CHECKPOINT })),
    ],
    [
      'request',
      parseAddCheckpoint,
      decoder.decode(formatAddCheckpoint({ oldSize: 1, proof: HASHES, checkpoint: CHECKPOINT })),
    ],
    ['policy', (bytes) => parsePolicy(sha256, bytes), POLICY],
    ['leaf', parseLeaf, `{"body":"${toHex(HASHES[0]!)}"`],
    ['disclosure', (bytes) => scanner.read(bytes), line],
  ]

  it.each(parsers)('%s takes any bytes and throws nothing but an EvidenceError', (_name, parse, seed) => {
    const good = encodeUtf8(seed)
    const mutated = fc
      .array(
        fc.tuple(
          fc.nat(),
          fc.constantFrom('flip', 'cut', 'insert', 'repeat'),
          fc.uint8Array({ maxLength: 6 }),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((steps) => steps.reduce((bytes, step) => mutate(bytes, ...step), good))
    let refused = 0
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        try {
          parse(bytes)
        } catch (error) {
          refused++
          expect(error).toBeInstanceOf(EvidenceError)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(refused).toBeGreaterThan(500)
  })
})

function mutate(bytes: Uint8Array, at: number, how: string, stuff: Uint8Array): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length
  const before = bytes.subarray(0, place)
  const after = bytes.subarray(place)
  if (how === 'cut') return new Uint8Array([...before, ...after.subarray(stuff.length)])
  if (how === 'insert') return new Uint8Array([...before, ...stuff, ...after])
  if (how === 'repeat') return new Uint8Array([...before, ...after, ...after])
  return new Uint8Array([...before, ...after.map((byte, i) => byte ^ (stuff[i] ?? 0))])
}
