import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { admitEntries, Frontier, HASH_BYTES, type LogName, TILE_WIDTH, toHex } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storedEntries } from '../journal/block.js'
import type { Journal, JournalReader } from '../journal/journal.js'
import { openSqliteJournal } from '../journal/sqlite/sqlite-journal.js'
import { openSqliteJournalReader } from '../journal/sqlite/sqlite-reader.js'
import { sha256Into } from '../platform-hash.js'
import { TILE_BYTES } from './bundle.js'
import { LogExtender, type ProvenHead } from './extend-log.js'
import { frontierOf } from './frontier-of.js'
import type { FullBundle, FullTile, Ledger, LedgerReader } from './ledger.js'
import { tileRoot } from './tile-tree.js'
import { rootsBefore } from './tiles-before.js'

/** A ledger under test, and opened again on the same place by `reopen`. */
export interface LedgerHarness {
  readonly ledger: Ledger
  readonly reader: LedgerReader
  /** The same place, opened for writing once more, as by another process. */
  another(): Promise<Ledger>
  reopen(): Promise<LedgerHarness>
  /** Flips a bit in the middle of an object where it rests, as if a disk had. */
  damage(origin: string, what: 'tile' | 'bundle', index: number): Promise<void>
  close(): Promise<void>
}

const LOG: LogName = { organization_id: '01930000-0000-7000-8000-00000000000a', mode: 'live' }
const ORIGIN = 'counterfoil.local/log/01930000-0000-7000-8000-00000000000a/live/0'
const EPOCHS = [{ origin: ORIGIN, firstSeq: 0 }]
const EMPTY: ProvenHead = { size: 0, headHash: '0'.repeat(64) }

/** The promises that every ledger keeps. Each engine runs all of them, on entries of a real journal. */
export function ledgerConformance(engine: string, open: () => Promise<LedgerHarness>): void {
  describe(`ledger on ${engine}`, () => {
    let harness: LedgerHarness
    let directory: string
    let journal: Journal
    let journalReader: JournalReader
    beforeEach(async () => {
      harness = await open()
      directory = mkdtempSync(join(tmpdir(), 'counterfoil-ledger-'))
      const path = join(directory, 'journal.db')
      let now = 1_795_000_000_000_000
      journal = await openSqliteJournal({
        path,
        originHost: 'counterfoil.local',
        diskReserveBytes: 0,
        now: () => (now += 1_234),
      })
      journalReader = await openSqliteJournalReader(path)
    })
    afterEach(async () => {
      await harness.close()
      await journal.close()
      await journalReader.close()
      rmSync(directory, { recursive: true })
    })

    const record = async (...batchSizes: readonly number[]) => {
      for (const size of batchSizes)
        await journal.append([{ log: LOG, entries: Array.from({ length: size }, anEntry) }])
      return (await journalReader.head(LOG))?.size ?? 0
    }
    /** What follows in the log, put into the ledger step by step; gives the last head. */
    const follow = async (from: ProvenHead = EMPTY, frontier = new Frontier(sha256Into)) => {
      const extender = new LogExtender(journalReader, harness.reader)
      const size = (await journalReader.head(LOG))?.size ?? 0
      let head = from
      for (;;) {
        const extension = await extender.extend({
          log: LOG,
          origin: ORIGIN,
          epochs: EPOCHS,
          from: head,
          frontier,
          size,
        })
        if (extension.kind === 'contradicted') throw new Error(extension.broken.explanation)
        if (extension.objects.length > 0)
          await harness.ledger.put(ORIGIN, extension.ledgerSize, extension.objects)
        head = extension.head
        if (head.size === size && extension.objects.length === 0) return { head, frontier }
      }
    }
    const expectAllOf = async (size: number) => {
      const full = size - (size % TILE_WIDTH)
      expect(await harness.reader.size(ORIGIN)).toBe(full)
      for (let index = 0; index < full / TILE_WIDTH; index++) {
        const seqs = Array.from({ length: TILE_WIDTH }, (_, i) => index * TILE_WIDTH + i)
        const bundle = await harness.reader.bundle(ORIGIN, index)
        expect(storedEntries(bundle)).toEqual(await journalReader.entriesAt(LOG, seqs))
      }
    }

    it('holds nothing of a log that it never heard of', async () => {
      expect(await harness.reader.size(ORIGIN)).toBe(0)
      await expect(harness.reader.bundle(ORIGIN, 0)).rejects.toMatchObject({ code: 'damaged_ledger' })
    })

    it.each([
      ['one large batch', [900]],
      ['batches that fit no bundle', [1, 77, 300, 255, 256, 257, 3, 64, 500]],
      ['an entry at a time', Array.from({ length: 300 }, () => 1)],
    ])('gives back the entries of %s as the journal has them', async (_what, sizes) => {
      const size = await record(...sizes)
      const { head, frontier } = await follow()
      expect(head).toEqual({ size, headHash: (await journalReader.head(LOG))?.headHash })
      expect(toHex(frontier.root())).toBe((await journalReader.head(LOG))?.root)
      await expectAllOf(size)
    })

    it('goes on where it was, whatever the journal had then', async () => {
      let followed = { head: EMPTY, frontier: new Frontier(sha256Into) }
      let size = 0
      for (const more of [100, 155, 1, 1, 700, 11, 256]) {
        size = await record(more)
        followed = await follow(followed.head, followed.frontier)
      }
      expect(toHex(followed.frontier.root())).toBe((await journalReader.head(LOG))?.root)
      await expectAllOf(size)
    })

    it('is filled anew from its start when it was lost, without another look at what was proven', async () => {
      const size = await record(700)
      const extender = new LogExtender(journalReader, harness.reader)
      const head = await journalReader.head(LOG)
      const from: ProvenHead = { size, headHash: head?.headHash as string }
      const frontier = new Frontier(sha256Into)
      for (let seq = 0; seq < size; seq++) frontier.append(randomBytes(HASH_BYTES))
      const root = toHex(frontier.root())
      const extension = await extender.extend({
        log: LOG,
        origin: ORIGIN,
        epochs: EPOCHS,
        from,
        frontier,
        size,
      })
      if (extension.kind === 'contradicted') throw new Error(extension.broken.explanation)
      await harness.ledger.put(ORIGIN, extension.ledgerSize, extension.objects)
      expect(extension.head).toEqual(from)
      expect(toHex(frontier.root())).toBe(root)
      await expectAllOf(size)
    })

    it('refuses to go on from a head that the entries do not lead to', async () => {
      const size = await record(400)
      const extender = new LogExtender(journalReader, harness.reader)
      for (const at of [1, 64, 100, 256, 400]) {
        const from: ProvenHead = { size: at, headHash: 'ab'.repeat(32) }
        const frontier = new Frontier(sha256Into)
        for (let seq = 0; seq < at; seq++) frontier.append(randomBytes(HASH_BYTES))
        expect(
          await extender.extend({ log: LOG, origin: ORIGIN, epochs: EPOCHS, from, frontier, size }),
        ).toMatchObject({
          kind: 'contradicted',
        })
      }
    })

    it('has tiles of higher levels as soon as they are full', async () => {
      const tiles = Array.from({ length: TILE_WIDTH + 1 }, (_, index) => aTile(0, index))
      const bundles = tiles.map(({ index }): FullBundle => ({ kind: 'bundle', index, bytes: randomBytes(9) }))
      const roots = Buffer.concat(tiles.slice(0, TILE_WIDTH).map(({ root }) => root))
      const above: FullTile = { kind: 'tile', level: 1, index: 0, hashes: roots, root: tileRoot(roots) }
      await harness.ledger.put(ORIGIN, (TILE_WIDTH + 1) * TILE_WIDTH, [...bundles, ...tiles, above])
      expect(await harness.reader.tile(ORIGIN, 1, 0)).toEqual(new Uint8Array(roots))
      expect(Buffer.from(await harness.reader.roots(ORIGIN, 0, 3, 250))).toEqual(
        roots.subarray(HASH_BYTES * 3, HASH_BYTES * 253),
      )
      expect(Buffer.from(await harness.reader.roots(ORIGIN, 1, 0, 1))).toEqual(Buffer.from(above.root))
    })

    it('takes the same bytes again and refuses others, which change nothing', async () => {
      await record(600)
      await follow()
      const tile = await harness.reader.tile(ORIGIN, 0, 1)
      const same: FullTile = { kind: 'tile', level: 0, index: 1, hashes: tile, root: tileRoot(tile) }
      await harness.ledger.put(ORIGIN, 512, [same])
      const changed = tile.slice()
      changed[5_000] = (changed[5_000] as number) ^ 1
      for (const other of [
        { ...same, hashes: changed },
        { ...same, root: new Uint8Array(HASH_BYTES) },
        { kind: 'bundle', index: 1, bytes: randomBytes(500) } as const,
      ]) {
        const put = harness.ledger.put(ORIGIN, 512, [aTile(0, 2), other])
        await expect(put).rejects.toMatchObject({ code: 'damaged_ledger' })
      }
      expect(await harness.reader.tile(ORIGIN, 0, 1)).toEqual(tile)
      await expect(harness.reader.tile(ORIGIN, 0, 2)).rejects.toMatchObject({ code: 'damaged_ledger' })
      await expectAllOf(600)
    })

    it('never says that it holds more than it does', async () => {
      const bundle: FullBundle = { kind: 'bundle', index: 0, bytes: randomBytes(500) }
      for (const [size, objects] of [
        [256, [bundle]],
        [512, [bundle, aTile(0, 0)]],
        [100, [bundle, aTile(0, 0)]],
        [256, [{ ...bundle, index: 1 }, aTile(0, 1)]],
      ] as const) {
        await expect(harness.ledger.put(ORIGIN, size, objects)).rejects.toMatchObject({
          code: 'damaged_ledger',
        })
        expect(await harness.reader.size(ORIGIN)).toBe(0)
      }
    })

    it('takes away what is erased and nothing else, and says that something changed', async () => {
      await record(700)
      await follow()
      const read = async () => Promise.all([0, 1].map((index) => harness.reader.bundle(ORIGIN, index)))
      const before = (await read()).flatMap(storedEntries)
      const tile = await harness.reader.tile(ORIGIN, 0, 0)
      const version = await harness.reader.version()
      const seqs = [0, 3, 255, 256, 511, 600, 4_000]
      for (let time = 0; time < 2; time++) {
        await harness.ledger.erase(EPOCHS, seqs, ['/actor'])
        expect(await harness.reader.version()).not.toBe(version)
        for (const [seq, entry] of (await read()).flatMap(storedEntries).entries()) {
          const was = before[seq] as (typeof before)[number]
          if (!seqs.includes(seq)) expect(entry).toEqual(was)
          else {
            const sections = was.sections.filter(({ path }) => path !== '/actor')
            expect(entry).toEqual({ ...was, sections, erased: ['/actor'] })
          }
        }
        harness = await harness.reopen()
      }
      expect(await harness.reader.tile(ORIGIN, 0, 0)).toEqual(tile)
      expect(await harness.ledger.scrub()).toBe(true)
      expect(await harness.reader.size(ORIGIN)).toBe(512)
    })

    it('erases nothing at all when one of the entries is not what was recorded', async () => {
      await record(600)
      await follow()
      const first = storedEntries(await harness.reader.bundle(ORIGIN, 0))
      await harness.damage(ORIGIN, 'tile', 1)
      await expect(harness.ledger.erase(EPOCHS, [5, 384], ['/event'])).rejects.toMatchObject({
        code: 'damaged_journal',
      })
      expect(storedEntries(await harness.reader.bundle(ORIGIN, 0))).toEqual(first)
    })

    it('gives no bundle that is not as it was put', async () => {
      await record(600)
      await follow()
      const intact = storedEntries(await harness.reader.bundle(ORIGIN, 1))
      await harness.damage(ORIGIN, 'bundle', 0)
      await expect(harness.reader.bundle(ORIGIN, 0)).rejects.toMatchObject({ code: 'damaged_ledger' })
      expect(storedEntries(await harness.reader.bundle(ORIGIN, 1))).toEqual(intact)
    })

    it('takes the same from two writers at once, and lets none of them put other bytes', async () => {
      const other = await harness.another()
      try {
        for (let index = 0; index < 10; index++) {
          const bundle: FullBundle = { kind: 'bundle', index, bytes: randomBytes(500) }
          const objects = [bundle, aTile(0, index)]
          const size = (index + 1) * TILE_WIDTH
          const put = (ledger: Ledger, mine: typeof objects) => ledger.put(ORIGIN, size, mine)
          if (index % 2 === 0) await Promise.all([put(harness.ledger, objects), put(other, objects)])
          else {
            const theirs = [{ ...bundle, bytes: randomBytes(500) }, objects[1] as FullTile]
            const puts = await Promise.allSettled([put(harness.ledger, objects), put(other, theirs)])
            const refused = puts.filter((one) => one.status === 'rejected')
            expect(refused).toMatchObject([{ reason: { code: 'damaged_ledger' } }])
          }
          expect(await harness.reader.size(ORIGIN)).toBe(size)
          expect(await harness.reader.objects(ORIGIN)).toEqual({ bundles: index + 1, tiles: index + 1 })
        }
      } finally {
        await other.close()
      }
    })

    it('stays as large as it is when what it has is put again', async () => {
      await record(600)
      await follow()
      const tile = await harness.reader.tile(ORIGIN, 0, 0)
      const again: FullTile = { kind: 'tile', level: 0, index: 0, hashes: tile, root: tileRoot(tile) }
      await harness.ledger.put(ORIGIN, 256, [again])
      expect(await harness.reader.size(ORIGIN)).toBe(512)
    })

    it('is pruned of bundles and tiles that hold nothing else, and keeps what it takes for the rest', async () => {
      const size = await record(1_900)
      const { head, frontier } = await follow()
      const before = await frontierOf(harness.reader, ORIGIN, 1_280)
      const roots = await harness.reader.roots(ORIGIN, 0, 0, 7)
      expect(await harness.ledger.prune(ORIGIN, 1_280, 2)).toBe(2)
      expect(await harness.ledger.prune(ORIGIN, 1_280, 2)).toBe(2)
      expect(await harness.ledger.prune(ORIGIN, 1_280, 2)).toBe(1)
      expect(await harness.ledger.prune(ORIGIN, 1_280, 2)).toBe(0)
      harness = await harness.reopen()
      expect([await harness.reader.minIndex(ORIGIN), await harness.reader.size(ORIGIN)]).toEqual([
        1_280, 1_792,
      ])
      expect(await harness.reader.objects(ORIGIN)).toEqual({ bundles: 2, tiles: 2 })
      for (const index of [0, 4]) {
        await expect(harness.reader.bundle(ORIGIN, index)).rejects.toMatchObject({ code: 'not_found' })
        await expect(harness.reader.tile(ORIGIN, 0, index)).rejects.toMatchObject({ code: 'not_found' })
      }
      expect(storedEntries(await harness.reader.bundle(ORIGIN, 5))).toHaveLength(TILE_WIDTH)
      expect(await frontierOf(harness.reader, ORIGIN, 1_280)).toEqual(before)
      expect(await harness.reader.roots(ORIGIN, 0, 0, 7)).toEqual(roots)
      // A log that goes on under another name begins where this one does.
      const next = 'other.example/log/x/live/1'
      const kept = await rootsBefore(harness.reader, ORIGIN, 1_280)
      for (let i = 0; i < 2; i++) await harness.ledger.begin(next, 1_280, kept)
      expect([await harness.reader.minIndex(next), await harness.reader.size(next)]).toEqual([1_280, 1_280])
      expect(await frontierOf(harness.reader, next, 1_280)).toEqual(before)
      expect(await harness.reader.objects(next)).toEqual({ bundles: 0, tiles: 0 })
      await expect(harness.reader.tile(next, 0, 4)).rejects.toMatchObject({ code: 'not_found' })
      await record(500)
      await follow(head, frontier)
      expect(await harness.reader.size(ORIGIN)).toBe(size + 500 - ((size + 500) % TILE_WIDTH))
      expect(toHex(frontier.root())).toBe((await journalReader.head(LOG))?.root)
    })

    it('keeps everything when it is opened again, and logs apart', async () => {
      await record(600)
      const { head, frontier } = await follow()
      await harness.ledger.put('other.example/log/x/live/0', 256, [
        { kind: 'bundle', index: 0, bytes: randomBytes(10) },
        aTile(0, 0),
      ])
      harness = await harness.reopen()
      await expectAllOf(600)
      const size = await record(300)
      await follow(head, frontier)
      await expectAllOf(size)
      expect(await harness.reader.origins()).toEqual([ORIGIN, 'other.example/log/x/live/0'])
      expect(await harness.reader.size('other.example/log/x/live/0')).toBe(256)
    })
  })
}

function aTile(level: number, index: number): FullTile {
  const hashes = randomBytes(TILE_BYTES)
  return { kind: 'tile', level, index, hashes, root: tileRoot(hashes) }
}

let counter = 0
/** Entries of many sizes, some with ids of their client's. */
function anEntry() {
  counter++
  const entry = {
    action: `thing.done_${counter % 7}`,
    actor: { type: 'user', id: `u${counter}`, label: '🦊'.repeat(counter % 5) },
    ...(counter % 3 === 0 ? { id: randomId() } : {}),
    ...(counter % 4 === 0 ? { occurred_at: '2026-01-01T00:00:00Z' } : {}),
    ...(counter % 50 === 0 ? { metadata: { text: randomBytes(30_000).toString('hex') } } : {}),
  }
  const admission = admitEntries(Buffer.from(JSON.stringify(entry)), 'json')
  if (!admission.admitted) throw new Error(JSON.stringify(admission.problems))
  return admission.entries[0] as (typeof admission.entries)[number]
}

function randomId(): string {
  return crypto.randomUUID()
}
