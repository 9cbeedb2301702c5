import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { canonicalJson, formatVerifierKey } from '@counterfoil/core'
import { DirectorySource, nodePlatform, verifyBundle } from '@counterfoil/verify'
import { aRecord, chain, type FileMap, redact, TEST_ORIGIN, TestLog } from '@counterfoil/verify/testing'
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

function write(name: string, { files }: FileMap): string {
  for (const [path, bytes] of files) {
    const file = join(folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  return join(folder, name)
}
function python(directory: string, key = vkey) {
  const { status, stdout, stderr } = spawnSync('python3', [VERIFIER, directory, key], { encoding: 'utf8' })
  return {
    status,
    stderr,
    report: stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>),
  }
}

describe.runIf(hasPython)('the verifier in Python', () => {
  it('verifies a whole log', async () => {
    const { status, report, stderr } = python(write('whole', await log.bundle()))
    expect([status, stderr]).toEqual([0, ''])
    const ours = await verifyBundle(nodePlatform, new DirectorySource(join(folder, 'whole')))
    expect(report).toEqual({
      verdict: 'verified',
      size: 701,
      entries: 701,
      disclosed: ours.sections.verified,
      redacted: ours.sections.redacted,
    })
  })

  it('verifies chosen entries', async () => {
    const { status, report } = python(write('chosen', await log.selection([0, 8, 9, 255, 256, 511, 699])))
    expect([status, report]).toEqual([0, expect.objectContaining({ entries: 7, size: 701 })])
  })

  it('agrees about changed exports, bit by bit', { timeout: 240_000 }, async () => {
    const small = new TestLog(0, { entries: log.entries.slice(0, 20) })
    for (const [name, files] of [
      ['log', await small.bundle()],
      ['selection', await small.selection([2, 13])],
    ] as const) {
      const directory = write(`${name}-bits`, files)
      for (const [path, bytes] of files.files) {
        if (path === 'policy' || path === 'log.vkey' || path === 'manifest.json') continue
        for (let flip = 0; flip < 8; flip++) {
          const at = Math.floor(((flip + Math.random()) * bytes.length) / 8)
          const changed = bytes.with(at, bytes[at]! ^ (1 << Math.floor(Math.random() * 8)))
          writeFileSync(join(directory, path), changed)
          const ours = await verifyBundle(nodePlatform, new DirectorySource(directory), {
            trust: { keys: [small.signer.key] },
          })
          const where = `${name} ${path} at ${at}`
          expect(ours.verdict, where).toBe('FAILED')
          expect(python(directory).status, where).toBe(4)
        }
        writeFileSync(join(directory, path), bytes)
      }
      expect(python(directory).status).toBe(0)
    }
  })

  it('does not take another key for the log’s', () => {
    expect(
      python(join(folder, 'whole'), formatVerifierKey(new TestLog(0, { seed: 5 }).signer.key)).status,
    ).toBe(4)
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
