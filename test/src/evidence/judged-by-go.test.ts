import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  EvidenceError,
  formatNote,
  formatSignatureLine,
  formatVerifierKey,
  KEY_TYPE,
  parseBundlePath,
  parseNote,
  parseTilePath,
  parseVerifierKey,
  proveConsistency,
  proveInclusion,
  rootFromHashes,
  tilePath,
  type VerifierKey,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
} from '@counterfoil/core'
import { aSigner, uniformTree } from '@counterfoil/core/testing'
import { nodePlatform } from '@counterfoil/verify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshSeed, Random } from '../support/random.js'
import { ROOT } from '../tidy/source-tree.js'

// What Go's packages for transparency logs refuse, ours must refuse: thousands of notes, proofs and paths, changed at random.

const GOPATH = '/usr/share/gocode'
const hasGo =
  existsSync(join(GOPATH, 'src/golang.org/x/mod/sumdb')) && spawnSync('go', ['version']).status === 0
if (!hasGo)
  console.warn(
    'SKIPPED: golang-go and golang-golang-x-mod-dev are not here, so Go has judged no note, proof or path.',
  )
const SEED = Number(process.env.SEED ?? freshSeed())
const random = new Random(SEED)
const { sha256, verifyEd25519 } = nodePlatform

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-go-'))
  if (!hasGo) return
  const { status, stderr } = spawnSync('go', ['build', '-o', join(directory, 'judge'), 'judge.go'], {
    cwd: join(ROOT, 'test/go'),
    env: { ...process.env, GOPATH, GO111MODULE: 'off', GOFLAGS: '' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}, 240_000)
afterAll(() => rmSync(directory, { recursive: true }))

/** Go's verdict on each question. */
function judge(questions: readonly object[]): readonly unknown[] {
  const { stdout, stderr } = spawnSync(join(directory, 'judge'), [], {
    input: questions.map((question) => JSON.stringify(question)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (stderr !== '') throw new Error(stderr)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const pick = <T>(values: readonly T[]): T => values[random.between(0, values.length - 1)] as T

/** Some bytes flipped, cut out, put in or repeated. */
function mutate(bytes: Uint8Array, stuffs: readonly string[]): Uint8Array {
  let changed = [...bytes]
  for (let times = random.between(0, 2); times > 0; times--) {
    const at = random.between(0, changed.length)
    const length = random.between(1, 3)
    const stuff = [...Buffer.from(pick(stuffs))]
    changed = pick([
      () => changed.with(Math.min(at, changed.length - 1), random.between(0, 255)),
      () => changed.toSpliced(at, length),
      () => changed.toSpliced(at, 0, ...stuff),
      () => changed.toSpliced(at, length, ...stuff),
    ])()
  }
  return new Uint8Array(changed)
}

describe.runIf(hasGo)(`Go's packages (SEED=${SEED})`, () => {
  it('open every note that ours open, and read the same', async () => {
    const signers = [1, 2, 3].map((seed) => aSigner(`log${seed}.example/a`, seed))
    const stuffs = [
      '\n',
      '\n\n',
      '— ',
      ' ',
      '+',
      '=',
      'A',
      '\r',
      '\t',
      '\u00a0',
      '\u0000',
      'é',
      '\n— x AAAAAAA=\n',
    ]
    const asked: { readonly note: Uint8Array; readonly keys: readonly VerifierKey[] }[] = []
    for (let i = 0; i < 1_500; i++) {
      const text = pick(['log1.example/a\n7\nAAAA\n', 'one\n\ntwo\n', 'é\n', '\n'])
      const lines = signers
        .slice(0, random.between(1, 3))
        .map(({ key, sign }) => formatSignatureLine(key, sign(Buffer.from(text))))
      const keys = signers.slice(0, random.between(1, 3)).map(({ key }) => key)
      asked.push({ note: mutate(Buffer.from(formatNote(text, lines)), stuffs), keys })
    }
    const theirs = judge(
      asked.map(({ note, keys }) => ({
        Kind: 'note',
        Note: base64(note),
        Vkeys: keys.map(formatVerifierKey),
      })),
    )
    let opened = 0
    let stricter = 0
    for (const [i, { note, keys }] of asked.entries()) {
      const ours = await open(note, keys)
      if (ours !== null) opened++
      else if (theirs[i] !== null) stricter++
      if (ours !== null) expect(theirs[i], Buffer.from(note).toString()).toEqual(ours)
    }
    expect(opened).toBeGreaterThan(200)
    // Stray bits and line breaks in base64, which Go's decoder takes.
    expect(stricter).toBeLessThan(asked.length / 20)
  })

  it('verify what ours verify, also past 2^31, and refuse what ours refuse', () => {
    const tree = uniformTree(sha256Of('leaf'))
    const asked: object[] = []
    const ours: boolean[] = []
    for (let i = 0; i < 2_000; i++) {
      const size =
        random.between(1, pick([40, 2 ** 20, 2 ** 31 - 1])) * pick([1, 1, 2 ** 12]) + random.between(0, 3)
      const from = Math.min(size - 1, random.between(0, size - 1))
      const isInclusion = i % 2 === 0
      const path = isInclusion
        ? proveInclusion(sha256, tree, from, size)
        : proveConsistency(sha256, tree, Math.max(1, from), size)
      const root = rootFromHashes(sha256, tree, size)
      const hash = isInclusion ? tree(0, 0) : rootFromHashes(sha256, tree, Math.max(1, from))
      const changed = { from: Math.max(isInclusion ? 0 : 1, from), size, root, hash, path }
      const wrong = pick([
        () => changed,
        () => changed,
        () => ({ ...changed, from: changed.from + 1 }),
        () => ({ ...changed, size: changed.size + 1 }),
        () => ({ ...changed, path: path.slice(1) }),
        () => ({ ...changed, path: [...path, root] }),
        () => ({ ...changed, path: path.toReversed() }),
        () => ({ ...changed, root: hash }),
      ])()
      const hashes = wrong.path.map(base64)
      const common = { Size: wrong.size, Hash: base64(wrong.hash), Root: base64(wrong.root), Hashes: hashes }
      if (isInclusion) {
        asked.push({ Kind: 'inclusion', Index: wrong.from, ...common })
        ours.push(verifyInclusion(sha256, wrong.from, wrong.size, wrong.hash, wrong.path, wrong.root))
      } else {
        asked.push({ Kind: 'consistency', From: wrong.from, ...common })
        ours.push(verifyConsistency(sha256, wrong.from, wrong.hash, wrong.size, wrong.root, wrong.path))
      }
    }
    const theirs = judge(asked)
    for (const [i, verdict] of ours.entries()) expect(theirs[i], JSON.stringify(asked[i])).toBe(verdict)
    expect(ours.filter(Boolean).length).toBeGreaterThan(300)
    expect(ours.filter((verdict) => !verdict).length).toBeGreaterThan(300)
  })

  it('read tile paths as ours do', () => {
    const stuffs = ['x', '/', '.p/', '0', '00', '9', '-1', '+1', ' ', '256', 'x000/']
    const paths: string[] = []
    for (let i = 0; i < 4_000; i++) {
      const place = {
        level: random.between(0, 5),
        index: random.between(0, pick([9, 999, 1_000, 1_234_567])),
        width: random.between(1, 256),
      }
      paths.push(Buffer.from(mutate(Buffer.from(tilePath(place)), stuffs)).toString())
    }
    const theirs = judge(paths.map((path) => ({ Kind: 'tile', Path: path.replace(/^tile\//, 'tile/8/') })))
    let read = 0
    for (const [i, path] of paths.entries()) {
      const ours = attempt(() => parseTilePath(path))
      if (ours === null || path.startsWith('tile/8/')) continue
      read++
      expect(theirs[i], path).toEqual(ours)
      expect(attempt(() => parseBundlePath(path))).toBeNull()
    }
    expect(read).toBeGreaterThan(1_000)
    // c2sp.org/tlog-tiles has 64 levels; Go's tiles have more.
    const refused = paths.filter(
      (path, i) => levelOf(theirs[i]) < 64 && attempt(() => parseTilePath(path)) === null,
    )
    expect(refused).toEqual([])
  })

  it('take the keys that ours take', () => {
    const { key } = aSigner('log.example/a', 4)
    const vkeys = Array.from({ length: 1_000 }, () =>
      Buffer.from(mutate(Buffer.from(formatVerifierKey(key)), ['+', '=', 'A', '/', ' '])).toString(),
    ).filter((vkey) => attempt(() => parseVerifierKey(sha256, vkey))?.type === KEY_TYPE.ed25519)
    const note = formatNote('text\n', [
      formatSignatureLine(key, aSigner('log.example/a', 4).sign(Buffer.from('text\n'))),
    ])
    const theirs = judge(
      vkeys.map((vkey) => ({ Kind: 'note', Note: base64(Buffer.from(note)), Vkeys: [vkey] })),
    )
    expect(vkeys.length).toBeGreaterThan(100)
    expect(theirs.filter((verdict) => verdict === null)).toEqual([])
  })
})

/** Of a tile that was read; Infinity of what was refused. */
function levelOf(tile: unknown): number {
  return (tile as { readonly level: number } | null)?.level ?? Number.POSITIVE_INFINITY
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    return null
  }
}

async function open(bytes: Uint8Array, keys: readonly VerifierKey[]) {
  try {
    const { text, signatures } = await verifyNote(verifyEd25519, parseNote(bytes), keys)
    return { text, signatures: signatures.length }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    return null
  }
}

function sha256Of(text: string): Uint8Array {
  const out = new Uint8Array(32)
  sha256(Buffer.from(text), out, 0)
  return out
}
