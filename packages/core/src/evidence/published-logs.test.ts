import { describe, expect, it } from 'vitest'
import { encodeBase64 } from './base64.js'
import { openCheckpoint, parseCheckpoint } from './checkpoint.js'
import { formatVerifierKey, KEY_TYPE, parseVerifierKey } from './keys.js'
import {
  proveConsistency,
  proveInclusion,
  rootFromHashes,
  verifyConsistency,
  verifyInclusion,
} from './proof.js'
import { formatSignatureLine, parseNote, verifyNote } from './signed-note.js'
import { naiveLeaf, naiveRoot } from './testing/naive-tree.js'
import { aSignerOf, sha256, verifyEd25519 } from './testing/node-crypto.js'
import { encodeUtf8 } from './text.js'

// What other implementations wrote: their test data, word for word. Sources and licences stand beside it.

/** A signed note, as it is published: its text, and signature lines. */
const note = (text: readonly string[], ...lines: readonly string[]) =>
  encodeUtf8(`${text.map((line) => `${line}\n`).join('')}\n${lines.map((line) => `— ${line}\n`).join('')}`)

/**
 * github.com/transparency-dev/tessera, Apache-2.0: testdata/log, written by its POSIX driver; the key and the entries are in
 * testdata/build_log.sh.
 */
describe('the test log of Tessera', () => {
  const ORIGIN = 'example.com/log/testdata'
  const VKEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx'
  const ENTRIES = 'one two three four five six seven eit nain ten ileven twelf threeten fourten fivten'.split(
    ' ',
  )
  const CHECKPOINTS = [
    [
      '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
      'M9e0lhxJACzE1KoUdqKuPa+9p6R7dSW8BlEvrg/noo8FkGg6PbJoRNOcdjqjOq89wVvTA60eubCc4oufo5BvIVEgtQc=',
    ],
    [
      '0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=',
      'M9e0lhr9kuLxGdAtaUrhm84TQffVsLdcy808sN0a3WyniNlfcr9+bywoiIke1YYciCNjJGkCgIlQ8b16jhsmg/SChAM=',
    ],
    [
      'IrSXADBqJ7EQoUODSDKROySgNveeL6CFhik2w/+fS7U=',
      'M9e0luA5JhTRUki/BBQD0QNiH6AEJ2pdtsA5CQjqJErViuuKrN6513RCTL2640wXJv0dCed3neRGI6dMzBq9uANf2Qc=',
    ],
    [
      'bC+VwvrJbalNVjfkdI8kUgs7mJoXrqiXCE7bgnD28pY=',
      'M9e0lq1EK37dHtgv9O3UzPxisw5vwIPcJsX9ab0xt4mvVfbdUR1fbMjN6sBFYpBoBEmD4+cWhj/AVgI5MitCO5+mews=',
    ],
    [
      'rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=',
      'M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=',
    ],
  ] as const
  const SIZES = [0, 1, 7, 8, 15] as const
  const key = parseVerifierKey(sha256, VKEY)
  const leaves = ENTRIES.map((entry) => naiveLeaf(encodeUtf8(entry)))
  const hashOf = (height: number, index: number) =>
    naiveRoot(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height))
  const opened = SIZES.map((size, i) => {
    const [root, signature] = CHECKPOINTS[i] ?? ['', '']
    return openCheckpoint(verifyEd25519, note([ORIGIN, `${size}`, root], `${ORIGIN} ${signature}`), ORIGIN, [
      key,
    ])
  })

  it('opens, and its roots are those of its entries', async () => {
    for (const [i, size] of SIZES.entries()) {
      const checkpoint = await opened[i]!
      expect(checkpoint.size).toBe(size)
      const root = size === 0 ? naiveRoot([]) : rootFromHashes(sha256, hashOf, size)
      expect(encodeBase64(checkpoint.root)).toBe(encodeBase64(root))
    }
  })

  it('holds every entry, and each of its checkpoints leads to each later one', async () => {
    for (const later of await Promise.all(opened)) {
      for (let index = 0; index < later.size; index++) {
        const path = proveInclusion(sha256, hashOf, index, later.size)
        expect(verifyInclusion(sha256, index, later.size, leaves[index]!, path, later.root)).toBe(true)
      }
      for (const earlier of await Promise.all(opened)) {
        if (earlier.size > later.size) continue
        const path = proveConsistency(sha256, hashOf, earlier.size, later.size)
        const args = [earlier.size, earlier.root, later.size, later.root, path] as const
        expect(verifyConsistency(sha256, ...args)).toBe(true)
      }
    }
  })
})

/**
 * github.com/FiloSottile/sunlight, ISC: cmd/skylight/testdata/witness. A checkpoint of a certificate log, signed as RFC 6962 has it,
 * with the cosignature of a witness.
 */
describe("the cosigned checkpoint of Sunlight's witness", () => {
  const ORIGIN = 'rome2026h1.example.org'
  const TEXT = [ORIGIN, '300', 'lCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=']
  const LOG =
    'rome2026h1.example.org kVB1JgAAAZtxtEwABAMARzBFAiEAi+mTa2xjL1IdWpH82OeciGsGvwRAP+f1WkfKaSZCfFECIHoNPZ/Q3y6UNzvKOO9cuLr6V16vPNfhwhle9f6r5H/Z'
  const WITNESS =
    'witness.example.org uKLPIAAAAABpVGeAhm2bOvKc3LaB9PFN1ruG19Y5yqslmcAAbhftnn1Zznmo0LXFZq4LGvqKqLX8jWlwLKasxEGTLIqAVusneCBmBw=='
  const witness = parseVerifierKey(
    sha256,
    'witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN',
  )

  it('is cosigned at its time, whatever the line of the log beside it is', async () => {
    expect(witness.type).toBe(KEY_TYPE.cosignature)
    const { text, signatures } = await verifyNote(verifyEd25519, parseNote(note(TEXT, LOG, WITNESS)), [
      witness,
    ])
    expect(signatures).toEqual([{ key: witness, timeS: Date.parse('2025-12-31T00:00:00Z') / 1_000 }])
    expect(parseCheckpoint(text)).toMatchObject({ origin: ORIGIN, size: 300 })
  })

  it('is not cosigned with another size, nor signed by the log as far as we know its keys', async () => {
    const other = parseNote(note(TEXT.with(1, '301'), LOG, WITNESS))
    await expect(verifyNote(verifyEd25519, other, [witness])).rejects.toMatchObject({ code: 'bad_signature' })
    const asLog = { ...witness, type: KEY_TYPE.ed25519 }
    await expect(
      openCheckpoint(verifyEd25519, note(TEXT, LOG), ORIGIN, [asLog], [witness]),
    ).rejects.toMatchObject({ code: 'not_signed' })
  })
})

/** golang.org/x/mod, BSD-3-Clause: sumdb/note/example_test.go, as Debian's golang-golang-x-mod-dev has it. */
describe("the example of Go's sumdb/note", () => {
  const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
  /** As in its signing key: a byte that tells the kind of key, and the 32 from which everything else comes. */
  const SEED = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
  const LINE =
    'PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM='
  const TEXT = [
    'If you think cryptography is the answer to your problem,',
    "then you don't know what your problem is.",
  ]

  it('opens, and is signed by us as it is by Go', async () => {
    const key = parseVerifierKey(sha256, VKEY)
    const { text } = await verifyNote(verifyEd25519, parseNote(note(TEXT, LINE)), [key])
    expect(text).toBe(`${TEXT.join('\n')}\n`)
    const seed = Buffer.from(SEED, 'base64').subarray(1)
    const signer = aSignerOf('PeterNeumann', new Uint8Array(seed))
    expect(formatVerifierKey(signer.key)).toBe(VKEY)
    expect(formatSignatureLine(signer.key, signer.sign(encodeUtf8(text)))).toBe(`— ${LINE}\n`)
  })
})
