import { cosign, formatVerifierKey, KEY_TYPE, parsePolicy, type VerifierKey } from '@counterfoil/core'
import { aSigner, seededRandom } from '@counterfoil/core/testing'
import { describe, expect, it } from 'vitest'
import { nodePlatform } from '../node/node-platform.js'
import type { Report } from '../report.js'
import { aRecord, chain, type FileMap, redact, signNote, TEST_ORIGIN, TestLog } from '../testing/test-log.js'
import type { Trust } from '../trust.js'
import { BUNDLE_FILES, disclosuresPath, parseManifest } from './manifest.js'
import { verifyBundle } from './verify-bundle.js'

const log = new TestLog(600)
const keys: readonly VerifierKey[] = [log.signer.key]
const verify = (files: FileMap, trust: Trust = { keys }) => verifyBundle(nodePlatform, files, { trust })
const codes = (report: Report) => [...new Set(report.problems.map(({ code }) => code))].toSorted()

describe('an export of a whole log', () => {
  it('verifies, and says what was proven', async () => {
    const report = await verify(await log.bundle())
    expect(report).toMatchObject({
      object: 'verification',
      kind: 'log',
      verdict: 'verified',
      level: 'L1',
      origin: TEST_ORIGIN,
      size: 600,
      entries: 600,
      first_seq: 0,
      last_seq: 599,
      sections: { redacted: 0, FAILED: 0 },
      key: 'given',
      problem_count: 0,
      checks: {
        content: 'passed',
        chain: 'passed',
        tree: 'passed',
        signature: 'passed',
        kept: 'not_checked',
      },
    })
    expect(report.sections.verified).toBe(log.entries.flatMap(({ sections }) => sections).length)
  })

  it.each([0, 1, 255, 256, 257])('verifies with %d entries', async (size) => {
    const small = new TestLog(size)
    expect(await verify(await small.bundle())).toMatchObject({ verdict: 'verified', entries: size })
  })

  it('reaches no more than L0 by the key that came with it', async () => {
    const report = await verify(await log.bundle(), {})
    expect(report).toMatchObject({ verdict: 'verified', level: 'L0', key: 'from_the_evidence' })
    expect(report.notes[0]).toContain('came with the evidence')
  })

  it('is refused under a key of another log or another signer', async () => {
    const files = await log.bundle()
    const stranger = new TestLog(1, { seed: 9 }).signer.key
    const elsewhere = new TestLog(1, { origin: `${TEST_ORIGIN}1` }).signer.key
    for (const key of [stranger, elsewhere])
      expect(await verify(files, { keys: [key] })).toMatchObject({ verdict: 'FAILED', level: 'none' })
  })

  it('is refused without the signature of its log, whatever else is signed', async () => {
    const witness = aSigner('w.example', 3, KEY_TYPE.cosignature)
    const text = new TextDecoder().decode(log.checkpoint()).split('\n\n')[0]
    const cosigned = await cosign(witness.key, witness.sign, `${text}\n`, 1_790_000_000)
    for (const [note, code] of [
      [`${text}\n`, 'malformed'],
      [`${text}\n\n`, 'malformed'],
      [`${text}\n\n${cosigned}`, 'not_signed'],
      [new TextDecoder().decode(signNote(`${text}\n`, aSigner(TEST_ORIGIN, 9))), 'not_signed'],
    ] as const) {
      const files = (await log.bundle()).copy()
      files.files.set(BUNDLE_FILES.checkpoint, new TextEncoder().encode(note))
      // Not even by a key that comes along with it.
      for (const trust of [{ keys }, {}]) {
        const report = await verify(files, trust)
        expect(report).toMatchObject({ verdict: 'FAILED', level: 'none' })
        expect(codes(report)).toEqual([code])
      }
    }
  })

  it('tells redacted sections from verified ones', async () => {
    const entries = log.entries.map((entry, seq) => (seq % 3 === 0 ? redact(entry, '/actor') : entry))
    const record = aRecord('log.redacted', { sections: ['/actor'], seqs: [[0, 599]] })
    const redacted = new TestLog(0, { entries: chain(TEST_ORIGIN, [...entries, record]) })
    const report = await verify(await redacted.bundle())
    expect(report).toMatchObject({ verdict: 'verified', sections: { redacted: 200, FAILED: 0 } })
    const all = entries.map((entry) => entry.sections.reduce((rest, { path }) => redact(rest, path), entry))
    const sections = ['/actor', '/context', '/event', '/occurred_at', '/payload']
    const recorded = chain(TEST_ORIGIN, [...all, aRecord('log.retention', { sections, seqs: '0-599' })])
    const nothing = await verify(await new TestLog(0, { entries: recorded }).bundle())
    expect(nothing).toMatchObject({ verdict: 'verified', sections: { verified: 2, FAILED: 0 } })
  })

  it('finds and places any changed byte, in any of its files', async () => {
    const files = await log.bundle()
    let found = 0
    for (const [path, bytes] of files.files) {
      // What is for people is not evidence; keys and a policy that come with the evidence are not believed anyway.
      if (path === BUNDLE_FILES.key || path === BUNDLE_FILES.policy) continue
      for (let flip = 0; flip < 12; flip++) {
        const at = Math.floor((bytes.length * (flip + 0.5)) / 12)
        const changed = files.copy()
        changed.files.set(path, bytes.with(at, bytes[at]! ^ (1 << (flip % 8))))
        const report = await verify(changed)
        if (path === BUNDLE_FILES.manifest && report.verdict === 'verified') continue
        expect(report.verdict, `${path} at ${at}`).toBe('FAILED')
        expect(report.problems.length).toBeGreaterThan(0)
        found++
      }
    }
    expect(found).toBeGreaterThan(100)
  })

  it('finds 2,000 random flipped bits, but for those that change nothing that is said', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
    const random = seededRandom(seed)
    const small = new TestLog(0, { entries: log.entries.slice(0, 20) })
    for (const files of [await small.bundle(), await small.selection([0, 3, 19])]) {
      const paths = [...files.files.keys()].filter(
        (path) => path !== BUNDLE_FILES.key && path !== BUNDLE_FILES.policy,
      )
      const sizes = paths.map((path) => files.files.get(path)!.length)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      const manifest = parseManifest(files.files.get(BUNDLE_FILES.manifest)!)
      for (let flip = 0; flip < 1_000; flip++) {
        let at = random.between(0, total - 1)
        const file = sizes.findIndex((size) => {
          at -= size
          return at < 0
        })
        const path = paths[file]!
        const bytes = files.files.get(path)!
        const place = at + sizes[file]!
        const changed = files.copy()
        changed.files.set(path, bytes.with(place, bytes[place]! ^ (1 << random.between(0, 7))))
        const { verdict } = await verify(changed)
        const where = `${path} at ${place}, SEED=${seed}`
        // White space in the manifest, and what it says for people alone, are no evidence.
        if (verdict === 'verified') {
          expect(path, where).toBe(BUNDLE_FILES.manifest)
          const { selection: _, ...said } = parseManifest(changed.files.get(path)!)
          expect({ ...said, selection: manifest.selection }, where).toEqual({
            ...manifest,
            selection: manifest.selection,
          })
        }
      }
    }
  })

  it('names the entry whose content was changed, and nothing but it', async () => {
    const files = await log.bundle()
    const path = disclosuresPath(0)
    const text = new TextDecoder().decode(files.files.get(path))
    const lines = text.split('\n')
    lines[123] = lines[123]!.replace('"order', '"Order')
    files.files.set(path, new TextEncoder().encode(lines.join('\n')))
    const report = await verify(files)
    expect(report.problems).toMatchObject([{ code: 'wrong_content', seq: 123 }])
    expect(report.checks).toMatchObject({ content: 'FAILED', chain: 'passed', tree: 'passed' })
    expect(report.sections.FAILED).toBe(log.entries[123]!.sections.length)
  })

  const last = log.entries.at(-1)!
  it.each([
    ['another log', TEST_ORIGIN, `${TEST_ORIGIN}1`, 'wrong_origin'],
    ['another number', '"seq":599', '"seq":600', 'wrong_content'],
    ['another predecessor', last.leaf.prev, '7'.repeat(64), 'wrong_content'],
    ['an earlier time', last.leaf.t, log.entries[3]!.leaf.t, 'wrong_content'],
    ['another id', last.leaf.id, log.entries[3]!.leaf.id, 'wrong_content'],
    ['another body', last.leaf.body, '7'.repeat(64), 'wrong_content'],
    ['another form', '"v":1', '"v":2', 'malformed'],
  ])('finds a leaf of %s, although the log itself has signed it', async (_what, from, to, code) => {
    const text = new TextDecoder().decode(last.bytes)
    expect(text).toContain(from)
    const bytes = new TextEncoder().encode(text.replace(from, to))
    const signed = new TestLog(0, { entries: [...log.entries.slice(0, -1), { ...last, bytes }] })
    const report = await verify(await signed.bundle())
    expect(report.checks).toMatchObject({ tree: 'passed', signature: 'passed' })
    expect(codes(report)).toEqual([code])
    expect(report.problems.every(({ seq }) => seq === 599)).toBe(true)
  })

  it('finds entries that fit together and are not those under the checkpoint', async () => {
    const other = await new TestLog(0, { entries: log.entries.slice(0, 300) }).bundle()
    const files = await new TestLog(0, { entries: chain(TEST_ORIGIN, log.entries.slice(1, 301)) }).bundle()
    files.files.set(BUNDLE_FILES.checkpoint, other.files.get(BUNDLE_FILES.checkpoint)!)
    const report = await verify(files)
    expect(report.checks).toMatchObject({ content: 'passed', chain: 'passed', tree: 'FAILED' })
    expect(codes(report)).toEqual(['proof_mismatch'])
  })

  it('misses no file and no line, and takes none too many', async () => {
    const whole = await log.bundle()
    for (const path of whole.files.keys()) {
      if (path === BUNDLE_FILES.policy || path === BUNDLE_FILES.key) continue
      const files = whole.copy()
      files.files.delete(path)
      expect(codes(await verify(files)), path).toContain('incomplete')
    }
    const path = disclosuresPath(0)
    const bytes = whole.files.get(path)!
    const lastLine = bytes.lastIndexOf(10, -2) + 1
    const short = whole.copy()
    short.files.set(path, bytes.slice(0, lastLine))
    expect(codes(await verify(short))).toContain('incomplete')
    const long = whole.copy()
    long.files.set(path, new Uint8Array([...bytes, ...bytes.slice(lastLine)]))
    expect(codes(await verify(long))).toContain('unexpected')
  })

  it('reads disclosures in files of any size, and a last line without its newline', async () => {
    const files = await log.bundle()
    const bytes = files.files.get(disclosuresPath(0))!
    files.files.delete(disclosuresPath(0))
    let at = 0
    let index = 0
    for (const length of [1, 700, 5, 100_000, 1_000_000, 3]) {
      files.files.set(disclosuresPath(index++), bytes.slice(at, at + length))
      at += Math.min(length, bytes.length - at)
    }
    expect(at).toBe(bytes.length)
    const last = files.files.get(disclosuresPath(4))!
    files.files.set(disclosuresPath(4), last.slice(0, -1))
    expect(await verify(files)).toMatchObject({ verdict: 'verified', entries: 600 })
  })
})

describe('an export of chosen entries', () => {
  it('proves each, and says what it does not prove', async () => {
    const report = await verify(await log.selection([0, 7, 255, 256, 599]))
    expect(report).toMatchObject({
      kind: 'selection',
      verdict: 'verified',
      level: 'L1',
      entries: 5,
      last_seq: 599,
    })
    expect(report.notes.join()).toContain('nothing else fits the choice')
    expect(await verify(await log.selection([]))).toMatchObject({
      verdict: 'verified',
      entries: 0,
      first_seq: null,
    })
  })

  it('finds every changed byte', async () => {
    const files = await log.selection([3, 300])
    const path = disclosuresPath(0)
    const bytes = files.files.get(path)!
    for (let at = 0; at < bytes.length - 1; at += 7) {
      const changed = files.copy()
      changed.files.set(path, bytes.with(at, bytes[at]! ^ 1))
      expect((await verify(changed)).verdict, `at ${at}`).toBe('FAILED')
    }
  })

  it('does not take an entry for another, or twice', async () => {
    const files = await log.selection([3, 300])
    const path = disclosuresPath(0)
    const [first, second] = new TextDecoder().decode(files.files.get(path)).trimEnd().split('\n') as [
      string,
      string,
    ]
    const write = async (...lines: string[]) => {
      const changed = files.copy()
      changed.files.set(path, new TextEncoder().encode(`${lines.join('\n')}\n`))
      return verify(changed)
    }
    expect((await write(first, second)).verdict).toBe('verified')
    expect((await write(second, first)).verdict).toBe('FAILED')
    expect((await write(first, first)).verdict).toBe('FAILED')
    expect((await write(first)).verdict).toBe('FAILED')
    expect((await write(first, second.replace('"seq":300', '"seq":301'))).verdict).toBe('FAILED')
  })
})

describe('levels', () => {
  const witness = aSigner('w.example', 3, KEY_TYPE.cosignature)
  const policyText = `log ${formatVerifierKey(log.signer.key)}\nwitness w ${formatVerifierKey(witness.key)}\nquorum w\n`
  const policy = parsePolicy(nodePlatform.sha256, new TextEncoder().encode(policyText))

  it('rise with a checkpoint that was kept', async () => {
    const files = await log.bundle()
    for (const size of [0, 1, 256, 300, 600])
      expect(await verify(files, { keys, kept: log.checkpoint(size) })).toMatchObject({ level: 'L2' })
    const other = new TestLog(300, { entries: log.entries.slice(1, 301) })
    expect(codes(await verify(files, { keys, kept: other.checkpoint() }))).toEqual(['inconsistent'])
    const larger = await new TestLog(0, { entries: log.entries.slice(0, 300) }).bundle()
    expect(codes(await verify(larger, { keys, kept: log.checkpoint() }))).toEqual(['inconsistent'])
    const forged = new TestLog(300, { seed: 8 })
    expect(codes(await verify(files, { keys, kept: forged.checkpoint() }))).toEqual(['not_signed'])
  })

  it('rise with a quorum of witnesses, and fall without it', async () => {
    expect(codes(await verify(await log.bundle(), { policy }))).toEqual(['quorum_not_met'])
    const cosigned = await log.cosigned(witness, 1_790_000_000)
    expect(await verify(await log.bundle(cosigned), { policy })).toMatchObject({
      level: 'L3',
      cosigned_by: [{ name: 'w', at: '2026-09-21T14:13:20.000Z' }],
    })
  })
})
