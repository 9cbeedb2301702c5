import { formatTlogProof, parseTlogProof } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { nodePlatform } from './node/node-platform.js'
import { verifyReceipt } from './receipt.js'
import { TEST_ORIGIN, TestLog } from './testing/test-log.js'

const log = new TestLog(300)
const trust = { keys: [log.signer.key] }
const verify = (bytes: Uint8Array, given = trust) => verifyReceipt(nodePlatform, bytes, given)

describe('a receipt', () => {
  it('proves the entry whose leaf it carries', async () => {
    for (const seq of [0, 1, 255, 256, 299]) {
      const { report, leaf } = await verify(log.receipt(seq))
      expect(report).toMatchObject({
        kind: 'receipt',
        verdict: 'verified',
        level: 'L1',
        size: 300,
        first_seq: seq,
      })
      expect(leaf).toEqual(log.entries[seq]!.leaf)
    }
  })

  it('is worth nothing with any byte of it changed', async () => {
    const bytes = log.receipt(77)
    for (let at = 0; at < bytes.length; at++) {
      const { report, leaf } = await verify(bytes.with(at, bytes[at]! ^ 1))
      expect(report.verdict, `at ${at}`).toBe('FAILED')
      expect(leaf).toBeUndefined()
    }
  })

  it('is not believed without a signature by the log: a valid proof under a stranger’s checkpoint', async () => {
    const stranger = new TestLog(0, { seed: 5, entries: log.entries })
    expect((await verify(stranger.receipt(5))).report.problems).toMatchObject([{ code: 'not_signed' }])
    const other = new TestLog(0, { origin: `${TEST_ORIGIN}1`, entries: log.entries })
    const elsewhere = await verify(other.receipt(5), { keys: [other.signer.key] })
    expect(elsewhere.report.problems).toMatchObject([{ code: 'wrong_origin' }])
    expect((await verifyReceipt(nodePlatform, log.receipt(5))).report).toMatchObject({
      verdict: 'FAILED',
      key: 'none',
    })
  })

  it('needs its leaf, at its own place', async () => {
    const { extra: _, ...proof } = parseTlogProof(log.receipt(5))
    expect((await verify(formatTlogProof(proof))).report.problems).toMatchObject([{ code: 'incomplete' }])
    const swapped = formatTlogProof({ ...parseTlogProof(log.receipt(5)), extra: log.entries[6]!.bytes })
    expect((await verify(swapped)).report.problems).toMatchObject([{ code: 'wrong_content' }])
  })

  it('shows two histories when a kept checkpoint of its size has another root', async () => {
    const other = new TestLog(0, { entries: log.entries.toReversed() })
    expect(
      (await verifyReceipt(nodePlatform, log.receipt(5), { ...trust, kept: other.checkpoint() })).report
        .problems,
    ).toMatchObject([{ code: 'inconsistent' }])
    expect(
      (await verifyReceipt(nodePlatform, log.receipt(5), { ...trust, kept: log.checkpoint() })).report.level,
    ).toBe('L2')
  })
})
