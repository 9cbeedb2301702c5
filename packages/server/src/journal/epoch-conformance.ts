import { type AdmittedEntry, type Epoch, type LogName, type OriginAt, originAt } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anEntry, type JournalHarness } from './conformance.js'
import type { Receipt } from './journal.js'
import { remadeLeaves } from './remade-leaves.js'
import { uuidV7 } from './uuid.js'

const NOW = 1_795_000_000_000_000
const LIVE: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
const TEST: LogName = { ...LIVE, mode: 'test' }
const OTHER: LogName = { organization_id: '01930000-0000-7000-8000-00000000000b', mode: 'live' }

/** What every journal promises of epochs; a part of `journalConformance`. */
export function epochConformance(engine: string, open: () => Promise<JournalHarness>): void {
  describe(`epochs of a journal on ${engine}`, () => {
    let harness: JournalHarness
    beforeEach(async () => {
      harness = await open()
      harness.setNow(NOW)
    })
    afterEach(() => harness.close())
    const record = async (log: LogName, entries: readonly AdmittedEntry[]) => {
      const [outcome] = (await harness.journal.append([{ log, entries }])).outcomes
      if (outcome?.kind !== 'recorded') throw new Error(`refused: ${outcome?.kind}`)
      return outcome
    }
    const expectWhole = async (log: LogName, size: number) =>
      expect(await harness.reader.verify(log, {})).toMatchObject({
        walked: size,
        broken: undefined,
        headMatches: true,
      })

    it('goes on under another origin when an epoch begins, with its numbers, its links and its tree', async () => {
      const before = await record(LIVE, [anEntry('a.a', { id: uuidV7(NOW / 1000) }), anEntry('a.b')])
      await record(TEST, [anEntry('t.t')])
      const origins = async () =>
        (await harness.reader.epochsOf(LIVE)).map(({ origin, firstSeq }) => [origin.slice(-7), firstSeq])
      expect(await origins()).toEqual([['/live/0', 0]])
      const carried: number[] = []
      const receipt = await harness.journal.beginEpoch(LIVE, 1, (size) => {
        carried.push(size)
        return anEntry('log.epoch')
      })
      expect([receipt.seq, carried]).toEqual([2, [2]])
      await record(LIVE, [anEntry('a.c')])
      harness = await harness.reopen()
      await record(LIVE, [anEntry('a.d')])
      await harness.journal.beginEpoch(LIVE, 4, () => anEntry('log.epoch'))
      const expected = [
        ['/live/0', 0],
        ['/live/1', 2],
        ['/live/4', 5],
      ]
      expect(await origins()).toEqual(expected)
      expect((await harness.reader.head(LIVE))?.origin).toMatch(/\/live\/4$/)
      expect((await harness.reader.head(TEST))?.origin).toMatch(/\/test\/0$/)
      await expectWhole(LIVE, 6)
      const entries = await harness.reader.entriesAt(LIVE, [0, 1, 2, 3, 4, 5])
      expect(entries.map(({ prevHash }) => prevHash).slice(1)).toEqual(
        entries.map(({ entryHash }) => entryHash).slice(0, -1),
      )
      // Each leaf names the origin of its epoch and no other.
      const leaves = async (at: OriginAt) => {
        for (const block of await harness.reader.blocks(LIVE, 0, 'oldest_first', 16)) remadeLeaves(at, block)
      }
      await leaves(originAt(await harness.reader.epochsOf(LIVE)))
      const { origin } = (await harness.reader.epochsOf(LIVE))[0] as Epoch
      await expect(leaves(() => origin)).rejects.toMatchObject({ code: 'damaged_journal' })
      // What was recorded before is still known.
      const [first] = before.receipts as [Receipt]
      expect(await record(LIVE, [anEntry('a.a', { id: first.id })])).toMatchObject({ replayed: 1 })
      await expect(harness.journal.beginEpoch(LIVE, 4, () => anEntry('log.epoch'))).rejects.toThrow(
        RangeError,
      )
      await expectWhole(LIVE, 6)
    })

    it('begins an epoch of a log of which nothing is left', async () => {
      expect(await harness.journal.beginEpoch(OTHER, 3, () => anEntry('log.epoch'))).toMatchObject({ seq: 0 })
      expect((await harness.reader.head(OTHER))?.origin).toMatch(/\/live\/3$/)
      await expectWhole(OTHER, 1)
    })
  })
}
