import { join } from 'node:path'
import { Frontier, toHex } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anEntry } from '../journal/conformance.js'
import type { LogStart } from '../journal/journal.js'
import { frontierOf } from '../ledger/frontier-of.js'
import { sha256Into } from '../platform-hash.js'
import { openDatabase } from '../sqlite/driver.js'
import { checkLog } from './check-log.js'
import { planEpoch } from './plan-epoch.js'
import {
  anErasureEntry,
  type KeeperFixture,
  LOG,
  newDirectory,
  ORIGIN,
  openKeeperFixture,
  removeDirectory,
} from './testing/keeper-fixture.js'

const NEXT = ORIGIN.replace(/0$/, '1')
let directory: string
let fixture: KeeperFixture
/** Of 700 entries under the first origin, the next one from entry 700 on, and 1,301 in all. */
beforeEach(async () => {
  directory = newDirectory()
  fixture = await openKeeperFixture(directory)
  for (let i = 0; i < 7; i++) await fixture.record(100)
  await fixture.advance()
  await fixture.journal.beginEpoch(LOG, 1, () => anEntry('log.epoch'))
  for (let i = 0; i < 6; i++) await fixture.record(100)
  await fixture.advance()
})
afterEach(async () => {
  await fixture.close()
  removeDirectory(directory)
})

/** Takes everything before `minIndex` away as pruning does: recorded first, then from ledger and journal. */
async function prune(minIndex: number, given?: LogStart): Promise<void> {
  const start = given ?? ((await fixture.keeper.startAt(LOG, minIndex)) as LogStart)
  const root = toHex(Frontier.restore(sha256Into, start.size, start.frontier).root())
  const metadata = { from: 0, to: minIndex, root, last_hash: start.headHash }
  const noted = anEntry('log.prune', { source: { name: 'counterfoil' }, metadata })
  await fixture.journal.append([{ log: LOG, entries: [noted] }])
  await fixture.advance()
  await fixture.journal.prune(LOG, start, 1)
  while ((await fixture.keeper.prune(LOG, minIndex, 1)) >= 1) await Promise.resolve()
  while ((await fixture.journal.prune(LOG, start, 1)) >= 1) await Promise.resolve()
}

/** What is wrong with what is stored under either origin, as `fsck` finds it. */
async function problems(): Promise<readonly string[]> {
  const { reader: journal, ledger, signer } = fixture
  const epochs = await journal.epochsOf(LOG)
  const found: string[] = []
  for (const [i, { origin }] of epochs.entries()) {
    const hasEnded = i < epochs.length - 1
    const head = hasEnded ? undefined : await journal.head(LOG)
    const signed = signer.head(origin)
    const vkeys = signed === undefined ? [] : signer.vkeys(signed)
    const log = { origin, epochs: epochs.slice(0, i + 1), hasEnded, head, signed, vkeys }
    for (const { store, place, problem } of await checkLog({ journal, ledger }, log))
      found.push(`${origin.slice(-1)} ${store} ${place}: ${problem}`)
  }
  return found
}

const verdict = () => fixture.reader.verify(LOG, {})

describe('a log of several epochs that is pruned', () => {
  it.each([
    ['within the first of them', 256],
    ['to the end of what the ledger has of the first', 512],
    ['past its beginning of the next', 768],
  ])('%s verifies from there on, under each origin', async (_where, minIndex) => {
    await prune(minIndex)
    expect(await fixture.ledger.minIndex(NEXT)).toBe(minIndex)
    expect(await fixture.ledger.minIndex(ORIGIN)).toBe(Math.min(minIndex, 512))
    expect(await problems()).toEqual([])
    expect(await verdict()).toMatchObject({ firstSeq: minIndex, broken: undefined, headMatches: true })
    // It goes on, and over a restart.
    await fixture.record(300)
    await fixture.close()
    fixture = await openKeeperFixture(directory)
    expect((await fixture.keeper.start()).evidence.map(({ frozen }) => frozen)).toEqual([undefined])
    await fixture.advance()
    expect(fixture.signer.head(NEXT)).toMatchObject({ size: 1_602 })
    expect(await problems()).toEqual([])
  })

  it('is pruned again, past what was erased, and what is erased afterwards is erased', async () => {
    const erase = async (seqs: readonly number[]) => {
      await fixture.journal.append([{ log: LOG, entries: [anErasureEntry(['/payload'], seqs)] }])
      await fixture.journal.erase(LOG, seqs, ['/payload'])
      await fixture.keeper.erase(LOG, seqs, ['/payload'])
    }
    await erase([3, 300, 600])
    await prune(256)
    // What has gone is passed over.
    await erase([100, 400, 900])
    await fixture.advance()
    expect(await problems()).toEqual([])
    expect(await verdict()).toMatchObject({ redacted: 4, broken: undefined })
    await prune(768)
    expect(await problems()).toEqual([])
    expect(await verdict()).toMatchObject({ firstSeq: 768, redacted: 1, broken: undefined })
  })

  it('goes on under another origin with what is left, and is pruned further there', async () => {
    await prune(512)
    const { journal, reader, signer } = fixture
    const parts = {
      journal: reader,
      ledger: fixture.ledger,
      signer,
      verify: (log: typeof LOG) => reader.verify(log, {}),
    }
    const reason = 'The key is in other hands.'
    const change = await planEpoch(parts, { log: LOG, operator: 'ada', reason, keyCompromised: true })
    const third = ORIGIN.replace(/0$/, '2')
    expect(change).toMatchObject({ new_origin: third, carried_size: 1_302 })
    await journal.beginEpoch(LOG, 2, () => anEntry('log.epoch'))
    await fixture.advance()
    const head = await reader.head(LOG)
    expect(signer.head(third)).toMatchObject({ size: 1_303, headHash: head?.headHash })
    expect([await fixture.ledger.minIndex(third), await fixture.ledger.size(third)]).toEqual([512, 1_280])
    expect(await problems()).toEqual([])
    // A few at a time, so that bundles are begun before they are full; over a restart.
    for (let i = 0; i < 4; i++) {
      await fixture.record(200)
      await fixture.advance()
    }
    await fixture.close()
    fixture = await openKeeperFixture(directory)
    expect((await fixture.keeper.start()).evidence.map(({ frozen }) => frozen)).toEqual([undefined])
    await prune(1_536)
    await fixture.advance()
    expect(await problems()).toEqual([])
    expect(await verdict()).toMatchObject({ firstSeq: 1_536, broken: undefined, headMatches: true })
  })

  it('goes on under another origin though only a few entries more than were pruned are left', async () => {
    // Less than a bundle: as a journal has it that lost what came after, which pruning itself leaves no log with.
    const last = await fixture.ledger.tile(NEXT, 0, 4)
    const frontier = await frontierOf(fixture.ledger, NEXT, 1_280)
    await prune(1_280, { size: 1_280, headHash: toHex(last, 255 * 32, 32), frontier })
    await fixture.journal.beginEpoch(LOG, 2, () => anEntry('log.epoch'))
    for (let i = 0; i < 3; i++) {
      await fixture.advance()
      expect(await problems()).toEqual([])
      await fixture.record(150)
    }
    expect(await verdict()).toMatchObject({ firstSeq: 1_280, broken: undefined, headMatches: true })
  })

  it('tells damage of what is left, and is whole once that has gone, too', async () => {
    await prune(512)
    await fixture.advance()
    const flip = async (bundle: number) => {
      const ledger = await openDatabase(join(directory, 'ledger.db'))
      const which = 'bundle = ? AND log = (SELECT log FROM logs WHERE origin = ?)'
      const found = ledger.prepare(`SELECT bytes FROM bundles WHERE ${which}`).get(bundle, NEXT)
      const bytes = Buffer.from((found as { bytes: Uint8Array }).bytes)
      bytes.writeUInt8(bytes.readUInt8(100) ^ 4, 100)
      ledger.prepare(`UPDATE bundles SET bytes = ? WHERE ${which}`).run(bytes, bundle, NEXT)
      ledger.close()
    }
    await flip(3)
    const found = await problems()
    expect(found.some((one) => one.startsWith('1 ledger bundle 3'))).toBe(true)
    await prune(1_024)
    expect(await problems()).toEqual([])
    expect(await verdict()).toMatchObject({ firstSeq: 1_024, broken: undefined })
  })
})
