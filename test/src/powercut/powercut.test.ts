import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { beforeAll, describe, expect, it } from 'vitest'
import { whyNoLoopDisks } from '../support/mounts.js'
import { freshSeed } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { runControlCuts } from './control-cuts.js'
import { Disk } from './disk.js'
import { cutPower } from './power.js'
import { type PowerCutSummary, runServerCuts } from './server-cuts.js'

// kill -9 proves nothing about fsync: the page cache survives it. Here everything stands still, the disk is copied as it
// is, and the server starts on the copy. "npm run powercut -- --cycles 40" is the same for longer.

const why = whyNoLoopDisks()
if (why !== undefined) {
  process.stderr.write(`\n*** SKIPPED: the power cut test did not run, so nothing shows that acknowledged entries
*** survive a power cut. ${why}. Run it as root on Linux.\n\n`)
}
const seed = freshSeed()

describe.skipIf(why !== undefined)(`power cut (seed ${seed}; ${why ?? 'loop devices work'})`, () => {
  let summary: PowerCutSummary
  beforeAll(async () => {
    summary = await runServerCuts({ cycles: 3, seed, onProgress: () => undefined })
    process.stdout.write(`power cut test: ${JSON.stringify(summary)}\n`)
  }, 180_000)

  it('loses and changes nothing that the server acknowledged', () => {
    expect(summary.findingTexts).toEqual([])
    expect(summary.clean).toBe(true)
    expect(summary.acked).toBeGreaterThan(100)
  })
  it.each(['without-fsync', 'with-normal'] as const)(
    'takes what a writer acknowledged that must lose (%s)',
    async (control) => {
      const { lost, acked } = await runControlCuts(control, 1, seed)
      expect(acked).toBeGreaterThan(0)
      expect(lost).toBeGreaterThan(0)
    },
  )
  it('takes nothing from the same writer with synchronous=FULL', async () => {
    const { lost, acked } = await runControlCuts('with-full', 1, seed)
    expect(acked).toBeGreaterThan(0)
    expect(lost).toBe(0)
  })
  it('fails itself when nobody was alive at the cut', async () => {
    const folder = scratchFolder('dead')
    const disk = await Disk.make(folder, 0, 32 * 2 ** 20)
    const dead = spawn('true', { detached: true })
    const ended = once(dead, 'exit')
    await ended
    await expect(cutPower(disk, dead.pid as number, ended)).rejects.toThrow(/had ended before the power cut/)
    await disk.discard()
    discardFolder(folder)
  })
})
