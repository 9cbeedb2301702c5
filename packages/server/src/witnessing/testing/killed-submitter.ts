import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { CosignedCheckpoints } from '../../evidence/cosigned-checkpoints.js'
import type { LogEvidence } from '../../evidence/evidence-keeper.js'
import { openKeeperFixture } from '../../evidence/testing/keeper-fixture.js'
import { EvidenceReader } from '../../reading/evidence-reader.js'
import { CosignedStore } from '../cosigned-store.js'
import { WitnessPolicy } from '../witness-policy.js'
import { Witnessing } from '../witnessing.js'

// node killed-submitter.js <directory> <step> <how often>: records, signs, and shows the witnesses of <directory>/policy every
// checkpoint, until a step was done so often, and dies there as a power cut would have it. Each checkpoint that was cosigned
// and kept is told on the output by its size.

const [directory = '', step = '', times = '1'] = process.argv.slice(2)
const SIZES = [1, 300, 7, 256]
let left = Number(times)
function reached(done: 'answered' | 'kept'): void {
  if (done === step && --left === 0) process.kill(process.pid, 'SIGKILL')
}

const fixture = await openKeeperFixture(directory)
const policy = WitnessPolicy.read(join(directory, 'policy'))
const cosigned = new CosignedCheckpoints(policy)
const store = await CosignedStore.open(join(directory, 'cosigned.db'))
const proofs = new EvidenceReader(fixture.reader, fixture.ledger)
let newest: LogEvidence | undefined
let onKept: () => void = () => undefined
const stop = (reason: string) => {
  process.stderr.write(reason)
  process.exit(1)
}
const witnessing = new Witnessing({
  witnesses: policy.policy.witnesses,
  consistency: (log, from, to) => proofs.consistency(log, from, to),
  newest: () => newest,
  onCosigned: ({ log, origin, size, note = '' }, _text, witness, line) => {
    reached('answered')
    const enough = cosigned.add(log, { origin, size, note }, witness, line)
    if (enough !== undefined) store.put(origin, enough)
    reached('kept')
    writeSync(1, `${size}\n`)
    onKept()
  },
  onFork: (_log, reason) => stop(reason),
  onTrouble: (_witness, reason) => {
    if (reason !== undefined) stop(reason)
  },
})

for (let i = 0; ; i++) {
  ;[newest] = (await fixture.keeper.start()).evidence
  if (newest?.frozen !== undefined) stop(newest.frozen)
  if (newest !== undefined) {
    const kept = new Promise<void>((resolve) => {
      onKept = resolve
    })
    witnessing.published(newest)
    await kept
  }
  await fixture.record(SIZES[i % SIZES.length] as number)
  await fixture.advance()
}
