import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type AdmittedEntry, openCheckpoint, parseVerifierKey, toHex } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Into } from '../platform-hash.js'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { openDatabase } from '../sqlite/driver.js'
import { checkLog } from './check-log.js'
import type { LogEvidence } from './evidence-keeper.js'
import {
  KEYS,
  type KeeperFixture,
  LOG,
  newDirectory,
  ORIGIN,
  openKeeperFixture,
  removeDirectory,
  someEntries,
} from './testing/keeper-fixture.js'

const NEXT = ORIGIN.replace(/0$/, '1')
let directory: string
let fixture: KeeperFixture
beforeEach(async () => {
  directory = newDirectory()
  fixture = await openKeeperFixture(directory)
})
afterEach(async () => {
  await fixture.close()
  removeDirectory(directory)
})

const outlineOf = (known: LogEvidence | undefined) => [known?.origin, known?.size, known?.frozen]
const announcement = () => someEntries(1, 'log.epoch')[0] as AdmittedEntry

/** Closes, changes files, opens again, and says what is known then of the log. */
async function restarted(
  change: () => Promise<void> | void = () => undefined,
): Promise<LogEvidence | undefined> {
  await fixture.close()
  await change()
  fixture = await openKeeperFixture(directory)
  const { evidence: all } = await fixture.keeper.start()
  const known = all.filter(({ log }) => log.mode === LOG.mode)
  expect(known.length).toBeLessThanOrEqual(1)
  return known[0]
}

function copyDatabase(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, to + suffix), { force: true })
  for (const suffix of ['', '-wal'])
    if (existsSync(join(directory, from + suffix)))
      copyFileSync(join(directory, from + suffix), join(directory, to + suffix))
}

/** Records 700 and signs them, after a backup of the journal's first 300; then puts the backup back. */
async function rolledBack(): Promise<LogEvidence | undefined> {
  await fixture.record(300)
  await fixture.advance()
  await fixture.close()
  copyDatabase('journal.db', 'backup.db')
  fixture = await openKeeperFixture(directory)
  await fixture.record(400)
  await fixture.advance()
  return restarted(() => {
    copyDatabase('journal.db', 'lost.db')
    copyDatabase('backup.db', 'journal.db')
  })
}

async function advanced(): Promise<LogEvidence> {
  await fixture.advance()
  const { evidence } = await fixture.keeper.advance([LOG])
  return evidence.find(({ log }) => log.mode === LOG.mode) as LogEvidence
}

async function checked(origin: string, hasEnded = false) {
  const { reader: journal, ledger, signer } = fixture
  const epochs = await journal.epochsOf(LOG)
  const signed = signer.head(origin)
  const log = {
    origin,
    epochs: epochs.slice(0, 1 + epochs.findIndex((epoch) => epoch.origin === origin)),
    hasEnded,
    head: hasEnded ? undefined : await journal.head(LOG),
    signed,
    vkeys: signed === undefined ? [] : signer.vkeys(signed),
  }
  return checkLog({ journal, ledger }, log)
}

describe('another epoch', () => {
  it('is the way out where what was lost cannot be put back', async () => {
    expect(await rolledBack()).toMatchObject({ size: 700, frozen: expect.stringContaining('put back') })
    // Recorded while it was frozen: it must not be lost either.
    await fixture.record(50)
    const lost = fixture.signer.head(ORIGIN)?.note as string
    await fixture.journal.beginEpoch(LOG, 1, announcement)
    expect(await restarted()).toBe(undefined)
    const evidence = await advanced()
    expect(evidence).toMatchObject({
      origin: NEXT,
      size: 351,
      earlier: [{ origin: ORIGIN, size: 700, note: lost }],
    })
    expect(evidence.frozen).toBe(undefined)
    const keys = KEYS.vkeysOf(NEXT, evidence.generation).map((vkey) => parseVerifierKey(sha256Into, vkey))
    const opened = await openCheckpoint(verifyEd25519, Buffer.from(evidence.note as string), NEXT, keys)
    const head = await fixture.reader.head(LOG)
    expect([opened.size, toHex(opened.root)]).toEqual([351, head?.root])
    // What proves the loss still verifies.
    const old = await openCheckpoint(verifyEd25519, Buffer.from(lost), ORIGIN, [
      KEYS.keyOf(ORIGIN, 0).verifier,
    ])
    expect(old.size).toBe(700)
    expect(await checked(NEXT)).toEqual([])
    expect(await checked(ORIGIN, true)).toEqual([])
    // It goes on like any log: over a restart, with its ledger from the first entry.
    await fixture.record(600)
    expect(outlineOf(await restarted())).toEqual([NEXT, 351, undefined])
    expect(await advanced()).toMatchObject({ size: 951 })
    expect(await fixture.ledger.size(NEXT)).toBe(768)
    expect(await checked(NEXT)).toEqual([])
  })

  it('reads what was trimmed from the ledger of the epoch before, until its own has it', async () => {
    await fixture.close()
    fixture = await openKeeperFixture(directory, () => undefined, 100)
    for (let i = 0; i < 8; i++) await fixture.record(100)
    await fixture.advance()
    const until = { size: await fixture.keeper.soundSize(LOG), position: Number.MAX_SAFE_INTEGER }
    expect(await fixture.journal.trim(LOG, until, 1_000)).toBeGreaterThan(5)
    const before = await fixture.reader.entriesAt(LOG, [0, 255, 256, 511])
    await fixture.journal.beginEpoch(LOG, 1, announcement)
    expect(await fixture.reader.entriesAt(LOG, [0, 255, 256, 511])).toEqual(before)
    expect(await fixture.reader.verify(LOG, {})).toMatchObject({
      walked: 801,
      broken: undefined,
      headMatches: true,
    })
    expect(await advanced()).toMatchObject({ origin: NEXT, size: 801 })
    expect(await fixture.reader.verify(LOG, {})).toMatchObject({ broken: undefined, headMatches: true })
    // Of the log that was not frozen nothing more is signed under its old name.
    expect(fixture.signer.head(ORIGIN)?.frozen?.reason).toContain(NEXT)
  })

  it('erases from the ledgers of all epochs, and nothing of entries that were lost', async () => {
    await rolledBack()
    await fixture.record(500)
    await fixture.journal.beginEpoch(LOG, 1, announcement)
    await advanced()
    const lost = await fixture.ledger.bundle(ORIGIN, 1)
    const seqs = [3, 400]
    await fixture.journal.erase(LOG, seqs, ['/payload'])
    await fixture.keeper.erase(LOG, seqs, ['/payload'])
    const redacted = async (origin: string, index: number) =>
      fixture.ledger.bundle(origin, index).then(({ salts }) => toHex(salts))
    expect(await fixture.ledger.bundle(ORIGIN, 1)).toEqual(lost)
    expect(await redacted(ORIGIN, 0)).toBe(await redacted(NEXT, 0))
    // Nobody recorded it here, which is all that is wrong.
    const found = await checked(NEXT)
    expect(found.map(({ problem }) => problem.split(':')[0])).toEqual(['unrecorded_erasure'])
    expect(await checked(ORIGIN, true)).toEqual([])
  })

  it('is the way out when the signer has forgotten or was changed', async () => {
    await fixture.record(300)
    await fixture.advance()
    const database = async () => {
      const signer = await openDatabase(join(directory, 'signer.db'))
      signer.exec('UPDATE heads SET size = size + 1')
      signer.close()
    }
    expect(await restarted(database)).toMatchObject({ note: undefined, frozen: expect.any(String) })
    await fixture.journal.beginEpoch(LOG, 1, announcement)
    expect(await restarted()).toBe(undefined)
    expect(await advanced()).toMatchObject({ origin: NEXT, size: 301 })
  })

  it('is itself found lost when the journal is put back to before it', async () => {
    await fixture.record(10)
    await fixture.advance()
    await fixture.close()
    copyDatabase('journal.db', 'backup.db')
    fixture = await openKeeperFixture(directory)
    await fixture.journal.beginEpoch(LOG, 1, announcement)
    await advanced()
    const evidence = await restarted(() => copyDatabase('backup.db', 'journal.db'))
    expect(evidence).toMatchObject({ origin: NEXT, frozen: expect.stringContaining(NEXT) })
    await fixture.record(5)
    expect(await advanced()).toMatchObject({ size: 11, frozen: expect.any(String) })
  })
})

it('a log that lost entries goes on as it was once they are put back', async () => {
  await rolledBack()
  expect(await advanced()).toMatchObject({ size: 700, frozen: expect.any(String) })
  const evidence = await restarted(() => copyDatabase('lost.db', 'journal.db'))
  expect(outlineOf(evidence)).toEqual([ORIGIN, 700, undefined])
  await fixture.record(1)
  expect(await advanced()).toMatchObject({ size: 701 })
  expect(await checked(ORIGIN)).toEqual([])
})
