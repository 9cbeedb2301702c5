import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatAddCheckpoint, formatVerifierKey, openCheckpoint } from '@counterfoil/core'
import { TEST_ORIGIN, TestLog } from '@counterfoil/verify/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { openWitnessKey } from './witness-key.js'
import { WitnessState } from './witness-state.js'

const CHILD = fileURLToPath(new URL('./testing/killed-witness.js', import.meta.url))
const log = new TestLog(120)
const fork = new TestLog(0, { entries: log.entries.toReversed() })

let directory: string
let size = 0
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-killed-witness-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

async function start(
  step: string,
  times: number,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const args = [CHILD, directory, formatVerifierKey(log.signer.key), step, String(times)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return { child, url: url.toString() }
}

/** Shows it the log as it is at `to`; undefined when the connection breaks. */
async function submit(url: string, from: number, to: number): Promise<number | undefined> {
  const request = { oldSize: from, proof: log.consistency(from, to), checkpoint: log.checkpoint(to) }
  const body = Buffer.from(formatAddCheckpoint(request))
  return fetch(`${url}/add-checkpoint`, { method: 'POST', body }).then(
    ({ status }) => status,
    () => undefined,
  )
}

async function remembered() {
  const state = await WitnessState.open(join(directory, 'witness.db'))
  const latest = state.latest(TEST_ORIGIN)
  state.close()
  return latest
}

// One state through all of them: each begins where the one before was killed.
it.each([
  ['signed', 1],
  ['signed', 3],
  ['remembered', 2],
] as const)(
  'a witness cosigns one history still when it is killed after %s, the %s. time',
  async (step, times) => {
    const { child, url } = await start(step, times)
    const exited = once(child, 'exit')
    for (let i = 1; i < times; i++, size += 5) expect(await submit(url, size, size + 5)).toBe(200)
    expect(await submit(url, size, size + 5)).toBe(undefined)
    expect((await exited)[1]).toBe('SIGKILL')
    // What was not remembered was told to nobody; what was remembered binds it, whoever heard of it.
    const latest = await remembered()
    expect(latest?.size ?? 0).toBe(step === 'signed' ? size : size + 5)
    size = latest?.size ?? 0
    if (latest !== undefined) {
      const witness = openWitnessKey(join(directory, 'witness.key'), undefined).verifier
      const note = Buffer.from(latest.note)
      const opened = await openCheckpoint(verifyEd25519, note, TEST_ORIGIN, [log.signer.key], [witness])
      expect([opened.size, opened.signatures.length]).toEqual([size, 2])
    }
    if (size === 0) return
    const again = await start('never', 1)
    const ended = once(again.child, 'exit')
    const request = { oldSize: size, proof: [], checkpoint: fork.checkpoint(size) }
    const body = Buffer.from(formatAddCheckpoint(request))
    const { status } = await fetch(`${again.url}/add-checkpoint`, { method: 'POST', body })
    expect(status).toBe(422)
    again.child.kill('SIGKILL')
    await ended
  },
  60_000,
)
