import { type AdmittedEntry, Frontier, fromHex, type LogName, toHex } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Into } from '../platform-hash.js'
import { anEntry, type JournalHarness } from './conformance.js'
import type { IdempotencyKey, LogStart, StoredEntry } from './journal.js'
import { decodedRows } from './reading-conformance.js'

const LIVE: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
const OTHER: LogName = { organization_id: '01930000-0000-7000-8000-00000000000b', mode: 'live' }
const KEY: IdempotencyKey = { route: 'POST /v1/x', key: 'k1', bodyHash: 'aa' }

/** What every journal promises of pruning and erasing; a part of its suite. */
export function deletionConformance(engine: string, open: () => Promise<JournalHarness>): void {
  describe(`deletions from a journal on ${engine}`, () => {
    let harness: JournalHarness
    beforeEach(async () => {
      harness = await open()
    })
    afterEach(() => harness.close())

    const record = async (log: LogName, entries: readonly AdmittedEntry[], idempotency?: IdempotencyKey) => {
      const { outcomes } = await harness.journal.append([
        { log, entries, ...(idempotency === undefined ? {} : { idempotency }) },
      ])
      const [outcome] = outcomes
      if (outcome?.kind !== 'recorded') throw new Error(`refused: ${outcome?.kind}`)
      return outcome
    }
    const readAll = async (log: LogName): Promise<readonly StoredEntry[]> => {
      const size = (await harness.reader.head(log))?.size ?? 0
      return harness.reader.entriesAt(
        log,
        Array.from({ length: size }, (_, seq) => seq),
      )
    }

    describe('pruning', () => {
      const SIZE = 700
      const START = 512
      let kept: readonly StoredEntry[]
      let gone: readonly StoredEntry[]
      let start: LogStart
      beforeEach(async () => {
        // Rows that fit no bundle, so that one goes on behind the new beginning.
        for (let recorded = 0; recorded < SIZE; recorded += 100)
          await record(
            LIVE,
            Array.from({ length: 100 }, () => anEntry('a.a')),
          )
        await record(OTHER, [anEntry('b.b')])
        const all = await readAll(LIVE)
        kept = all.slice(START)
        gone = all.slice(0, START)
        start = startAt(START)
      })
      const startAt = (size: number): LogStart => {
        const frontier = new Frontier(sha256Into)
        const before = gone.slice(0, size)
        for (const { entryHash } of before) frontier.append(fromHex(entryHash) as Uint8Array)
        return { size, headHash: (before.at(-1) as StoredEntry).entryHash, frontier: frontier.toBytes() }
      }
      /** The entry that says so. */
      const recordPrune = async () => {
        const root = toHex(Frontier.restore(sha256Into, START, start.frontier).root())
        const metadata = { from: 0, to: START, root, last_hash: start.headHash }
        await record(LIVE, [anEntry('log.prune', { source: { name: 'counterfoil' }, metadata })])
      }
      const prune = async () => {
        let rows = 0
        for (let cut = 3; cut === 3; rows += cut) cut = await harness.journal.prune(LIVE, start, 3)
        return rows
      }

      it('takes away what comes before a place, and says the same as before of the rest', async () => {
        const head = await harness.reader.head(LIVE)
        expect(await prune()).toBeGreaterThan(3)
        expect(await prune()).toBe(0)
        harness = await harness.reopen()
        const { reader } = harness
        expect(await reader.head(LIVE)).toEqual({ ...head, minIndex: START })
        expect(await reader.startOf(LIVE)).toEqual(start)
        expect(await readAll(LIVE)).toEqual(kept)
        expect(await reader.findById(LIVE, (kept[0] as StoredEntry).id)).toEqual(kept[0])
        for (const { id } of [gone[0], gone.at(-1)] as StoredEntry[])
          expect(await reader.findById(LIVE, id)).toBeUndefined()
        await expect(reader.blocks(LIVE, START - 1, 'oldest_first', 1)).rejects.toMatchObject({
          code: 'not_found',
        })
        expect(await reader.seqsWithin(LIVE, { from: 0 })).toEqual({ first: START, last: SIZE - 1 })
        expect(await reader.entriesThrough(await reader.lastPosition())).toBe(SIZE - START + 1)
        const rows = await decodedRows(reader, 0, Number.POSITIVE_INFINITY)
        expect(rows.flatMap(({ entries }) => entries).length).toBe(SIZE - START + 1)
        // Of many ranges in which nothing is any more, and one row that is passed over.
        const first = rows[0]?.position as number
        const held = Array.from({ length: first - 1 }, (_, i) => i + 1)
          .filter((at) => at % 2 === 0 && at < first)
          .concat(first)
          .map((at) => ({ firstPosition: at, lastPosition: at }))
        expect(held.length).toBeGreaterThan(2)
        expect(await decodedRows(reader, 0, Number.POSITIVE_INFINITY, held)).toEqual(rows.slice(1))
        expect(await reader.verify(OTHER, {})).toMatchObject({
          walked: 1,
          broken: undefined,
          headMatches: true,
        })
      })

      it('is pruned once by two that begin at once, while others record', async () => {
        const half = startAt(256)
        const pruneTo = async (to: LogStart) => {
          while ((await harness.journal.prune(LIVE, to, 1)) > 0) await harness.reader.head(LIVE)
        }
        const recorded = Array.from({ length: 8 }, () => record(LIVE, [anEntry('w.w')]))
        // Whoever comes too late with an older place is refused.
        const older = pruneTo(half).catch((error: unknown) => expect(error).toBeInstanceOf(RangeError))
        await Promise.all([older, pruneTo(start), pruneTo(start), ...recorded])
        expect(await harness.reader.startOf(LIVE)).toEqual(start)
        const left = await readAll(LIVE)
        expect(left.slice(0, SIZE - START)).toEqual(kept)
        expect(left.map(({ seq }) => seq)).toEqual(left.map((_, i) => START + i))
        await recordPrune()
        expect(await harness.reader.verify(LIVE, {})).toMatchObject({
          walked: SIZE + 9 - START,
          broken: undefined,
          headMatches: true,
        })
      })

      it('goes on where it was, and takes pruned ids and keys as new', async () => {
        const used = await record(LIVE, [anEntry('k.k')], KEY)
        await prune()
        const { receipts } = await record(LIVE, [anEntry('a.a', { id: (gone[7] as StoredEntry).id })])
        expect(receipts[0]?.seq).toBe(SIZE + 1)
        expect((await record(LIVE, [anEntry('k.k')], KEY)).receipts).toEqual(used.receipts)
      })

      it('refuses to empty a log, and to begin where no bundle does', async () => {
        for (const size of [768, 500])
          await expect(harness.journal.prune(LIVE, { ...start, size }, 3)).rejects.toThrow(RangeError)
        expect(await readAll(LIVE)).toHaveLength(SIZE)
      })

      it('is told apart from tampering: a pruned log must say that it was pruned', async () => {
        await prune()
        expect((await harness.reader.verify(LIVE, {})).broken).toMatchObject({ reason: 'unrecorded_prune' })
        const metadata = {
          from: 0,
          to: START,
          root: toHex(Frontier.restore(sha256Into, START, start.frontier).root()),
          last_hash: start.headHash,
        }
        const source = { name: 'counterfoil' }
        await record(LIVE, [
          anEntry('log.prune', { source, metadata: { ...metadata, root: '0'.repeat(64) } }),
        ])
        expect((await harness.reader.verify(LIVE, {})).broken).toMatchObject({ reason: 'unrecorded_prune' })
      })

      it('verifies from its beginning on, when the entry about it fits what is left', async () => {
        await prune()
        await recordPrune()
        expect(await harness.reader.verify(LIVE, {})).toMatchObject({
          walked: SIZE + 1 - START,
          firstSeq: START,
          broken: undefined,
          headMatches: true,
        })
        // A part of it too, which the entry about pruning is not in.
        expect((await harness.reader.verify(LIVE, { limit: 5 })).broken).toBeUndefined()
      })
    })

    describe('erasing', () => {
      it('is told apart from tampering: an erased section must be one that the log says was erased', async () => {
        await record(
          LIVE,
          Array.from({ length: 10 }, () => anEntry('a.a', { actor: { type: 'user', id: 'ada' } })),
        )
        await harness.journal.erase(LIVE, [3, 4, 7], ['/actor'])
        const broken = { seq: 3, reason: 'unrecorded_erasure' }
        expect((await harness.reader.verify(LIVE, {})).broken).toMatchObject(broken)
        const note = (metadata: object, source = 'counterfoil') =>
          record(LIVE, [anEntry('log.redacted', { source: { name: source }, metadata })])
        await note({ sections: ['/actor'], seqs: [[3, 9]] }, 'somebody else')
        await note({ sections: ['/context'], seqs: [[3, 9]] })
        await note({ sections: ['/actor'], seqs: [[3, 4]] })
        expect((await harness.reader.verify(LIVE, {})).broken).toMatchObject({ ...broken, seq: 7 })
        expect((await harness.reader.verify(LIVE, { toSeq: 6 })).broken).toBeUndefined()
        const { receipts } = await note({ sections: ['/actor'], seqs: [[7, 7]] })
        expect((await harness.reader.verify(LIVE, {})).broken).toBeUndefined()
        const deletionEntries = receipts.map(({ id }) => id)
        expect(
          (await harness.reader.verify(LIVE, { fromSeq: 5, limit: 4, deletionEntries })).broken,
        ).toBeUndefined()
      })
    })
  })
}
