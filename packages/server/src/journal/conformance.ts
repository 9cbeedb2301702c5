import { randomBytes } from 'node:crypto'
import {
  type AdmittedEntry,
  admitEntries,
  contentFromSections,
  formatMicroseconds,
  GENESIS_HASH,
  type LogName,
  microsecondsOf,
  type Order,
} from '@counterfoil/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deletionConformance } from './deletion-conformance.js'
import { epochConformance } from './epoch-conformance.js'
import type {
  AppendOutcome,
  IdempotencyKey,
  Journal,
  JournalReader,
  Receipt,
  StoredEntry,
} from './journal.js'
import { readingConformance } from './reading-conformance.js'
import { uuidV7 } from './uuid.js'

/** A journal under test: opened on a place of its own, and opened again on the same place by `reopen`. */
export interface JournalHarness {
  readonly journal: Journal
  readonly reader: JournalReader
  /** Sets what the journal takes for the present, microseconds since 1970. */
  setNow(us: number): void
  /** Closes both and opens them again on what is durable. */
  reopen(): Promise<JournalHarness>
  close(): Promise<void>
}

const NOW = 1_795_000_000_000_000
/** The same at every run: what is random are entries, and core tries thousands of them each time. */
const SEED = 20_262
const LIVE: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
const TEST: LogName = { ...LIVE, mode: 'test' }
const OTHER: LogName = { organization_id: '01930000-0000-7000-8000-00000000000b', mode: 'live' }

/** The promises that every journal keeps. Each engine runs all of them. */
export function journalConformance(engine: string, open: () => Promise<JournalHarness>): void {
  describe(`journal on ${engine}`, () => {
    let harness: JournalHarness
    beforeEach(async () => {
      harness = await open()
      harness.setNow(NOW)
    })
    afterEach(() => harness.close())

    const append = async (log: LogName, entries: readonly AdmittedEntry[], idempotency?: IdempotencyKey) => {
      const { outcomes } = await harness.journal.append([
        { log, entries, ...(idempotency ? { idempotency } : {}) },
      ])
      return outcomes[0] as AppendOutcome
    }
    const record = async (log: LogName, entries: readonly AdmittedEntry[], idempotency?: IdempotencyKey) => {
      const outcome = await append(log, entries, idempotency)
      if (outcome.kind !== 'recorded') throw new Error(`refused: ${outcome.kind}`)
      return outcome
    }
    const readAll = async (log: LogName): Promise<readonly StoredEntry[]> => {
      const size = (await harness.reader.head(log))?.size ?? 0
      return harness.reader.entriesAt(
        log,
        Array.from({ length: size }, (_, seq) => seq),
      )
    }
    const expectWhole = async (log: LogName, size: number) => {
      const verdict = await harness.reader.verify(log, {})
      expect(verdict).toMatchObject({ walked: size, broken: undefined, headMatches: true })
    }

    it('numbers entries from 0 and links each to the one before', async () => {
      const first = await record(LIVE, [anEntry('a.1'), anEntry('a.2')])
      const second = await record(LIVE, [anEntry('a.3')])
      const receipts = [...first.receipts, ...second.receipts]
      expect(receipts.map(({ seq }) => seq)).toEqual([0, 1, 2])
      const entries = await readAll(LIVE)
      expect(entries.map(({ entryHash }) => entryHash)).toEqual(receipts.map(({ entry_hash }) => entry_hash))
      expect(entries.map(({ prevHash }) => prevHash)).toEqual([
        GENESIS_HASH,
        ...receipts.slice(0, 2).map((r) => r.entry_hash),
      ])
      await expectWhole(LIVE, 3)
    })

    it('gives back exactly the content it was given', async () => {
      const hostile = anEntry('a.b', {
        metadata: {
          __proto__x: 1,
          'é\u2028"\\': ['\u0001', -0.5e-7, 9007199254740991, null, true, { '': '' }],
          𝒳: '🦊',
        },
        before: { b: 1, a: [1, 2] },
        after: { a: [1, 3], c: null },
        description: 'line\nline\ttab “quotes” \u202e',
      })
      await record(LIVE, [anEntry('x.y'), hostile])
      const [, stored] = await readAll(LIVE)
      expect(stored?.sections).toEqual(hostile.sections)
      expect(contentFromSections(stored?.sections ?? [])).toEqual(hostile.content)
    })

    it('verifies whatever was recorded, at whatever fraction of a second', async () => {
      const entries = someEntries(30)
      const steps = fc.integer({ min: 0, max: 2_999_999 })
      const times: number[] = []
      for (const [i, stepUs] of fc.sample(steps, { seed: SEED, numRuns: entries.length / 5 }).entries()) {
        const at = (times.at(-1) ?? NOW) + stepUs
        harness.setNow(at)
        await record(LIVE, entries.slice(5 * i, 5 * i + 5))
        times.push(...Array.from({ length: 5 }, () => at))
      }
      harness = await harness.reopen()
      const stored = await readAll(LIVE)
      expect(stored.map(({ recordedAt }) => recordedAt)).toEqual(times)
      expect(stored.map(({ sections }) => sections)).toEqual(entries.map(({ sections }) => sections))
      await expectWhole(LIVE, entries.length)
    })

    it('keeps batches of any size in order, over many rows', async () => {
      const entries = Array.from({ length: 333 }, (_, i) =>
        anEntry(`n.${i}`, { metadata: { i, pad: 'x'.repeat(i % 50) } }),
      )
      await record(LIVE, entries)
      const stored = await readAll(LIVE)
      expect(stored.map(({ sections }) => sections)).toEqual(entries.map(({ sections }) => sections))
      await expectWhole(LIVE, 333)
    })

    it('records an entry at the size limit', async () => {
      const entry = anEntry('big.one', { metadata: { text: randomBytes(120_000).toString('hex') } })
      await record(LIVE, [anEntry('a.a'), entry, anEntry('b.b')])
      expect((await readAll(LIVE))[1]?.sections).toEqual(entry.sections)
      await expectWhole(LIVE, 3)
    })

    it('keeps the logs of organizations and modes apart', async () => {
      const { outcomes, rows } = await harness.journal.append([
        { log: LIVE, entries: [anEntry('live.a')] },
        { log: TEST, entries: [anEntry('test.a')] },
        { log: OTHER, entries: [anEntry('other.a')] },
        { log: LIVE, entries: [anEntry('live.b')] },
      ])
      expect(outcomes.map((outcome) => outcome.kind === 'recorded' && outcome.receipts[0]?.seq)).toEqual([
        0, 0, 0, 1,
      ])
      expect(rows.map(({ log }) => log)).toEqual([LIVE, TEST, OTHER])
      for (const [log, size] of [
        [LIVE, 2],
        [TEST, 1],
        [OTHER, 1],
      ] as const)
        await expectWhole(log, size)
      const { receipts } = outcomes[1] as AppendOutcome & { kind: 'recorded' }
      expect(await harness.reader.findById(TEST, receipts[0]?.id as string)).toBeDefined()
      expect(await harness.reader.findById(LIVE, receipts[0]?.id as string)).toBeUndefined()
      expect(await harness.reader.findById(OTHER, receipts[0]?.id as string)).toBeUndefined()
    })

    it('gives rows of a log in either order from the one that holds an entry on', async () => {
      for (const [log, count] of [
        [LIVE, 1],
        [OTHER, 70],
        [LIVE, 100],
        [LIVE, 2],
      ] as const)
        await record(
          log,
          Array.from({ length: count }, () => anEntry('r.r')),
        )
      const seqsOf = async (seq: number, order: Order, limit: number) =>
        (await harness.reader.blocks(LIVE, seq, order, limit)).map(({ firstSeq, count }) => [firstSeq, count])
      expect(await seqsOf(0, 'oldest_first', 9)).toEqual([
        [0, 1],
        [1, 64],
        [65, 36],
        [101, 2],
      ])
      expect(await seqsOf(102, 'newest_first', 3)).toEqual([
        [101, 2],
        [65, 36],
        [1, 64],
      ])
      expect(await seqsOf(64, 'oldest_first', 2)).toEqual([
        [1, 64],
        [65, 36],
      ])
      expect(await seqsOf(64, 'newest_first', 1)).toEqual([[1, 64]])
      for (const order of ['oldest_first', 'newest_first'] as const) {
        await expect(seqsOf(103, order, 1)).rejects.toMatchObject({ code: 'damaged_journal' })
        await expect(harness.reader.blocks(TEST, 0, order, 1)).rejects.toMatchObject({
          code: 'damaged_journal',
        })
      }
    })

    it('finds the entries of a range of times, both bounds included', async () => {
      for (const seconds of [1, 2, 2, 4]) {
        harness.setNow(NOW + seconds * 1_000_000)
        await record(LIVE, [anEntry('t.1'), anEntry('t.2')])
      }
      const within = (from?: number, to?: number) =>
        harness.reader.seqsWithin(LIVE, {
          ...(from === undefined ? {} : { from: NOW + from }),
          ...(to === undefined ? {} : { to: NOW + to }),
        })
      expect(await within()).toEqual({ first: 0, last: 7 })
      expect(await within(2_000_000, 2_000_000)).toEqual({ first: 2, last: 5 })
      expect(await within(1_000_001)).toEqual({ first: 2, last: 7 })
      expect(await within(undefined, 3_999_999)).toEqual({ first: 0, last: 5 })
      expect(await within(2_000_001, 3_999_999)).toBeUndefined()
      expect(await within(4_000_001)).toBeUndefined()
      expect(await within(undefined, 999_999)).toBeUndefined()
      expect(await harness.reader.seqsWithin(OTHER, {})).toBeUndefined()
    })

    it('never lets recorded_at decrease when the clock steps back', async () => {
      const steps = [0, -1, -250_000_000, 7, 3, 1_000_000]
      const times: string[] = []
      for (const step of steps) {
        harness.setNow(NOW + step)
        times.push((await record(LIVE, [anEntry('t.t')])).receipts[0]?.recorded_at as string)
      }
      expect(times).toEqual([0, 0, 0, 7, 7, 1_000_000].map((step) => formatMicroseconds(NOW + step)))
      expect((await readAll(LIVE)).map(({ recordedAt }) => recordedAt)).toEqual(times.map(microsecondsOf))
    })

    it('refuses to record when the clock is more than five minutes behind the log, and only then', async () => {
      await record(LIVE, [anEntry('t.t')])
      harness.setNow(NOW - 300_000_000)
      await record(LIVE, [anEntry('t.t')])
      harness.setNow(NOW - 300_000_001)
      const { outcomes } = await harness.journal.append([
        { log: LIVE, entries: [anEntry('t.t')] },
        { log: OTHER, entries: [anEntry('t.t')] },
      ])
      expect(outcomes.map(({ kind }) => kind)).toEqual(['clock_behind', 'recorded'])
      harness.setNow(NOW)
      await record(LIVE, [anEntry('t.t')])
      await expectWhole(LIVE, 3)
    })

    it('takes 8 writers of 1,000 entries each without a gap or a fork', async () => {
      const receipts: Receipt[] = []
      const writer = async (w: number) => {
        for (let i = 0; i < 125; i++) {
          const batch = Array.from({ length: 8 }, (_, nth) =>
            anEntry(`writer.${w}`, { metadata: { i, nth } }),
          )
          receipts.push(...(await record(LIVE, batch)).receipts)
        }
      }
      await Promise.all(Array.from({ length: 8 }, (_, w) => writer(w)))
      expect(receipts.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 8_000 }, (_, i) => i),
      )
      const entries = await readAll(LIVE)
      expect(new Set(entries.map(({ prevHash }) => prevHash)).size).toBe(8_000)
      expect(entries.every((entry, i) => i === 0 || entry.prevHash === entries[i - 1]?.entryHash)).toBe(true)
      await expectWhole(LIVE, 8_000)
    })

    describe('ids as idempotency keys', () => {
      it('gives the first receipts when a batch is sent again, and stores nothing', async () => {
        const batch = [anEntry('a.a', { id: uuidV7() }), anEntry('b.b', { id: uuidV7() })]
        const first = await record(LIVE, batch)
        harness.setNow(NOW + 5_000_000)
        const again = await record(LIVE, batch)
        expect(again).toEqual({ ...first, replayed: 2 })
        await expectWhole(LIVE, 2)
      })

      it('records only what is new of a batch that had arrived in part', async () => {
        const [a, b, c] = [anEntry('a.a', { id: uuidV7() }), anEntry('b.b', { id: uuidV7() }), anEntry('c.c')]
        const first = await record(LIVE, [a, b])
        const second = await record(LIVE, [b, c, a])
        expect(second.replayed).toBe(2)
        expect(second.receipts.map(({ seq }) => seq)).toEqual([1, 2, 0])
        expect(second.receipts[0]).toEqual(first.receipts[1])
        await expectWhole(LIVE, 3)
      })

      it('refuses an id that has other content, and stores nothing of that batch', async () => {
        const id = uuidV7()
        await record(LIVE, [anEntry('token.create', { id })])
        const batch = [anEntry('x.x', { id: uuidV7() }), anEntry('token.delete', { id }), anEntry('y.y')]
        expect(await append(LIVE, batch)).toEqual({
          kind: 'id_conflict',
          conflicts: [{ id, index: 1 }],
        })
        await expectWhole(LIVE, 1)
        await record(LIVE, [batch[0] as AdmittedEntry])
        await expectWhole(LIVE, 2)
      })

      it('names every conflict of a batch', async () => {
        const [first, second] = [uuidV7(), uuidV7()]
        await record(LIVE, [anEntry('a.a', { id: first }), anEntry('b.b', { id: second })])
        const batch = [
          anEntry('x.x', { id: first }),
          anEntry('a.a', { id: first }),
          anEntry('y.y', { id: second }),
        ]
        expect(await append(LIVE, batch)).toEqual({
          kind: 'id_conflict',
          conflicts: [
            { id: first, index: 0 },
            { id: second, index: 2 },
          ],
        })
        await expectWhole(LIVE, 2)
      })

      it('lets the other batches of the same transaction through when one conflicts', async () => {
        const id = uuidV7()
        const { outcomes } = await harness.journal.append([
          { log: LIVE, entries: [anEntry('a.a', { id })] },
          { log: LIVE, entries: [anEntry('b.b'), anEntry('other', { id })] },
          { log: LIVE, entries: [anEntry('c.c'), anEntry('a.a', { id })] },
        ])
        expect(outcomes.map(({ kind }) => kind)).toEqual(['recorded', 'id_conflict', 'recorded'])
        expect(outcomes[2]).toMatchObject({ replayed: 1, receipts: [{ seq: 1 }, { seq: 0, id }] })
        await expectWhole(LIVE, 2)
      })

      it('treats the same id twice in one batch as one entry when alike, as a conflict when not', async () => {
        const id = uuidV7()
        const once = await record(LIVE, [anEntry('a.a', { id }), anEntry('a.a', { id })])
        expect(once).toMatchObject({ replayed: 1, receipts: [{ seq: 0 }, { seq: 0 }] })
        const id2 = uuidV7()
        expect(await append(LIVE, [anEntry('a.a', { id: id2 }), anEntry('b.b', { id: id2 })])).toEqual({
          kind: 'id_conflict',
          conflicts: [{ id: id2, index: 1 }],
        })
        await expectWhole(LIVE, 1)
      })

      it('knows an id only within its own log', async () => {
        const entry = anEntry('a.a', { id: uuidV7() })
        for (const log of [LIVE, TEST, OTHER]) expect((await record(log, [entry])).replayed).toBe(0)
      })

      it('still knows ids after a restart, those the server gave included', async () => {
        const given = anEntry('a.a', { id: uuidV7() })
        const first = await record(LIVE, [given, anEntry('b.b')])
        harness = await harness.reopen()
        harness.setNow(NOW)
        expect(await record(LIVE, [given])).toMatchObject({ replayed: 1, receipts: [first.receipts[0]] })
        const serverGiven = first.receipts[1]?.id as string
        expect(await record(LIVE, [anEntry('b.b', { id: serverGiven })])).toMatchObject({
          replayed: 1,
          receipts: [first.receipts[1]],
        })
        expect(await append(LIVE, [anEntry('c.c', { id: serverGiven })])).toMatchObject({
          kind: 'id_conflict',
        })
        await expectWhole(LIVE, 2)
      })
    })

    describe('Idempotency-Key', () => {
      const key = (over: Partial<IdempotencyKey> = {}): IdempotencyKey => ({
        route: 'POST /v1/x',
        key: 'k1',
        bodyHash: 'aa',
        ...over,
      })
      it('answers the same request as the first time, also after a restart', async () => {
        const first = await record(LIVE, [anEntry('a.a'), anEntry('b.b')], key())
        expect(await record(LIVE, [anEntry('a.a'), anEntry('b.b')], key())).toEqual({ ...first, replayed: 2 })
        harness = await harness.reopen()
        harness.setNow(NOW)
        expect(await record(LIVE, [anEntry('a.a'), anEntry('b.b')], key())).toEqual({ ...first, replayed: 2 })
        await expectWhole(LIVE, 2)
      })

      it('refuses the same key with another body', async () => {
        await record(LIVE, [anEntry('a.a')], key())
        expect(await append(LIVE, [anEntry('a.a')], key({ bodyHash: 'bb' }))).toEqual({
          kind: 'idempotency_key_mismatch',
        })
        await expectWhole(LIVE, 1)
      })

      it('means something only together with organization, mode and route', async () => {
        await record(LIVE, [anEntry('a.a')], key())
        for (const [log, route] of [
          [TEST, 'POST /v1/x'],
          [OTHER, 'POST /v1/x'],
          [LIVE, 'POST /v1/y'],
        ] as const) {
          expect((await record(log, [anEntry('a.a')], key({ route, bodyHash: 'other' }))).replayed).toBe(0)
        }
      })

      it('holds within one transaction too', async () => {
        const { outcomes } = await harness.journal.append([
          { log: LIVE, entries: [anEntry('a.a')], idempotency: key() },
          { log: LIVE, entries: [anEntry('a.a')], idempotency: key() },
          { log: LIVE, entries: [anEntry('z.z')], idempotency: key({ bodyHash: 'bb' }) },
        ])
        expect(outcomes).toMatchObject([
          { replayed: 0 },
          { replayed: 1, receipts: [{ seq: 0 }] },
          { kind: 'idempotency_key_mismatch' },
        ])
        await expectWhole(LIVE, 1)
      })

      it('does not remember the key of a refused request', async () => {
        const id = uuidV7()
        await record(LIVE, [anEntry('a.a', { id })])
        expect(await append(LIVE, [anEntry('b.b', { id })], key())).toMatchObject({ kind: 'id_conflict' })
        expect((await record(LIVE, [anEntry('c.c')], key({ bodyHash: 'bb' }))).replayed).toBe(0)
      })

      it('forgets a key after seven days', async () => {
        await record(LIVE, [anEntry('a.a')], key())
        harness.setNow(NOW + 7 * 86_400_000_000 + 1_000)
        expect((await record(LIVE, [anEntry('a.a')], key({ bodyHash: 'bb' }))).replayed).toBe(0)
      })
    })
  })
  for (const suite of [readingConformance, epochConformance, deletionConformance]) suite(engine, open)
}

/** An entry as admission gives it, from the same strict parser that requests go through. */
/** Entries that say anything that an entry may say. */
function someEntries(count: number): readonly AdmittedEntry[] {
  const drafts = fc.record(
    {
      action: fc.constantFrom('a.b', 'x_y.z'),
      metadata: fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), {
        maxKeys: 6,
      }),
      occurred_at: fc.date({ min: new Date(0), max: new Date(NOW / 1_000), noInvalidDate: true }),
      description: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    },
    { requiredKeys: ['action', 'metadata'] },
  )
  const admitted = fc
    .sample(drafts, { seed: SEED, numRuns: 5 * count })
    .map((draft) => admitEntries(Buffer.from(JSON.stringify(draft)), 'json'))
    // What no entry may say never comes to a journal.
    .flatMap((admission) => (admission.admitted ? admission.entries : []))
  if (admitted.length < count) throw new Error(`only ${admitted.length} of the drafts are entries`)
  return admitted.slice(0, count)
}

export function anEntry(action: string, more: Readonly<Record<string, unknown>> = {}): AdmittedEntry {
  const admission = admitEntries(new TextEncoder().encode(JSON.stringify({ action, ...more })), 'json')
  if (!admission.admitted) throw new Error(JSON.stringify(admission.problems))
  return admission.entries[0] as AdmittedEntry
}
