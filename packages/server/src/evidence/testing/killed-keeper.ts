import { writeSync } from 'node:fs'
import type { EvidenceStep } from '../evidence-keeper.js'
import { LOG, openKeeperFixture } from './keeper-fixture.js'

// node killed-keeper.js <directory> <step> <how often>: records and makes evidence until that step was done so often, and
// dies there as a power cut would have it. Each acknowledged batch is told on the output first.

const [directory = '', step = '', times = '1'] = process.argv.slice(2)
const sizes = [1, 300, 7, 513, 64, 1_000, 2]
let left = Number(times)
const ID_RUN_ENTRIES = 200
const fixture = await openKeeperFixture(
  directory,
  (done: EvidenceStep) => {
    if (done === step && --left === 0) process.kill(process.pid, 'SIGKILL')
  },
  ID_RUN_ENTRIES,
)
await fixture.keeper.start()
for (let i = 0; ; i++) {
  const size = sizes[i % sizes.length] as number
  await fixture.record(size)
  writeSync(1, `${size}\n`)
  await fixture.advance()
  const until = { size: await fixture.keeper.soundSize(LOG), position: Number.MAX_SAFE_INTEGER }
  await fixture.journal.trim(LOG, until, 128)
}
