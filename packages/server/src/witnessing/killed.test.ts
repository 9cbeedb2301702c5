import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { openCheckpoint, type VerifierKey } from '@counterfoil/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  KEYS,
  newDirectory,
  ORIGIN,
  openKeeperFixture,
  removeDirectory,
} from '../evidence/testing/keeper-fixture.js'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { type RunningWitness, startWitness, type WitnessStep } from '../witness/testing/running-witness.js'
import { WitnessState } from '../witness/witness-state.js'
import { CosignedStore } from './cosigned-store.js'

const CHILD = fileURLToPath(new URL('./testing/killed-submitter.js', import.meta.url))
const logKey: VerifierKey = KEYS.keyOf(ORIGIN, 0).verifier

let directory: string
let witness: RunningWitness
/** Told of each step of the witness. */
let onStep: (step: WitnessStep) => void | Promise<void> = () => undefined
const contradictions: string[] = []
beforeAll(async () => {
  directory = newDirectory()
  witness = await startWitness(directory, () => [logKey], {
    onStep: (step) => onStep(step),
    onContradiction: (_origin) => contradictions.push(_origin),
  })
  writeFileSync(join(directory, 'policy'), `witness w ${witness.key.vkey} ${witness.url}\nquorum w\n`)
})
afterAll(async () => {
  await witness.close()
  removeDirectory(directory)
})

/** Kills the server when the witness has its checkpoint and has not answered. */
function killWhenSubmitted(times: number, kill: () => Promise<unknown>): void {
  let left = times
  onStep = async (step) => {
    if (step === 'signed' && --left === 0) await kill()
  }
}

async function witnessedSize(): Promise<number> {
  const state = await WitnessState.open(join(directory, 'witness.db'))
  const size = state.latest(ORIGIN)?.size ?? 0
  state.close()
  return size
}

// One directory and one witness through all of them: each begins where the one before was killed.
it.each([
  ['submitted', 1],
  ['submitted', 3],
  ['answered', 2],
  ['kept', 2],
] as const)(
  'signs on and is cosigned on when the server is killed after a checkpoint is %s, the %s. time',
  async (step, times) => {
    const child = spawn(process.execPath, [CHILD, directory, step, String(times)])
    const exited = once(child, 'exit')
    onStep = () => undefined
    if (step === 'submitted')
      killWhenSubmitted(times, () => {
        child.kill('SIGKILL')
        return exited
      })
    const [told, said] = await Promise.all([text(child.stdout), text(child.stderr)])
    expect([(await exited)[1], said]).toEqual(['SIGKILL', ''])
    const fixture = await openKeeperFixture(directory)
    const store = await CosignedStore.open(join(directory, 'cosigned.db'))
    try {
      const [evidence] = (await fixture.keeper.start()).evidence
      const kept = store.of(ORIGIN)
      const keptSize = Math.max(0, ...told.trim().split('\n').map(Number))
      expect(evidence?.frozen).toBe(undefined)
      // A witness never has what the signer does not remember, and what was kept is never more than the witness has.
      expect(evidence?.size ?? 0).toBeGreaterThanOrEqual(await witnessedSize())
      expect(await witnessedSize()).toBeGreaterThanOrEqual(kept?.size ?? 0)
      expect(kept?.size ?? 0).toBeGreaterThanOrEqual(keptSize)
      if (step === 'kept') expect(kept?.size).toBe(await witnessedSize())
      if (kept !== undefined) {
        const keys = [witness.key.verifier]
        const opened = await openCheckpoint(verifyEd25519, Buffer.from(kept.note), ORIGIN, [logKey], keys)
        expect(opened.signatures).toHaveLength(2)
      }
      expect(contradictions).toEqual([])
    } finally {
      store.close()
      await fixture.close()
    }
  },
  60_000,
)
