import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Frontier, type LogName } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Into } from '../platform-hash.js'
import { LogSigner } from './log-signer.js'
import type { SignerStore } from './signer-store.js'
import { LogKeys } from './signing-keys.js'
import { openSqliteSignerStore } from './sqlite/sqlite-signer-store.js'

const ROOT = new Uint8Array(32).fill(7)
const LOG: LogName = { organization_id: 'acme', mode: 'live' }
const ORIGIN = 'example/log/acme/live/0'

let directory: string
let store: SignerStore
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-signer-'))
  store = await openSqliteSignerStore(join(directory, 'signer.db'), ROOT)
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

/** A step of `entries` entries from where the signer knows the log to be. */
function step(signer: LogSigner, entries: number) {
  const from = signer.head(ORIGIN)!
  const frontier = Frontier.restore(sha256Into, from.size, from.frontier)
  for (let i = 0; i < entries; i++) frontier.append(new Uint8Array(32).fill(i))
  return signer.sign(from, { size: from.size + entries, headHash: 'ab'.repeat(32), frontier })
}

describe('a signer beside another one of the same logs', () => {
  it('signs nothing that was signed meanwhile, and goes on from there when it has looked again', async () => {
    const one = await LogSigner.open(store, new LogKeys(ROOT))
    await one.begin(LOG, ORIGIN)
    const two = await LogSigner.open(store, new LogKeys(ROOT))
    await one.commit([step(one, 3)])
    await expect(two.commit([step(two, 5)])).rejects.toMatchObject({ code: 'damaged_signer' })
    expect(two.head(ORIGIN)?.size).toBe(0)
    await two.refresh()
    expect(two.head(ORIGIN)).toEqual(one.head(ORIGIN))
    await two.commit([step(two, 5)])
    expect(two.head(ORIGIN)?.size).toBe(8)
  })

  it('begins no log anew that another has begun', async () => {
    const [one, two] = [
      await LogSigner.open(store, new LogKeys(ROOT)),
      await LogSigner.open(store, new LogKeys(ROOT)),
    ]
    await one.begin(LOG, ORIGIN)
    await one.commit([step(one, 3)])
    await expect(two.begin(LOG, ORIGIN)).rejects.toThrow()
    await two.refresh()
    expect(two.head(ORIGIN)?.size).toBe(3)
  })
})

describe('a signer whose store broke off while it committed', () => {
  it('finds out what became of the step', async () => {
    let breaks = true
    const broken: SignerStore = {
      heads: (origins) => store.heads(origins),
      begin: (...heads) => store.begin(...heads),
      freeze: (origin, frozen) => store.freeze(origin, frozen),
      thaw: (origin) => store.thaw(origin),
      close: () => store.close(),
      advance: async (steps) => {
        const moved = await store.advance(steps)
        if (breaks) throw new Error('the connection broke')
        return moved
      },
    }
    const signer = await LogSigner.open(broken, new LogKeys(ROOT))
    await signer.begin(LOG, ORIGIN)
    await expect(signer.commit([step(signer, 3)])).rejects.toThrow('broke')
    expect(signer.head(ORIGIN)?.size).toBe(0)
    breaks = false
    await signer.refresh()
    expect(signer.head(ORIGIN)?.size).toBe(3)
    await signer.commit([step(signer, 2)])
    expect((await store.heads())[0]).toMatchObject({ size: 5 })
  })
})
