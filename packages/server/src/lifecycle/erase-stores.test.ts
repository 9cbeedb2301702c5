import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SectionPath } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  anErasureEntry,
  type KeeperFixture,
  LOG,
  newDirectory,
  openKeeperFixture,
  removeDirectory,
} from '../evidence/testing/keeper-fixture.js'
import { type Block, blockSections, isKept, storedEntries } from '../journal/block.js'
import { anEntry } from '../journal/conformance.js'
import { expandSalts, SEED_BYTES } from '../journal/salts.js'

const ORIGIN = `counterfoil.local/log/${LOG.organization_id}/live/0`
const PATHS: readonly SectionPath[] = ['/actor', '/payload']
/** Rows of 1 to 64 entries, some of which lie in two bundles. */
const BATCHES = [1, 1, 1, 200, 3, 64, 100, 64, 64, 64, 1, 2, 300]
/** Pieces of compressed bytes that are searched for. */
const PIECES = 300
const SIZE = BATCHES.reduce((sum, size) => sum + size, 0)
/** In the ledger and in the journal, at the edges of rows and bundles, and in what the ledger has not taken yet. */
const ERASED = [0, 2, 3, 130, 200, 255, 256, 300, 511, 512, 560, 567, 568, 570, SIZE - 1]

let fixture: KeeperFixture
beforeEach(async () => {
  fixture = await openKeeperFixture(newDirectory())
  for (const size of BATCHES) {
    const entries = Array.from({ length: size }, () =>
      anEntry('order.created', {
        actor: { type: 'user', email: `${randomBytes(6).toString('hex')}@planted.example` },
        context: { ip_address: '192.0.2.1' },
        metadata: { secret: randomBytes(randomBytes(1).readUInt8() * 4).toString('hex') },
      }),
    )
    await fixture.journal.append([{ log: LOG, entries }])
    await fixture.advance()
  }
})
afterEach(async () => {
  await fixture.close()
  removeDirectory(fixture.directory)
})

const erase = async (seqs = ERASED, paths = PATHS) => {
  await fixture.journal.erase(LOG, seqs, paths)
  await fixture.keeper.erase(LOG, seqs, paths)
}
const noteErasure = (seqs: readonly number[], paths: readonly SectionPath[]) =>
  fixture.journal.append([{ log: LOG, entries: [anErasureEntry(paths, seqs)] }])
const scrub = async () => [await fixture.journal.scrub(), await fixture.keeper.scrub()]
const allBlocks = async (): Promise<readonly Block[]> => {
  const bundles = Array.from({ length: Math.floor(SIZE / 256) }, (_, i) => fixture.ledger.bundle(ORIGIN, i))
  return [...(await rows()), ...(await Promise.all(bundles))]
}
const rows = () => fixture.reader.blocks(LOG, 0, 'oldest_first', SIZE)
const entries = async () => (await rows()).flatMap(storedEntries)

describe('erasing from journal and ledger', () => {
  it('takes away the sections that were named and nothing else, and every hash stays', async () => {
    const before = await entries()
    const { headHash, root } = (await fixture.reader.head(LOG)) ?? {}
    await erase()
    const after = await entries()
    for (const [seq, entry] of after.entries()) {
      const was = before[seq]
      if (!ERASED.includes(seq)) {
        expect(entry).toEqual(was)
        continue
      }
      expect(entry.erased).toEqual(
        PATHS.filter((path) => was?.sections.some((section) => section.path === path)),
      )
      expect(entry.sections).toEqual(was?.sections.filter(({ path }) => !PATHS.includes(path)))
      expect(entry.entryHash).toBe(was?.entryHash)
    }
    expect(await fixture.reader.head(LOG)).toMatchObject({ headHash, root })
    await noteErasure(ERASED, PATHS)
    expect(await fixture.reader.verify(LOG, {})).toMatchObject({
      walked: SIZE + 1,
      broken: undefined,
      headMatches: true,
    })
    const ofLedger = (await allBlocks()).slice((await rows()).length).flatMap(storedEntries)
    expect(ofLedger).toEqual(after.slice(0, ofLedger.length))
  })

  it('leaves no erased value, no salt of one and no seed that gave it in any file', async () => {
    const before = await Promise.all((await allBlocks()).map(secretsOf))
    const planted = before.flat()
    await erase()
    expect(await scrub()).toEqual([true, true])
    const after = (await allBlocks()).flatMap(secretsOf)
    const left = new Set(after.map(({ value, salt }) => `${value}/${salt}`))
    const gone = planted.filter(({ value, salt }) => !left.has(`${value}/${salt}`))
    expect(new Set(gone.map(({ seq }) => seq))).toEqual(new Set(ERASED))
    const files = readFiles()
    for (const { salt, seed } of gone) {
      expect(files.some((bytes) => bytes.includes(Buffer.from(salt, 'hex')))).toBe(false)
      if (seed !== undefined)
        expect(files.some((bytes) => bytes.includes(Buffer.from(seed, 'hex')))).toBe(false)
    }
    // What was compressed cannot be searched for as text: no piece of the bytes that changed may be anywhere.
    const kept = Buffer.concat((await allBlocks()).map(({ contents }) => Buffer.from(contents)))
    const pieces = (await oldContents)
      .flatMap((contents) => piecesOf(contents))
      .filter((piece) => !kept.includes(piece))
    expect(pieces.length).toBeGreaterThan(PIECES)
    const some = pieces.filter((_, i) => i % Math.floor(pieces.length / PIECES) === 0)
    expect(some.filter((piece) => files.some((bytes) => bytes.includes(piece)))).toEqual([])
  })

  it('may be repeated, and goes on with other sections of the same entries', async () => {
    await erase()
    const once = readBlocks(await allBlocks())
    await erase()
    expect(readBlocks(await allBlocks())).toEqual(once)
    await erase([3, 4], ['/event', '/context'])
    const [, , , fourth, fifth] = await entries()
    expect(fourth).toMatchObject({ sections: [], erased: ['/actor', '/context', '/event', '/payload'] })
    expect(fifth?.erased).toEqual(['/context', '/event'])
    await noteErasure(ERASED, PATHS)
    await noteErasure([3, 4], ['/event', '/context'])
    expect(await fixture.reader.verify(LOG, {})).toMatchObject({ walked: SIZE + 2, broken: undefined })
  })

  it('takes a log to the ledger and to its checkpoint as if nothing had been erased', async () => {
    await fixture.journal.erase(LOG, [SIZE - 1, SIZE - 200], PATHS)
    await fixture.record(600)
    await fixture.advance()
    expect(fixture.signer.head(ORIGIN)).toMatchObject({ size: SIZE + 600 })
    expect(fixture.signer.head(ORIGIN)?.frozen).toBeUndefined()
    const bundle = await fixture.ledger.bundle(ORIGIN, Math.floor((SIZE - 1) / 256))
    expect(storedEntries(bundle)[(SIZE - 1) % 256]?.erased).toEqual(PATHS)
  })

  it('answers the same entry, sent again, with its first receipt, and another one with a conflict', async () => {
    const id = '01930000-0000-7000-8000-0000000000ff'
    const entry = anEntry('a.b', { id, actor: { type: 'user', id: 'u1' }, metadata: { a: 1 } })
    const key = { route: 'r', key: 'k', bodyHash: 'a'.repeat(64) }
    const sent = { log: LOG, entries: [entry] }
    const [first] = (await fixture.journal.append([{ ...sent, idempotency: key }])).outcomes
    await fixture.journal.erase(LOG, [SIZE], PATHS)
    const again = async (batch: Parameters<typeof fixture.journal.append>[0][number]) =>
      (await fixture.journal.append([batch])).outcomes[0]
    expect(await again(sent)).toEqual({ ...first, replayed: 1 })
    const other = (action: string, more: object) =>
      again({ log: LOG, entries: [anEntry(action, { id, metadata: { a: 1 }, ...more })] })
    // What the erased sections said nobody can tell any more; that there were two of them, and the rest, still counts.
    expect(await other('a.b', { actor: { type: 'user', id: 'u2' } })).toEqual({ ...first, replayed: 1 })
    expect(await other('a.b', {})).toMatchObject({ kind: 'id_conflict' })
    expect(await other('a.c', { actor: { type: 'user', id: 'u1' } })).toMatchObject({ kind: 'id_conflict' })
    expect(await again({ ...sent, idempotency: { ...key, bodyHash: 'b'.repeat(64) } })).toEqual({
      ...first,
      replayed: 1,
    })
    await scrub()
    expect(readFiles().some((bytes) => bytes.includes('a'.repeat(64)))).toBe(false)
  })
})

let oldContents: Promise<readonly Uint8Array[]> = Promise.resolve([])
beforeEach(async () => {
  oldContents = Promise.resolve((await allBlocks()).map(({ contents }) => new Uint8Array(contents)))
})

interface Secret {
  readonly seq: number
  readonly value: string
  readonly salt: string
  readonly seed?: string
}

/** Every section of a block with the salt it was committed under, and the seed when one seed gives all of them. */
function secretsOf(block: Block): Secret[] {
  const { entries: sections, total } = blockSections(block)
  const salts = Buffer.from(expandSalts(block.salts, total))
  const seed =
    block.salts.length === 1 + SEED_BYTES ? Buffer.from(block.salts.subarray(1)).toString('hex') : undefined
  return sections.flatMap((own, i) =>
    own.filter(isKept).map(({ json, saltOffset }) => ({
      seq: block.firstSeq + i,
      value: Buffer.from(json).toString(),
      salt: salts.toString('hex', saltOffset, saltOffset + 16),
      ...(seed === undefined ? {} : { seed }),
    })),
  )
}

function readBlocks(blocks: readonly Block[]) {
  return blocks.map(({ salts, contents }) => [Buffer.from(salts), Buffer.from(contents)])
}

function readFiles(): Buffer[] {
  return readdirSync(fixture.directory)
    .filter((name) => !name.endsWith('-shm'))
    .map((name) => readFileSync(join(fixture.directory, name)))
}

function piecesOf(contents: Uint8Array): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at + 16 <= contents.length; at += 16)
    pieces.push(Buffer.from(contents.subarray(at, at + 16)))
  return pieces
}
