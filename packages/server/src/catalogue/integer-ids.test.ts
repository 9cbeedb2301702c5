import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import { ASSIGNED_ID_MIN, derivedNumber, INTEGER_ID_MAX, type IntegerIds } from './integer-ids.js'
import { type CataloguePlace, openIntegerIds } from './open-catalogue.js'

const directory = mkdtempSync(join(tmpdir(), 'counterfoil-ids-'))
let files = 0
afterAll(() => rmSync(directory, { recursive: true }))

integerIdsConformance('sqlite', async () => ({ kind: 'sqlite', path: join(directory, `${files++}.db`) }))
integerIdsConformance('postgresql', async () => ({ kind: 'postgres', url: await createTestDatabase() }))

/** What integers that stand for texts must do, on each engine. `makePlace` gives a place of which nobody knows. */
function integerIdsConformance(engine: string, makePlace: () => Promise<CataloguePlace>): void {
  describe(`integers for texts on ${engine}`, () => {
    let place: CataloguePlace
    let ids: IntegerIds
    let organization: string
    let organizations = 0

    beforeAll(async () => {
      place = await makePlace()
      ids = await openIntegerIds(place)
    })
    afterAll(() => ids.close())
    beforeEach(() => {
      // Of its own, so that tests can share a place.
      organization = `0190b7c2-7d1e-7f00-8000-${String(++organizations).padStart(12, '0')}`
    })

    it.each([
      ['0', 0],
      ['7', 7],
      ['999999999', 999_999_999],
    ])('%j keeps its number', async (text, number) => {
      expect(await ids.assign(organization, 'action', [text])).toEqual([number])
    })

    it('gives any other text a number that no text keeps', async () => {
      const numbers = await ids.assign(organization, 'action', OTHER_TEXTS)
      expect(new Set(numbers).size).toBe(OTHER_TEXTS.length)
      for (const number of numbers) {
        expect(number).toBeGreaterThanOrEqual(ASSIGNED_ID_MIN)
        expect(number).toBeLessThanOrEqual(INTEGER_ID_MAX)
      }
    })

    it('gives a text the same number again: in the same batch, later, and after a restart', async () => {
      const texts = ['a', 'b', 'a', '5', 'c', ...OTHER_TEXTS]
      const numbers = await ids.assign(organization, 'action', texts)
      expect(numbers[0]).toBe(numbers[2])
      expect(new Set(numbers).size).toBe(texts.length - 1)
      expect(await ids.assign(organization, 'action', texts)).toEqual(numbers)
      await ids.close()
      ids = await openIntegerIds(place)
      expect(await ids.assign(organization, 'action', texts.toReversed())).toEqual(numbers.toReversed())
    })

    it('gives a text the same number elsewhere, as long as no other text was there first', async () => {
      const other = await openIntegerIds(await makePlace())
      expect((await other.assign('another organization', 'action', ['x', 'order.created']))[1]).toBe(
        (await ids.assign(organization, 'action', ['order.created']))[0],
      )
      await other.close()
    })

    it('gives texts that begin at the same number a number each, for ever', async () => {
      const [first, second] = COLLIDING
      expect(derivedNumber('action', first)).toBe(derivedNumber('action', second))
      const [a = 0] = await ids.assign(organization, 'action', [first])
      expect(await ids.assign(organization, 'action', [second, first])).toEqual([a + 1, a])
      await ids.close()
      ids = await openIntegerIds(place)
      expect(await ids.assign(organization, 'action', [second])).toEqual([a + 1])
    })

    it('gives them a number each in one batch, too', async () => {
      const [first, second] = COLLIDING
      const [a = 0] = await ids.assign(organization, 'action', [first, second])
      expect(await ids.assign(organization, 'action', [second, 'x', first])).toEqual([
        a + 1,
        expect.any(Number),
        a,
      ])
    })

    it('keeps organizations and kinds apart', async () => {
      const [first, second] = COLLIDING
      const [a] = await ids.assign(organization, 'action', [first])
      expect(await ids.assign('another', 'action', [second])).toEqual([a])
    })

    it('assigns 5,000 texts in one transaction, each its own number', async () => {
      const texts = Array.from({ length: 5_000 }, (_, i) => `user_${i}`)
      expect(new Set(await ids.assign(organization, 'actor', texts)).size).toBe(5_000)
    })

    it('agrees with other processes that assign the same texts at the same time', {
      timeout: 120_000,
    }, async () => {
      const texts = Array.from({ length: 120 }, (_, i) => `text ${i}`)
      const found = await Promise.all(
        [0, 1, 2, 3].map((start) => assignInProcess(place, organization, texts, start * 28)),
      )
      const mine = await ids.assign(organization, 'action', texts)
      expect(new Set(mine).size).toBe(texts.length)
      for (const numbers of found) expect(numbers).toEqual(mine)
    })
  })
}

const OTHER_TEXTS = [
  ...[
    '',
    ' ',
    '00',
    '007',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '1000000000',
    '２',
    "o'brien",
    '\u{1F600}',
    'order.created',
  ],
  // Longer than what an index takes as a whole.
  '\u{1F600}'.repeat(4_000),
]

/** Assigns the texts in a process of its own, a few in a transaction, beginning at another one each. */
async function assignInProcess(
  place: CataloguePlace,
  organization: string,
  texts: readonly string[],
  start: number,
): Promise<readonly number[]> {
  const program = `
    import { openIntegerIds } from ${JSON.stringify(new URL('./open-catalogue.js', import.meta.url).href)}
    const texts = ${JSON.stringify(texts)}
    const ids = await openIntegerIds(${JSON.stringify(place)})
    const numbers = []
    for (let i = 0; i < texts.length; i += 4) {
      const at = (i + ${start}) % texts.length
      const some = await ids.assign(${JSON.stringify(organization)}, 'action', texts.slice(at, at + 4))
      some.forEach((n, j) => { numbers[at + j] = n })
    }
    await ids.close()
    console.log(JSON.stringify(numbers))
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(child, 'close')
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** Two texts that are derived the same number; among 150,000 there are some ten such pairs. */
const COLLIDING = collidingTexts()

function collidingTexts(): readonly [string, string] {
  const seen = new Map<number, string>()
  for (let i = 0; ; i++) {
    const text = `t${i}`
    const number = derivedNumber('action', text)
    const other = seen.get(number)
    if (other !== undefined) return [other, text]
    seen.set(number, text)
  }
}
