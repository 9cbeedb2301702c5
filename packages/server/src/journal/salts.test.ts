import { createCipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeRuns, expandSalts, newSeededSalts, type SaltRun, saltRuns, sliceRuns } from './salts.js'

const aRun = fc.oneof(
  fc
    .record({ count: fc.integer({ min: 1, max: 40 }), skip: fc.integer({ min: 0, max: 400 }) })
    .map(({ count, skip }): SaltRun => ({ count, source: { seed: randomBytes(32), skip } })),
  fc
    .integer({ min: 1, max: 40 })
    .map((count): SaltRun => ({ count, source: { salts: randomBytes(16 * count) } })),
)

it('are the key stream of AES-256-CTR under the seed, so that another program can find them', () => {
  const stored = newSeededSalts()
  const stream = createCipheriv('aes-256-ctr', stored.subarray(1), new Uint8Array(16)).update(
    new Uint8Array(80),
  )
  expect(Buffer.from(expandSalts(stored, 5))).toEqual(stream)
})

it('come from a seed of their own for each row', () => {
  expect(newSeededSalts()).not.toEqual(newSeededSalts())
})

it('of a row from before there were seeds are themselves', () => {
  const salts = randomBytes(48)
  expect(expandSalts(salts, 3)).toEqual(salts)
  expect(() => expandSalts(salts, 4)).toThrow(RangeError)
})

it('are the same in runs, and any part of the runs gives that part of them', () => {
  fc.assert(
    fc.property(fc.array(aRun, { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(), (runs, a, b) => {
      const total = runs.reduce((sum, { count }) => sum + count, 0)
      const whole = Buffer.from(expandSalts(encodeRuns(runs), total))
      expect(whole.length).toBe(16 * total)
      const skip = a % total
      const count = 1 + (b % (total - skip))
      const part = encodeRuns(sliceRuns(saltRuns(encodeRuns(runs), total), skip, count))
      expect(Buffer.from(expandSalts(part, count))).toEqual(whole.subarray(16 * skip, 16 * (skip + count)))
    }),
  )
})

it('refuses bytes that are cut, lengthened or of another form, by a RangeError and nothing else', () => {
  const stored = encodeRuns([
    { count: 3, source: { seed: randomBytes(32), skip: 2 } },
    { count: 2, source: { salts: randomBytes(32) } },
  ])
  for (let length = 1; length < stored.length; length++)
    expect(() => expandSalts(stored.subarray(0, length), 5)).toThrow(RangeError)
  expect(() => expandSalts(Buffer.concat([stored, Buffer.alloc(3)]), 5)).toThrow(RangeError)
  expect(() => expandSalts(stored, 4)).toThrow(RangeError)
  expect(() => expandSalts(Uint8Array.of(9), 1)).toThrow(RangeError)
})
