import { EvidenceError, encodeBase64, KEY_TYPE, keyId, parseVerifierKey } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { nodePlatform } from './node/node-platform.js'
import { browserPlatform } from './page/browser-platform.js'
import { ed25519Cases, NON_CANONICAL_KEYS, SMALL_ORDER_KEYS } from './testing/ed25519-cases.js'
import { wycheproofCases } from './testing/wycheproof-cases.js'

const { sha256 } = nodePlatform
const vkey = (publicKey: Uint8Array, type: number) =>
  `a+${keyId(sha256, 'a', type, publicKey)}+${encodeBase64(new Uint8Array([type, ...publicKey]))}`

describe('Ed25519', () => {
  const published = wycheproofCases()
  const cases = [...ed25519Cases(), ...published]

  it.each([
    ['Node', nodePlatform],
    // What a browser has Node has, too; test/src/browser asks Chromium's.
    ['WebCrypto', browserPlatform],
  ] as const)(
    'of %s takes what was signed, and nothing that is near it',
    async (_name, { verifyEd25519 }) => {
      const wrong: string[] = []
      for (const { name, publicKey, message, signature, isValid } of cases)
        if ((await verifyEd25519(publicKey, message, signature)) !== isValid) wrong.push(name)
      expect(wrong).toEqual([])
      expect(cases.filter(({ isValid }) => isValid)).toHaveLength(3 + 10)
      expect(cases.length).toBeGreaterThan(900)
      expect([published.length, published.at(-1)?.name]).toEqual([72, 'Wycheproof 85'])
    },
  )

  it.each([...SMALL_ORDER_KEYS, ...NON_CANONICAL_KEYS].map((key) => Buffer.from(key).toString('hex')))(
    'knows no log and no witness by the key %s',
    (hex) => {
      for (const type of [KEY_TYPE.ed25519, KEY_TYPE.cosignature])
        expect(() => parseVerifierKey(sha256, vkey(Buffer.from(hex, 'hex'), type))).toThrow(EvidenceError)
    },
  )

  // Why we look at keys ourselves. OpenSSL refuses this one from 3.5 on, which Node.js 24 has.
  it.runIf(process.versions.openssl.startsWith('3.0.'))(
    'would take anything for signed by some of these',
    async () => {
      const identity = SMALL_ORDER_KEYS[2]!
      const signature = new Uint8Array([...identity, ...new Uint8Array(32)])
      for (const message of ['one', 'another'])
        expect(await nodePlatform.verifyEd25519(identity, Buffer.from(message), signature)).toBe(true)
    },
  )
})
