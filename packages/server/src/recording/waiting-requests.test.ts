import { expect, test } from 'vitest'
import {
  GROUP_BYTES_MAX,
  GROUP_REQUESTS_MAX,
  type GroupMember,
  SHARED_GROUP_BYTES_MAX,
  WaitingRequests,
} from './waiting-requests.js'

interface Named extends GroupMember {
  readonly name: string
}

function fill(...requests: readonly (readonly [organizationId: string, bytes: number])[]) {
  const waiting = new WaitingRequests<Named>()
  requests.forEach(([organizationId, bytes], i) => {
    waiting.push({ organizationId, bytes, name: `${organizationId}${i}` })
  })
  return waiting
}

const names = (group: readonly Named[]) => group.map(({ name }) => name)

test('a small request goes with the next group, however much of others came before it', () => {
  const waiting = fill(
    ...Array.from({ length: 64 }, () => ['noisy', 350_000] as const),
    ['quiet', 200],
    ['calm', 300],
  )
  expect(names(waiting.takeGroup())).toEqual(['noisy0'])
  expect(names(waiting.takeGroup())).toEqual(['quiet64', 'calm65'])
  expect(names(waiting.takeGroup())).toEqual(['noisy1'])
})

test('a small request goes before the next of somebody who has just had a turn', () => {
  const waiting = fill(...Array.from({ length: 64 }, () => ['noisy', 300_000] as const))
  for (let i = 0; i < 3; i++) {
    expect(names(waiting.takeGroup())).toEqual([`noisy${i}`])
    waiting.push({ organizationId: 'quiet', bytes: 800, name: `quiet${i}` })
    expect(names(waiting.takeGroup())).toEqual([`quiet${i}`])
  }
})

test('groups of one organization are full, in its order, and hold one request at least', () => {
  const waiting = fill(...Array.from({ length: 10 }, () => ['a', GROUP_BYTES_MAX / 4] as const))
  expect(names(waiting.takeGroup())).toEqual(['a0', 'a1', 'a2', 'a3'])
  const huge = fill(['a', 3 * GROUP_BYTES_MAX], ['a', 1])
  expect(names(huge.takeGroup())).toEqual(['a0'])
  expect(names(huge.takeGroup())).toEqual(['a1'])
  expect(huge.takeGroup()).toEqual([])
})

test('while several record, groups are small, also those of one that is alone this moment', () => {
  let now = 0
  const bytes = SHARED_GROUP_BYTES_MAX / 4
  const waiting = new WaitingRequests<Named>(() => now)
  const push = (organizationId: string, name: string) => waiting.push({ organizationId, bytes, name })
  for (let i = 0; i < 8; i++) push(i % 2 === 0 ? 'a' : 'b', `${i}`)
  expect(names(waiting.takeGroup())).toEqual(['0', '1', '2', '3'])
  waiting.takeGroup()
  for (let i = 0; i < 5; i++) push('b', `${i}`)
  expect(names(waiting.takeGroup())).toEqual(['0', '1', '2', '3'])
  now = 5_001
  for (let i = 5; i < 12; i++) push('b', `${i}`)
  expect(waiting.takeGroup()).toHaveLength(8)
})

test('a group has so many requests at most', () => {
  const waiting = fill(...Array.from({ length: GROUP_REQUESTS_MAX + 1 }, () => ['a', 1] as const))
  expect(waiting.takeGroup()).toHaveLength(GROUP_REQUESTS_MAX)
  expect(waiting.size).toBe(1)
})

test('knows the bytes of each organization and of all', () => {
  const waiting = fill(['a', 10], ['b', 5], ['a', 7])
  expect([waiting.bytesOf('a'), waiting.bytesOf('b'), waiting.bytesOf('c'), waiting.bytes]).toEqual([
    17, 5, 0, 22,
  ])
  waiting.takeGroup()
  expect([waiting.bytesOf('a'), waiting.bytes, waiting.size]).toEqual([0, 0, 0])
})
