import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { canonicalJson, formatVerifierKey, toHex } from '@counterfoil/core'
import { DirectorySource, nodePlatform, verifyBundle } from '@counterfoil/verify'
import {
  aRecord,
  chain,
  type FileMap,
  redact,
  TEST_ORIGIN,
  type TestEntry,
  TestLog,
} from '@counterfoil/verify/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../tidy/source-tree.js'

// A verifier that somebody else could have written, from docs/verify.md alone, must come to the same verdicts.

const VERIFIER = join(ROOT, 'test/verifier.py')
const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0
if (!hasPython)
  console.warn(
    'SKIPPED: python3 with its package cryptography is not here, so no second verifier has looked at an export.',
  )

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-python-'))
afterAll(() => rmSync(folder, { recursive: true }))
const plain = new TestLog(700)
const log = new TestLog(0, {
  entries: chain(TEST_ORIGIN, [
    ...plain.entries.map((entry, i) => (i % 9 === 0 ? redact(entry, '/context') : entry)),
    aRecord('log.redacted', { sections: ['/context'], seqs: [[0, plain.entries.length - 1]] }),
  ]),
})
const vkey = formatVerifierKey(log.signer.key)

/** A log of 1,024 entries and more, that says of itself what these records say. */
const long = new TestLog(1_024)
const longWith = (...records: readonly TestEntry[]) =>
  new TestLog(0, {
    entries: [
      ...long.entries,
      ...chain(TEST_ORIGIN, [...long.entries, ...records]).slice(long.entries.length),
    ],
  })
/** What the entry about pruning to `to` says. */
const pruning = (to: number) => ({
  from: 0,
  to,
  root: toHex(long.root(to)),
  last_hash: long.entries[to]?.leaf.prev,
})
/** The first entries of a log, of two of which something is gone. */
const erasedWith = (...records: readonly TestEntry[]) => {
  const erased = long.entries
    .slice(0, 20)
    .map((entry, seq) => (seq === 7 || seq === 8 ? redact(entry, '/payload') : entry))
  return new TestLog(0, { entries: chain(TEST_ORIGIN, [...erased, ...records]) }).bundle()
}

let written = 0
function write({ files }: FileMap): string {
  const directory = join(folder, String(written++))
  for (const [path, bytes] of files) {
    const file = join(directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  return directory
}

interface PythonReport {
  readonly verdict: string
  readonly code?: string
  readonly [more: string]: unknown
}

/** What the program in Python says of a directory, and its exit code. */
function python(directory: string, key = vkey) {
  const { status, stdout, stderr } = spawnSync('python3', ['-B', VERIFIER, directory, key], {
    encoding: 'utf8',
  })
  return { status, stderr, report: JSON.parse(stdout) as PythonReport }
}

/** What it says of many, in one process. */
function pythonAll(directories: readonly string[], key = vkey): readonly PythonReport[] {
  const code =
    'import sys, json, verifier\nfor directory in sys.stdin: print(json.dumps(verifier.verify(directory.strip(), sys.argv[1])))'
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', code, key], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: dirname(VERIFIER) },
    input: directories.join('\n'),
  })
  if (stderr !== '') throw new Error(stderr)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PythonReport)
}

const ours = (directory: string) =>
  verifyBundle(nodePlatform, new DirectorySource(directory), { trust: { keys: [log.signer.key] } })

describe.runIf(hasPython)('the verifier in Python', () => {
  it('verifies a whole log', async () => {
    const directory = write(await log.bundle())
    const { status, report, stderr } = python(directory)
    expect([status, stderr]).toEqual([0, ''])
    const { sections } = await ours(directory)
    expect(report).toEqual({
      verdict: 'verified',
      size: 701,
      entries: 701,
      disclosed: sections.verified,
      redacted: sections.redacted,
    })
    const stranger = formatVerifierKey(new TestLog(0, { seed: 5 }).signer.key)
    expect(python(directory, stranger)).toMatchObject({ status: 4, report: { verdict: 'FAILED' } })
  })

  it('and openssl do what docs/verify.md says, word for word', async () => {
    const page = readFileSync(join(ROOT, 'docs/verify.md'), 'utf8')
    const section = page.slice(page.indexOf('### With Debian'), page.indexOf('### What is proven'))
    const [byPython = '', byOpenssl = ''] = [...section.matchAll(/```sh\n(.*?)```/gs)].map(
      ([, text = '']) => text,
    )
    const directory = mkdtempSync(join(folder, 'auditor-'))
    cpSync(VERIFIER, join(directory, 'verifier.py'))
    writeFileSync(join(directory, 'key'), `${vkey}\n`)
    renameSync(write(await log.bundle()), join(directory, 'export'))
    const sh = (script: string) => spawnSync('sh', ['-ec', script], { cwd: directory, encoding: 'utf8' })
    expect(sh(byPython)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"verdict": "verified"'),
    })
    expect(sh(byOpenssl)).toMatchObject({ status: 0, stdout: 'Signature Verified Successfully\n' })
    const note = join(directory, 'export/checkpoint')
    writeFileSync(
      note,
      readFileSync(note, 'utf8').replace(`\n${log.entries.length}\n`, `\n${log.entries.length + 1}\n`),
    )
    expect([sh(byPython).status, sh(byOpenssl).status]).toEqual([4, 1])
  })

  it('comes to the verdicts of ours, with the same numbers and the same reasons', async () => {
    const prune = (claim: object, source?: string) => longWith(aRecord('log.prune', claim, source))
    const records = { sections: ['/payload'], seqs: [[7, 8]] }
    const bundles: readonly (readonly [what: string, verdict: string, FileMap])[] = [
      ['chosen entries', 'verified', await log.selection([0, 8, 9, 255, 256, 511, 699])],
      ['pruned', 'verified', await prune(pruning(512)).pruned(512)],
      ['pruned to the middle of a tile', 'verified', await prune(pruning(768)).pruned(768)],
      ['nobody said so', 'unrecorded_prune', await long.pruned(768)],
      ['said of another place', 'unrecorded_prune', await prune(pruning(512)).pruned(768)],
      [
        'another root',
        'unrecorded_prune',
        await prune({ ...pruning(768), root: 'ab'.repeat(32) }).pruned(768),
      ],
      [
        'another hash before',
        'unrecorded_prune',
        await prune({ ...pruning(768), last_hash: 'ab'.repeat(32) }).pruned(768),
      ],
      ['said by somebody', 'unrecorded_prune', await prune(pruning(768), 'somebody').pruned(768)],
      ['the first part', 'verified', await long.part(0, 256)],
      ['a part', 'verified', await long.part(256, 768)],
      ['the last part', 'verified', await long.part(768, 1_024)],
      ['erased', 'verified', await erasedWith(aRecord('log.redacted', records))],
      ['expired', 'verified', await erasedWith(aRecord('log.retention', { ...records, seqs: '3,7-8' }))],
      ['gone', 'unrecorded_erasure', await erasedWith()],
      [
        'half of it recorded',
        'unrecorded_erasure',
        await erasedWith(aRecord('log.redacted', { ...records, seqs: '0-7' })),
      ],
      [
        'recorded by somebody',
        'unrecorded_erasure',
        await erasedWith(aRecord('log.redacted', records, 'me')),
      ],
    ]
    const directories = bundles.map(([, , files]) => write(files))
    const theirs = pythonAll(directories)
    for (const [i, [what, expected]] of bundles.entries()) {
      const report = await ours(directories[i] as string)
      const mine = report.problems[0]?.code ?? report.verdict
      expect([mine, theirs[i]?.code ?? theirs[i]?.verdict], what).toEqual([expected, expected])
      if (expected !== 'verified') continue
      const { size, entries, sections, pruned_before } = report
      const numbers = { size, entries, disclosed: sections.verified, redacted: sections.redacted }
      expect(theirs[i], what).toEqual({
        verdict: 'verified',
        ...numbers,
        ...(pruned_before === 0 ? {} : { pruned_before }),
      })
    }
  })

  it('agrees about changed exports, bit by bit', { timeout: 120_000 }, async () => {
    const small = new TestLog(0, { entries: log.entries.slice(0, 20) })
    const changed: { readonly where: string; readonly directory: string }[] = []
    for (const [name, files, flips] of [
      ['log', await small.bundle(), 8],
      ['selection', await small.selection([2, 13]), 8],
      ['pruned', await longWith(aRecord('log.prune', pruning(768))).pruned(768), 3],
      ['part', await long.part(512, 768), 3],
    ] as const) {
      for (const [path, bytes] of files.files) {
        if (path === 'policy' || path === 'log.vkey' || path === 'manifest.json') continue
        for (let flip = 0; flip < flips; flip++) {
          const at = Math.floor(((flip + Math.random()) * bytes.length) / flips)
          const copy = files.copy()
          copy.files.set(path, bytes.with(at, bytes[at]! ^ (1 << Math.floor(Math.random() * 8))))
          changed.push({ where: `${name} ${path} at ${at}`, directory: write(copy) })
        }
      }
    }
    const theirs = pythonAll(changed.map(({ directory }) => directory))
    for (const [i, { where, directory }] of changed.entries())
      expect([(await ours(directory)).verdict, theirs[i]?.verdict], where).toEqual(['FAILED', 'FAILED'])
  })

  it('writes numbers and strings as we do', () => {
    const values = [
      0, -1, 1.5, 1e21, 1e-7, 123456789.125, 5e-324, 1.7976931348623157e308, 0.000001, 1e20, 1.234e25,
      -1.5e-9,
    ]
    const value = { '\u20ac': values, '\r': 'a"\\\u0007\u2028é🦊', '\u{1f600}': {}, '\ufb33': null }
    const code = `import sys, json\nsys.path.insert(0, sys.argv[1])\nimport verifier\nprint(verifier.canonical(json.loads(sys.argv[2])), end='')`
    const { stdout, stderr } = spawnSync(
      'python3',
      ['-B', '-c', code, dirname(VERIFIER), JSON.stringify(value)],
      {
        encoding: 'utf8',
      },
    )
    expect([stdout, stderr]).toEqual([canonicalJson(value), ''])
  })
})
