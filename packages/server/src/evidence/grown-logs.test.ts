import { expect, it } from 'vitest'
import { GrownLogs } from './grown-logs.js'
import { keyOf } from './log-key.js'

const logs = Array.from({ length: 5 }, (_, i) => ({ organization_id: `o${i}`, mode: 'live' as const }))
const namesOf = (taken: readonly { readonly log: { readonly organization_id: string } }[]) =>
  taken.map(({ log }) => log.organization_id)

it('gives those that somebody waits for first, then those that have waited longest, each once', () => {
  const grown = new GrownLogs()
  grown.add(logs)
  grown.add([logs[0]!])
  expect(grown.size).toBe(5)
  expect(namesOf(grown.take([keyOf(logs[3]!), 'unknown/live', keyOf(logs[3]!)], 3))).toEqual([
    'o3',
    'o0',
    'o1',
  ])
  expect(namesOf(grown.take([], 3))).toEqual(['o2', 'o4'])
  expect(grown.size).toBe(0)
})

it('knows since when the oldest waits, also while it is being signed and when that fails', () => {
  const grown = new GrownLogs()
  expect(grown.since).toBeUndefined()
  const before = performance.now()
  grown.add([logs[0]!])
  const since = grown.since as number
  expect(since).toBeGreaterThanOrEqual(before)
  const taken = grown.take([], 1)
  grown.add([logs[1]!])
  expect(grown.since).toBe(since)
  grown.settle(taken)
  expect(grown.since).toBe(since)
  expect(namesOf(grown.take([], 2))).toEqual(['o0', 'o1'])
  grown.settle([])
  expect(grown.since).toBeUndefined()
})
