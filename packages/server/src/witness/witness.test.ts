import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAddCheckpoint, openCheckpoint, type VerifierKey } from '@counterfoil/core'
import { signNote, TEST_ORIGIN, TestLog } from '@counterfoil/verify/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { type RunningWitness, startWitness } from './testing/running-witness.js'
import { openWitnessKey } from './witness-key.js'

const log = new TestLog(300)
const other = new TestLog(0, { entries: log.entries.toReversed() })
const stranger = new TestLog(300, { seed: 7 })
const NOW_MS = 1_790_000_000_500

let directory: string
let running: RunningWitness
const contradictions: string[] = []

const start = (keys: readonly VerifierKey[] = [log.signer.key]) =>
  startWitness(directory, () => keys, {
    nowMs: () => NOW_MS,
    signMs: 20,
    onContradiction: (origin) => void contradictions.push(origin),
  })

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-witness-'))
  contradictions.length = 0
  running = await start()
})
afterEach(async () => {
  await running.close()
  rmSync(directory, { recursive: true })
})

async function submit(oldSize: number, checkpoint: Uint8Array, proof: readonly Uint8Array[] = []) {
  return post(formatAddCheckpoint({ oldSize, proof, checkpoint }))
}
async function post(body: Uint8Array | string) {
  const response = await fetch(`${running.url}/add-checkpoint`, {
    method: 'POST',
    body: body as unknown as string,
  })
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
}
const grow = (from: number, to: number) => submit(from, log.checkpoint(to), log.consistency(from, to))
const latest = async () =>
  fetch(`${running.url}/${createHash('sha256').update(TEST_ORIGIN).digest('hex')}/checkpoint`)

describe('a witness', () => {
  it('cosigns what continues what it cosigned before, with its time', async () => {
    for (const [from, to] of [
      [0, 0],
      [0, 3],
      [3, 3],
      [3, 256],
      [256, 300],
    ] as const) {
      const { status, body } = await grow(from, to)
      expect([status, body]).toEqual([200, expect.stringMatching(/^— w\.example\/1 [^ ]+\n$/)])
      const note = new TextEncoder().encode(new TextDecoder().decode(log.checkpoint(to)) + body)
      const opened = await openCheckpoint(
        verifyEd25519,
        note,
        TEST_ORIGIN,
        [log.signer.key],
        [running.key.verifier],
      )
      expect(opened.signatures[1]).toEqual({ key: running.key.verifier, timeS: 1_790_000_000 })
      expect(await (await latest()).text()).toBe(new TextDecoder().decode(note))
    }
    expect(await (await fetch(`${running.url}/witness.vkey`)).text()).toBe(`${running.key.vkey}\n`)
  })

  it('answers each refusal with its own status', async () => {
    expect((await latest()).status).toBe(404)
    await grow(0, 100)
    const refused = async (answer: ReturnType<typeof post>, status: number) => {
      const { status: given, body } = await answer
      expect([given, body]).toEqual([status, expect.not.stringContaining('—')])
    }
    await refused(post('nonsense'), 400)
    await refused(post(''), 400)
    await refused(submit(101, log.checkpoint(100)), 400)
    await refused(submit(0, new TestLog(3, { origin: `${TEST_ORIGIN}1` }).checkpoint()), 404)
    await refused(submit(100, stranger.checkpoint(100)), 403)
    const forged = log.checkpoint(200)
    await refused(
      submit(100, forged.with(forged.length - 8, forged[forged.length - 8]! ^ 1), log.consistency(100, 200)),
      403,
    )
    await refused(submit(100, log.checkpoint(200), []), 422)
    await refused(submit(100, log.checkpoint(200), log.consistency(99, 200)), 422)
    await refused(submit(100, other.checkpoint(200), log.consistency(100, 200)), 422)
    await refused(submit(100, other.checkpoint(100)), 422)
    await refused(submit(100, log.checkpoint(100), log.consistency(99, 100)), 422)
    expect(contradictions).toHaveLength(5)
    await refused(post(new Uint8Array(17_000)), 413)
    expect((await fetch(`${running.url}/add-checkpoint`)).status).toBe(405)
    expect((await fetch(`${running.url}/${'0'.repeat(64)}/checkpoint`)).status).toBe(404)
    // None of this has moved it.
    expect((await grow(100, 101)).status).toBe(200)
  })

  it('says how far it is when the old size is another one', async () => {
    await grow(0, 100)
    for (const oldSize of [0, 50, 99])
      expect(await submit(oldSize, log.checkpoint(200), log.consistency(oldSize, 200))).toEqual({
        status: 409,
        type: 'text/x.tlog.size',
        body: '100\n',
      })
    expect(await submit(0, log.checkpoint(50))).toMatchObject({ status: 409, body: '100\n' })
  })

  it('refuses a first checkpoint that comes with a proof, and an empty log with a root', async () => {
    expect((await submit(0, log.checkpoint(5), [new Uint8Array(32)])).status).toBe(422)
    const text = `${TEST_ORIGIN}\n0\n${Buffer.alloc(32).toString('base64')}\n`
    expect((await submit(0, signNote(text, log.signer))).status).toBe(400)
  })

  it('cosigns one history when 50 requests race, whatever their order', async () => {
    await grow(0, 10)
    const ours = Array.from({ length: 25 }, (_, i) => grow(10, 11 + i))
    const answers = await Promise.all(
      [...ours, ...Array.from({ length: 25 }, (_, i) => grow(10, 300 - i))].toSorted(
        () => Math.random() - 0.5,
      ),
    )
    const cosigned = answers.filter(({ status }) => status === 200)
    expect(cosigned).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49)
    const note = await (await latest()).text()
    expect(note).toContain(cosigned[0]!.body)
  })

  it('is never rolled back by requests that race one after another', async () => {
    let size = 0
    const sizes = new Set<number>()
    while (size < 300) {
      const goals = Array.from({ length: 6 }, () => Math.min(300, size + 1 + Math.floor(Math.random() * 60)))
      const answers = await Promise.all(goals.map((goal) => grow(size, goal)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      const now = Number((await (await latest()).text()).split('\n')[1])
      expect(now).toBeGreaterThan(size)
      sizes.add(now)
      size = now
    }
    expect(sizes.size).toBeGreaterThan(3)
  })

  it('remembers after a restart, and with another key of the log', async () => {
    await grow(0, 100)
    await running.close()
    running = await start([stranger.signer.key])
    expect(await submit(0, stranger.checkpoint(5))).toMatchObject({ status: 409, body: '100\n' })
    expect((await submit(100, stranger.checkpoint(200), stranger.consistency(100, 200))).status).toBe(200)
  })

  it('keeps its key and its name', async () => {
    const { vkey } = openWitnessKey(join(directory, 'witness.key'), undefined)
    expect(vkey).toBe(running.key.vkey)
    expect(() => openWitnessKey(join(directory, 'witness.key'), 'other')).toThrow(
      expect.objectContaining({ code: 'invalid_setting' }),
    )
    expect(() => openWitnessKey(join(directory, 'new.key'), undefined)).toThrow(
      expect.objectContaining({ code: 'invalid_setting' }),
    )
  })
})
