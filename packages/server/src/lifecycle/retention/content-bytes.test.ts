import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type KeeperFixture,
  LOG,
  newDirectory,
  ORIGIN,
  openKeeperFixture,
  removeDirectory,
} from '../../evidence/testing/keeper-fixture.js'
import { anEntry } from '../../journal/conformance.js'
import { bytesByCategory, firstToKeep, measureContents, totalBytes } from '../../ledger/content-bytes.js'

const BUNDLES = 12
/** What the noise of an entry takes, however it is compressed; every fourth entry is of the other category and has thrice that. */
const NOISE = 200

let fixture: KeeperFixture
beforeAll(async () => {
  fixture = await openKeeperFixture(newDirectory())
  for (let bundle = 0; bundle < BUNDLES; bundle++) {
    const entries = Array.from({ length: 256 }, (_, i) => {
      const isAccess = i % 4 === 0
      const noise = randomBytes(isAccess ? 3 * NOISE : NOISE).toString('base64')
      return anEntry('a.b', { category: isAccess ? 'access' : 'operation', metadata: { noise } })
    })
    await fixture.journal.append([{ log: LOG, entries }])
  }
  await fixture.advance()
}, 60_000)
afterAll(async () => {
  await fixture.close()
  removeDirectory(fixture.directory)
})

const isAccess = (category: string) => category === 'access'

it('divides what bundles hold among categories, and leaves out their hashes', async () => {
  const content = await measureContents(fixture.ledger, ORIGIN)
  expect([content.stride, content.shares.size]).toEqual([1, BUNDLES])
  const bytes = BUNDLES * 64 * 3 * NOISE
  // Half of the noise is of either; what is said besides it is small.
  for (const category of ['access', 'operation']) {
    const total = totalBytes(content, (one) => one === category)
    expect(total).toBeGreaterThan(bytes * 0.9)
    expect(total).toBeLessThan(bytes * 1.4)
  }
  const all = bytesByCategory(content)
  expect(all.map(({ category }) => category).toSorted()).toEqual(['access', 'operation'])
  const stored = content.bundles.reduce((sum, one) => sum + one, 0)
  expect(all.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThan(stored - BUNDLES * 8_192)
})

it('keeps the newest bundles that take no more than so many bytes', async () => {
  const content = await measureContents(fixture.ledger, ORIGIN)
  const total = totalBytes(content, isAccess)
  expect(firstToKeep(content, isAccess, total + 1)).toBe(0)
  expect(firstToKeep(content, isAccess, 0)).toBe(BUNDLES)
  expect(firstToKeep(content, isAccess, total / 2)).toBeGreaterThanOrEqual(BUNDLES / 2)
  expect(firstToKeep(content, isAccess, total / 2)).toBeLessThanOrEqual(BUNDLES / 2 + 1)
})

it('estimates a longer log from bundles that are evenly spread, the same ones as it grows', async () => {
  const exact = totalBytes(await measureContents(fixture.ledger, ORIGIN), isAccess)
  const content = await measureContents(fixture.ledger, ORIGIN, 3)
  expect([content.stride, [...content.shares.keys()]]).toEqual([4, [0, 4, 8]])
  const estimated = totalBytes(content, isAccess)
  expect(Math.abs(estimated - exact) / exact).toBeLessThan(0.05)
})
