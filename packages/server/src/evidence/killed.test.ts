import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkLog } from './check-log.js'
import { EVIDENCE_STEPS } from './evidence-keeper.js'
import {
  KEYS,
  LOG,
  newDirectory,
  ORIGIN,
  openKeeperFixture,
  removeDirectory,
} from './testing/keeper-fixture.js'

const CHILD = fileURLToPath(new URL('./testing/killed-keeper.js', import.meta.url))

let directory: string
let acknowledged = 0
beforeAll(() => {
  directory = newDirectory()
})
afterAll(() => removeDirectory(directory))

/** The first entry alone, a batch that completes a bundle; with KILLS=many, more of them. */
const TIMES = process.env.KILLS === 'many' ? [1, 2, 3, 5, 8] : [1, 3]

// One directory through all of them: each begins where the one before was killed.
it.each(EVIDENCE_STEPS.flatMap((step) => TIMES.map((times) => [step, times] as const)))(
  'loses nothing and goes on when it is killed after %s, the %s. time',
  async (step, times) => {
    const child = spawnSync(process.execPath, [CHILD, directory, step, String(times)], { encoding: 'utf8' })
    expect([child.signal, child.stderr]).toEqual(['SIGKILL', ''])
    for (const line of child.stdout.trim().split('\n')) acknowledged += Number(line)
    const fixture = await openKeeperFixture(directory)
    try {
      const [evidence] = (await fixture.keeper.start()).evidence
      expect(evidence?.frozen).toBe(undefined)
      await fixture.advance()
      const head = await fixture.reader.head(LOG)
      // Everything that was acknowledged, once; nothing was under way besides.
      expect(head?.size).toBe(acknowledged)
      expect(fixture.signer.head(ORIGIN)?.size).toBe(acknowledged)
      expect(await fixture.ledger.size(ORIGIN)).toBe(acknowledged - (acknowledged % 256))
      const { reader: journal, ledger, signer } = fixture
      const epochs = [{ origin: ORIGIN, firstSeq: 0 }]
      const vkeys = [KEYS.keyOf(ORIGIN, 0).vkey]
      const log = { origin: ORIGIN, epochs, hasEnded: false, head, signed: signer.head(ORIGIN), vkeys }
      expect(await checkLog({ journal, ledger }, log)).toEqual([])
    } finally {
      await fixture.close()
    }
  },
  60_000,
)
