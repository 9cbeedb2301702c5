import type { AdmittedEntry, LogName } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentOf } from './block.js'
import { anEntry, type JournalHarness } from './conformance.js'
import type { JournalReader, JournalRow, PlacedContent } from './journal.js'

const NOW = 1_795_000_000_000_000
const LIVE: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
const OTHER: LogName = { organization_id: '01930000-0000-7000-8000-00000000000b', mode: 'live' }

type DecodedRow = Omit<JournalRow, 'entries'> & { readonly entries: readonly PlacedContent[] }

/** What `JournalReader.rowsAfter` gives, decoded. */
export async function decodedRows(
  reader: JournalReader,
  ...asked: Parameters<JournalReader['rowsAfter']>
): Promise<readonly DecodedRow[]> {
  return (await reader.rowsAfter(...asked)).map((row) => ({ ...row, entries: row.entries() }))
}

/** What every journal promises of reading; a part of `journalConformance`. */
export function readingConformance(engine: string, open: () => Promise<JournalHarness>): void {
  describe(`reading a journal on ${engine}`, () => {
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

    it('walks rows after a position in order, each once, while more arrive', async () => {
      for (let i = 0; i < 5; i++) await record(i % 2 === 0 ? LIVE : OTHER, [anEntry('a.a'), anEntry('b.b')])
      const seen: string[] = []
      let position = 0
      for (;;) {
        const rows = await harness.reader.rowsAfter(position, 3)
        if (rows.length === 0) break
        for (const row of rows)
          for (const { seq } of row.entries()) seen.push(`${row.log.organization_id.at(-1)}${seq}`)
        position = rows.at(-1)?.position as number
        if (seen.length < 14) await record(OTHER, [anEntry('c.c')])
      }
      expect(new Set(seen).size).toBe(seen.length)
      expect(position).toBe(await harness.reader.lastPosition())
      const heads = await harness.reader.heads()
      expect(seen.length).toBe(heads.reduce((sum, { size }) => sum + size, 0))
    })

    it('says of the entries of rows what it says of them one by one, also of what was erased', async () => {
      const whole = {
        actor: { type: 'user', id: 'ä', name: '\u2028"\\' },
        metadata: { ['__proto__']: [1, null], a: { b: '' } },
      }
      const erased = [
        ['/actor'],
        ['/event'],
        ['/actor', '/context', '/event', '/occurred_at', '/payload'],
      ] as const
      for (let i = 0; i < 40; i++) {
        const entries = Array.from({ length: i }, (_, at) => anEntry(`a.${at}`, at % 3 === 0 ? whole : {}))
        await record(LIVE, [...entries, anEntry('x'.repeat(200), whole)])
      }
      for (const [i, paths] of erased.entries())
        await harness.journal.erase(LIVE, [3 * i, 3 * i + 1, 400 + i], paths)
      const rows = await decodedRows(harness.reader, 0, Number.POSITIVE_INFINITY)
      const read = rows.flatMap(({ entries }) => entries)
      const stored = await harness.reader.entriesAt(
        LIVE,
        Array.from({ length: read.length }, (_, seq) => seq),
      )
      expect(read.length).toBe(820)
      expect(read).toEqual(
        stored.map(({ id, seq, recordedAt, ...sections }) => ({
          id,
          seq,
          recordedAt,
          content: contentOf(sections),
        })),
      )
      // Of nine one has no actor that could be erased.
      expect(read.filter(({ content }) => content.erased_sections !== undefined)).toHaveLength(8)
      expect(Object.keys(read[0]?.content.metadata ?? {})).toEqual(['__proto__', 'a'])
    })

    it('passes over rows that are held, wherever they lie', async () => {
      for (let i = 0; i < 200; i++) await record(i % 3 === 0 ? OTHER : LIVE, [anEntry('a.a')])
      const last = await harness.reader.lastPosition()
      const all = (await harness.reader.rowsAfter(0, Number.POSITIVE_INFINITY)).map(
        ({ position }) => position,
      )
      expect(all).toEqual(Array.from({ length: last }, (_, i) => i + 1))
      // Every second, a long range, and what is not there yet.
      const held = all.filter((at) => at % 2 === 0 && at < 150).map((at) => [at, at] as const)
      const ranges = [...held, [160, 170] as const, [last + 1, last + 9] as const].map(
        ([firstPosition, lastPosition]) => ({ firstPosition, lastPosition }),
      )
      const isHeld = (at: number) => (at % 2 === 0 && at < 150) || (at >= 160 && at <= 170)
      const read = await harness.reader.rowsAfter(5, Number.POSITIVE_INFINITY, ranges)
      expect(read.map(({ position }) => position)).toEqual(all.filter((at) => at > 5 && !isHeld(at)))
      expect((await harness.reader.rowsAfter(5, 3, ranges)).map(({ position }) => position)).toEqual([
        7, 9, 11,
      ])
    })

    it('says how far the journal is when it records, and when all had been recorded before', async () => {
      const entries = [anEntry('a.a', { id: '01930000-0000-7000-8000-0000000000ff' })]
      await record(LIVE, [anEntry('b.b')])
      for (const replayed of [0, 1]) {
        if (replayed === 1) await record(OTHER, [anEntry('b.b')])
        const { outcomes, lastPosition } = await harness.journal.append([{ log: LIVE, entries }])
        expect(outcomes).toMatchObject([{ kind: 'recorded', replayed }])
        expect(lastPosition).toBe(await harness.reader.lastPosition())
      }
    })

    it('says through which seq rows up to a position reach', async () => {
      const { rows } = await harness.journal.append([
        { log: LIVE, entries: [anEntry('a.a'), anEntry('b.b')] },
      ])
      await record(LIVE, [anEntry('c.c')])
      const position = rows[0]?.lastPosition as number
      expect(await harness.reader.seqThrough(LIVE, position)).toBe(1)
      expect(await harness.reader.seqThrough(LIVE, position + 1)).toBe(2)
      expect(await harness.reader.seqThrough(LIVE, 0)).toBeUndefined()
      expect(await harness.reader.entriesThrough(0)).toBe(0)
      expect(await harness.reader.entriesThrough(position)).toBe(2)
      expect(await harness.reader.entriesThrough(position + 1)).toBe(3)
    })

    it('names the logs that have grown since a position', async () => {
      await record(LIVE, [anEntry('a.a')])
      await record(OTHER, [anEntry('a.a')])
      const position = await harness.reader.lastPosition()
      expect(await harness.reader.logsAfter(0)).toEqual([LIVE, OTHER])
      expect(await harness.reader.logsAfter(position)).toEqual([])
      await record(OTHER, [anEntry('b.b')])
      await record(OTHER, [anEntry('c.c')])
      expect(await harness.reader.logsAfter(position)).toEqual([OTHER])
    })

    it('is the same installation over a restart', async () => {
      const id = await harness.reader.installationId()
      expect(id).toMatch(/^[0-9a-f-]{36}$/)
      harness = await harness.reopen()
      expect(await harness.reader.installationId()).toBe(id)
    })

    it('keeps what the index has come to over a restart', async () => {
      expect(await harness.reader.indexProgress()).toEqual({ donePosition: 0, sendingPosition: 0 })
      await harness.journal.saveIndexProgress({ donePosition: 3, sendingPosition: 9 })
      harness = await harness.reopen()
      expect(await harness.reader.indexProgress()).toEqual({ donePosition: 3, sendingPosition: 9 })
    })

    it('verifies any part of a log and says how far it went', async () => {
      for (let i = 0; i < 10; i++) {
        harness.setNow(NOW + i * 1_000_000)
        await record(
          LIVE,
          Array.from({ length: 20 }, () => anEntry('a.a')),
        )
      }
      const verify = (range: Parameters<JournalReader['verify']>[1]) => harness.reader.verify(LIVE, range)
      expect(await verify({ limit: 37 })).toMatchObject({
        walked: 37,
        firstSeq: 0,
        lastSeq: 36,
        broken: undefined,
      })
      expect(await verify({ fromSeq: 61, toSeq: 143 })).toMatchObject({
        walked: 83,
        firstSeq: 61,
        lastSeq: 143,
        broken: undefined,
      })
      expect(await verify({ from: NOW + 2_000_000, to: NOW + 4_000_000 })).toMatchObject({
        walked: 60,
        firstSeq: 40,
        lastSeq: 99,
        broken: undefined,
      })
      expect(await verify({ from: NOW + 2_000_001, to: NOW + 2_999_999 })).toMatchObject({
        walked: 0,
        broken: undefined,
      })
      expect(await harness.reader.verify(OTHER, {})).toMatchObject({ walked: 0, broken: undefined })
    })
  })
}
