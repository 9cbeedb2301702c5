import type { VerifierKey } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { nodePlatform } from '../node/node-platform.js'
import type { Report } from '../report.js'
import { verifyServer } from '../server.js'
import {
  aRecord,
  chain,
  type FileMap,
  redact,
  TEST_ORIGIN,
  type TestEntry,
  TestLog,
} from '../testing/test-log.js'
import { BUNDLE_FILES } from './manifest.js'
import { verifyBundle } from './verify-bundle.js'

const SIZE = 1_500
const MIN_INDEX = 1_280
const plain = new TestLog(SIZE)
const keys: readonly VerifierKey[] = [plain.signer.key]
const verify = (files: FileMap) => verifyBundle(nodePlatform, files, { trust: { keys } })
const codes = (report: Report) => [...new Set(report.problems.map(({ code }) => code))].toSorted()

/** What the entry about pruning says, when it says what is left. */
function claim(to: number) {
  const prune = new TestLog(0, { entries: plain.entries.slice(0, to) })
  const lastHash = plain.entries[to]?.leaf.prev
  return { from: 0, to, root: Buffer.from(prune.root()).toString('hex'), last_hash: lastHash }
}
const logWith = (...records: readonly TestEntry[]) =>
  new TestLog(0, {
    entries: [...plain.entries, ...chain(TEST_ORIGIN, [...plain.entries, ...records]).slice(SIZE)],
  })
const pruned = logWith(aRecord('log.prune', claim(MIN_INDEX)))

describe('an export of a pruned log', () => {
  it('verifies by what is left, and says loudly from where on', async () => {
    const files = await pruned.pruned(MIN_INDEX)
    const report = await verify(files)
    expect(report).toMatchObject({
      verdict: 'verified',
      kind: 'log',
      level: 'L1',
      size: SIZE + 1,
      entries: SIZE + 1 - MIN_INDEX,
      first_seq: MIN_INDEX,
      pruned_before: MIN_INDEX,
    })
    expect(report.notes.join()).toContain('THE LOG WAS PRUNED')
    // No bundle and no tile that holds nothing but pruned entries.
    expect([...files.files.keys()].filter((path) => path.startsWith('tile/')).toSorted()).toEqual([
      'tile/0/005.p/221',
      'tile/1/000.p/5',
      'tile/entries/005.p/221',
    ])
  })

  it('is refused when no entry says that it was pruned to there, or says it of another log', async () => {
    const root = 'ab'.repeat(32)
    for (const records of [
      [],
      [aRecord('log.prune', claim(1_024))],
      [aRecord('log.prune', { ...claim(MIN_INDEX), root })],
      [aRecord('log.prune', { ...claim(MIN_INDEX), last_hash: root })],
      [aRecord('log.prune', claim(MIN_INDEX), 'somebody')],
      [aRecord('log.redacted', claim(MIN_INDEX))],
    ]) {
      const report = await verify(await logWith(...records).pruned(MIN_INDEX))
      expect([report.verdict, codes(report)]).toEqual(['FAILED', ['unrecorded_prune']])
    }
  })

  it('is refused when what is left of the tree was changed', async () => {
    const files = await pruned.pruned(MIN_INDEX)
    for (const path of [...files.files.keys()].filter((name) => /^tile\/1\//.test(name))) {
      const bytes = files.files.get(path)!
      const changed = files.copy()
      changed.files.set(path, bytes.with(3, bytes[3]! ^ 1))
      expect(await verify(changed), path).toMatchObject({ verdict: 'FAILED', checks: { tree: 'FAILED' } })
    }
  })

  it('cannot be passed off as whole, nor a whole one as pruned', async () => {
    const files = await pruned.pruned(MIN_INDEX)
    const text = new TextDecoder().decode(files.files.get(BUNDLE_FILES.manifest))
    for (const [from, to] of [
      [`"min_index": ${MIN_INDEX}`, '"min_index": 0'],
      [`"min_index": ${MIN_INDEX}`, `"min_index": ${MIN_INDEX - 256}`],
      [`"min_index": ${MIN_INDEX}`, '"min_index": 7'],
    ] as const) {
      expect(text).toContain(from)
      const changed = files.copy()
      changed.files.set(BUNDLE_FILES.manifest, new TextEncoder().encode(text.replace(from, to)))
      expect((await verify(changed)).verdict).toBe('FAILED')
    }
  })

  it('is verified where a server publishes it, by the entry about pruning that it discloses apart', async () => {
    const files = await pruned.pruned(MIN_INDEX)
    const line = new TextDecoder()
      .decode(files.files.get('disclosures/000000.jsonl'))
      .trimEnd()
      .split('\n')
      .at(-1)!
    files.files.set('min-index', new TextEncoder().encode(`${MIN_INDEX}\n`))
    const ask = async () => (await verifyServer(nodePlatform, files, { keys })).report
    expect(codes(await ask())).toEqual(['unrecorded_prune'])
    files.files.set('prune-record', new TextEncoder().encode(line.replace('"from":0', '"from":1')))
    expect(codes(await ask())).toEqual(['unrecorded_prune'])
    files.files.set('prune-record', new TextEncoder().encode(line))
    expect(await ask()).toMatchObject({ verdict: 'verified', first_seq: MIN_INDEX, pruned_before: MIN_INDEX })
  })
})

describe('an archive of a part of a log', () => {
  it('proves its entries, and that the log goes on behind them', async () => {
    for (const [from, to] of [
      [0, 256],
      [256, 1_024],
      [1_024, 1_280],
    ] as const) {
      const report = await verify(await plain.part(from, to))
      expect(report).toMatchObject({ verdict: 'verified', kind: 'part', entries: to - from, first_seq: from })
    }
  })

  it('is refused when something of it is missing or changed', async () => {
    const files = await plain.part(256, 1_024)
    for (const path of files.files.keys()) {
      if (path === BUNDLE_FILES.policy || path === BUNDLE_FILES.key) continue
      const changed = files.copy()
      changed.files.delete(path)
      expect((await verify(changed)).verdict, path).toBe('FAILED')
    }
    const text = new TextDecoder().decode(files.files.get(BUNDLE_FILES.manifest))
    const cut = files.copy()
    cut.files.set(
      BUNDLE_FILES.manifest,
      new TextEncoder().encode(text.replace('"kind": "part"', '"kind": "log"')),
    )
    expect((await verify(cut)).verdict).toBe('FAILED')
  })
})

describe('sections that are gone', () => {
  const small = plain.entries.slice(0, 300)
  const erased = small.map((entry, seq) => (seq === 7 || seq === 8 ? redact(entry, '/payload') : entry))
  const bundleOf = (...records: readonly TestEntry[]) =>
    new TestLog(0, { entries: chain(TEST_ORIGIN, [...erased, ...records]) }).bundle()

  it.each([
    ['no entry says so', [], 7],
    ['it is said of other sections', [aRecord('log.redacted', { sections: ['/actor'], seqs: [[7, 8]] })], 7],
    ['it is said of one of them', [aRecord('log.redacted', { sections: ['/payload'], seqs: [[0, 7]] })], 8],
    ['somebody else says so', [aRecord('log.redacted', { sections: ['/payload'], seqs: [[7, 8]] }, 'me')], 7],
  ] as const)('are no erasure when %s', async (_when, records, seq) => {
    const report = await verify(await bundleOf(...records))
    expect(report.problems).toMatchObject([{ code: 'unrecorded_erasure', seq }])
  })

  it('are redacted when an entry records it', async () => {
    const record = aRecord('log.redacted', { sections: ['/payload'], seqs: [[7, 8]] })
    expect(await verify(await bundleOf(record))).toMatchObject({
      verdict: 'verified',
      sections: { redacted: 2 },
    })
  })
})
