import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeBase64, type LogName, openCheckpoint, toHex } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { openDatabase } from '../sqlite/driver.js'
import type { LogEvidence } from './evidence-keeper.js'
import {
  KEYS,
  type KeeperFixture,
  LOG,
  newDirectory,
  ORIGIN,
  openKeeperFixture,
  removeDirectory,
} from './testing/keeper-fixture.js'

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

/** Closes, changes files, opens again, and says what is known then. */
async function restarted(change: () => Promise<void> | void = () => undefined): Promise<LogEvidence> {
  await fixture.close()
  await change()
  fixture = await openKeeperFixture(directory)
  return known((await fixture.keeper.start()).evidence)
}

/** A database with what is in its WAL, over whatever is there. */
function copyDatabase(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, to + suffix), { force: true })
  for (const suffix of ['', '-wal'])
    if (existsSync(join(directory, from + suffix)))
      copyFileSync(join(directory, from + suffix), join(directory, to + suffix))
}
const known = (all: readonly LogEvidence[]) => all.find(({ origin }) => origin === ORIGIN) as LogEvidence
const inFile = (file: string, statement: string) => async () => {
  const database = await openDatabase(join(directory, file))
  database.exec(statement)
  database.close()
}
const advanced = async (log: LogName = LOG) => known((await fixture.keeper.advance([log])).evidence)

describe('a checkpoint', () => {
  it('is of the very tree that the journal has, signed by the key that everybody can know', async () => {
    for (const count of [1, 255, 1, 700, 3]) {
      await fixture.record(count)
      const { note, size, root } = await advanced()
      const head = await fixture.reader.head(LOG)
      const opened = await openCheckpoint(verifyEd25519, Buffer.from(note as string), ORIGIN, [
        KEYS.keyOf(ORIGIN, 0).verifier,
      ])
      expect([opened.size, toHex(opened.root)]).toEqual([head?.size, head?.root])
      expect([size, root]).toEqual([opened.size, encodeBase64(opened.root)])
    }
    expect(await fixture.ledger.size(ORIGIN)).toBe(768)
  })

  it('comes in bounded steps when much was recorded at once', async () => {
    await fixture.record(10_000)
    const first = await fixture.keeper.advance([LOG])
    expect(first.unfinished).toEqual([LOG])
    expect(known(first.evidence).size).toBe(8_192)
    await fixture.advance()
    expect((await advanced()).size).toBe(10_000)
  })

  it('is made for each log apart', async () => {
    const other: LogName = { ...LOG, mode: 'test' }
    await fixture.record(5)
    await fixture.record(7, other)
    const { evidence } = await fixture.keeper.advance([LOG, other])
    expect(evidence.map(({ origin, size }) => [origin.split('/').at(-2), size])).toEqual([
      ['live', 5],
      ['test', 7],
    ])
  })

  it('is signed again while nothing happens, and stays the same', async () => {
    await fixture.record(5)
    const before = await advanced()
    const {
      evidence: [again],
    } = await fixture.keeper.heartbeat()
    expect(again?.note).toBe(before.note)
    expect(again?.signedAtMs).toBeGreaterThanOrEqual(before.signedAtMs)
  })

  it('goes on after a restart, and with a ledger that was lost', async () => {
    await fixture.record(600)
    await fixture.advance()
    expect((await restarted(() => rmSync(join(directory, 'ledger.db')))).frozen).toBe(undefined)
    await fixture.record(1)
    expect(await advanced()).toMatchObject({ size: 601 })
    expect(await fixture.ledger.size(ORIGIN)).toBe(512)
  })
})

describe('a log is frozen', () => {
  const expectFrozen = async (evidence: LogEvidence, size: number) => {
    expect(evidence.frozen).toEqual(expect.any(String))
    // Recording goes on; the checkpoint stays what it was.
    await fixture.record(1)
    expect(await advanced()).toMatchObject({ size, frozen: evidence.frozen })
    expect(await restarted()).toMatchObject({ size, frozen: evidence.frozen })
  }

  it.each(['at once', 'after more was recorded'])(
    'when the journal was put back to an earlier state, %s',
    async (when) => {
      await fixture.record(300)
      await fixture.advance()
      await fixture.close()
      copyDatabase('journal.db', 'backup.db')
      fixture = await openKeeperFixture(directory)
      await fixture.record(50)
      await fixture.advance()
      const evidence = await restarted(async () => {
        copyDatabase('backup.db', 'journal.db')
        if (when === 'at once') return
        const journal = await openKeeperFixture(directory)
        await journal.record(50)
        await journal.close()
      })
      await expectFrozen(evidence, 350)
    },
  )

  it('and goes on as soon as what was lost is back', async () => {
    await fixture.record(300)
    await fixture.advance()
    await fixture.close()
    copyDatabase('journal.db', 'whole.db')
    fixture = await openKeeperFixture(directory)
    expect(await restarted(inFile('journal.db', 'DELETE FROM blocks; DELETE FROM logs'))).toMatchObject({
      size: 300,
      frozen: expect.stringContaining('has none'),
    })
    const back = () => copyDatabase('whole.db', 'journal.db')
    expect((await restarted(back)).frozen).toBe(undefined)
    await fixture.record(1)
    expect(await advanced()).toMatchObject({ size: 301 })
  })

  it.each([
    [
      'a hash',
      'UPDATE blocks SET entry_hashes = CAST(substr(entry_hashes, 1, 40) || substr(entry_hashes, 9, 8) || substr(entry_hashes, 49) AS BLOB)',
    ],
    ['a time', 'UPDATE blocks SET recorded_at = recorded_at + 1'],
    ['an id', "UPDATE blocks SET ids = CAST(x'00' || substr(ids, 2) AS BLOB)"],
    ['a link', 'UPDATE blocks SET prev_hash = zeroblob(32)'],
    [
      'what it says',
      "UPDATE blocks SET contents = CAST(substr(contents, 1, 30) || x'00ff00' || substr(contents, 34) AS BLOB)",
    ],
    ['a salt', "UPDATE blocks SET salts = CAST(substr(salts, 1, 9) || x'00ff' || substr(salts, 12) AS BLOB)"],
    ['a whole row', 'DELETE FROM blocks'],
  ])('when %s was changed between recording and signing', async (_what, statement) => {
    await fixture.record(40)
    await fixture.advance()
    await fixture.record(40)
    await inFile('journal.db', `${statement} WHERE first_seq = 40`)()
    await expectFrozen(await advanced(), 40)
  })

  it('when the journal has another tree of the same size', async () => {
    await fixture.record(40)
    await fixture.advance()
    await expectFrozen(
      await restarted(inFile('journal.db', 'UPDATE logs SET frontier = zeroblob(length(frontier))')),
      40,
    )
  })

  it('when the signer has forgotten it', async () => {
    await fixture.record(300)
    await fixture.advance()
    await restarted(() => rmSync(join(directory, 'signer.db')))
    expect(await advanced()).toMatchObject({ size: 0, frozen: expect.stringContaining('forgotten') })
  })

  it('when any bit of what the signer remembers was flipped', async () => {
    await fixture.record(40)
    await fixture.advance()
    await fixture.close()
    const path = join(directory, 'signer.db')
    copyDatabase('signer.db', 'sound.db')
    const database = await openDatabase(path)
    const row = database.prepare('SELECT * FROM heads').get() as Record<string, unknown>
    database.close()
    for (const [column, value] of Object.entries(row)) {
      const changed =
        value instanceof Uint8Array
          ? flipped(value)
          : typeof value === 'number'
            ? value + 1
            : value === null
              ? 1
              : `${String(value)}x`
      copyDatabase('sound.db', 'signer.db')
      const writing = await openDatabase(path)
      writing.prepare(`UPDATE heads SET ${column} = ?`).run(changed as string)
      writing.close()
      fixture = await openKeeperFixture(directory)
      const [evidence] = (await fixture.keeper.start()).evidence
      expect(evidence, column).toMatchObject({ note: undefined, frozen: expect.any(String) })
      await fixture.close()
    }
    fixture = await openKeeperFixture(directory)
  })
})

function flipped(bytes: Uint8Array): Uint8Array {
  const at = Math.floor(Math.random() * bytes.length)
  return bytes.map((byte, i) => (i === at ? byte ^ (1 << Math.floor(Math.random() * 8)) : byte))
}
