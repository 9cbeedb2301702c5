import { afterEach, beforeEach, expect, it } from 'vitest'
import { CosignedCheckpoints } from './cosigned-checkpoints.js'
import { Evidence, type EvidenceSettings } from './evidence.js'
import {
  type KeeperFixture,
  LOG,
  newDirectory,
  openKeeperFixture,
  removeDirectory,
} from './testing/keeper-fixture.js'

// More than one step of what is proven at a time.
const ENTRIES = 9_000

let directory: string
let fixture: KeeperFixture
let evidence: Evidence
/** When each step began and ended, performance.now(). */
const steps: { readonly began: number; readonly ended: number }[] = []

beforeEach(async () => {
  directory = newDirectory()
  fixture = await openKeeperFixture(directory)
  const { keeper } = fixture
  const advance: EvidenceSettings['thread']['advance'] = async (logs) => {
    const began = performance.now()
    const result = await keeper.advance(logs as Parameters<typeof keeper.advance>[0])
    steps.push({ began, ended: performance.now() })
    return result
  }
  evidence = new Evidence({
    // The keeper itself, in this thread.
    thread: { start: () => keeper.start(), advance } as EvidenceSettings['thread'],
    vkeysOf: () => [],
    heartbeatMs: 60_000,
    onFrozen: () => undefined,
    onError: (error) => {
      throw error
    },
    witnessPolicy: { fileFor: () => '' },
    cosigned: new CosignedCheckpoints({ isAsked: false, isMetBy: () => true }),
  })
})
afterEach(async () => {
  await evidence.close(0)
  await fixture.close()
  removeDirectory(directory)
})

it('brings a log that has grown by more than is done at a time forward without a pause', async () => {
  for (let size = 0; size < ENTRIES; size += 1_000) await fixture.record(1_000)
  await evidence.start()
  while (evidence.of(LOG)?.size !== ENTRIES) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(steps.length).toBeGreaterThanOrEqual(2)
  // Growth gathers for 400 ms; what is left over from the step before does not.
  const pauses = steps.slice(1).map(({ began }, i) => began - (steps[i]?.ended ?? 0))
  expect(Math.max(...pauses)).toBeLessThan(200)
})
