import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ASSIGNED_ID_MIN, INTEGER_ID_MAX, type IntegerIds } from './integer-ids.js'
import { derivedNumber, openSqliteIntegerIds } from './sqlite-integer-ids.js'

const ORGANIZATION = '0190b7c2-7d1e-7f00-8000-00000000000a'
let directory: string
let path: string
let ids: IntegerIds

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-ids-'))
  path = join(directory, 'catalogue.db')
  ids = await openSqliteIntegerIds(path)
})
afterEach(() => {
  ids.close()
  rmSync(directory, { recursive: true })
})

it.each([
  ['0', 0],
  ['7', 7],
  ['999999999', 999_999_999],
])('%j keeps its number', (text, number) => {
  expect(ids.assign(ORGANIZATION, 'action', [text])).toEqual([number])
})

it.each([
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
])('%j gets a number that no text keeps', (text) => {
  const [number = 0] = ids.assign(ORGANIZATION, 'action', [text])
  expect(number).toBeGreaterThanOrEqual(ASSIGNED_ID_MIN)
  expect(number).toBeLessThanOrEqual(INTEGER_ID_MAX)
})

it('gives a text the same number again: in the same batch, later, and after a restart', async () => {
  const texts = ['a', 'b', 'a', '5', 'c']
  const numbers = ids.assign(ORGANIZATION, 'action', texts)
  expect(numbers[0]).toBe(numbers[2])
  expect(new Set(numbers).size).toBe(4)
  expect(ids.assign(ORGANIZATION, 'action', texts)).toEqual(numbers)
  ids.close()
  ids = await openSqliteIntegerIds(path)
  expect(ids.assign(ORGANIZATION, 'action', texts.toReversed())).toEqual(numbers.toReversed())
})

it('gives a text the same number elsewhere, as long as no other text was there first', async () => {
  const other = await openSqliteIntegerIds(join(directory, 'other.db'))
  expect(other.assign('another organization', 'action', ['x', 'order.created'])[1]).toBe(
    ids.assign(ORGANIZATION, 'action', ['order.created'])[0],
  )
  other.close()
})

it('gives two texts that begin at the same number two numbers, for ever', async () => {
  const [first, second] = collidingTexts()
  expect(derivedNumber('action', first)).toBe(derivedNumber('action', second))
  const [a = 0] = ids.assign(ORGANIZATION, 'action', [first])
  expect(ids.assign(ORGANIZATION, 'action', [second, first])).toEqual([a + 1, a])
  ids.close()
  ids = await openSqliteIntegerIds(path)
  expect(ids.assign(ORGANIZATION, 'action', [second])).toEqual([a + 1])
})

it('keeps organizations and kinds apart', () => {
  const [first, second] = collidingTexts()
  const [a] = ids.assign(ORGANIZATION, 'action', [first])
  expect(ids.assign('another', 'action', [second])).toEqual([a])
})

it('assigns 20,000 texts in one transaction, each its own number', () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `user_${i}`)
  expect(new Set(ids.assign(ORGANIZATION, 'actor', texts)).size).toBe(20_000)
})

it('agrees with other processes that assign the same texts at the same time', {
  timeout: 120_000,
}, async () => {
  const texts = Array.from({ length: 400 }, (_, i) => `text ${i}`)
  const found = await Promise.all([0, 1, 2, 3].map((start) => assignInProcess(texts, start * 100)))
  const mine = ids.assign(ORGANIZATION, 'action', texts)
  expect(new Set(mine).size).toBe(texts.length)
  for (const numbers of found) expect(numbers).toEqual(mine)
})

/** Assigns the texts in a process of its own, a few in a transaction, beginning at another one each. */
async function assignInProcess(texts: readonly string[], start: number): Promise<readonly number[]> {
  const program = `
    import { openSqliteIntegerIds } from ${JSON.stringify(new URL('./sqlite-integer-ids.js', import.meta.url).href)}
    const texts = ${JSON.stringify(texts)}
    const ids = await openSqliteIntegerIds(${JSON.stringify(path)})
    const numbers = []
    for (let i = 0; i < texts.length; i += 4) {
      const at = (i + ${start}) % texts.length
      ids.assign(${JSON.stringify(ORGANIZATION)}, 'action', texts.slice(at, at + 4)).forEach((n, j) => { numbers[at + j] = n })
    }
    ids.close()
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
