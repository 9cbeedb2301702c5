import { expect, it } from 'vitest'
import { admitEntries } from '../entry/admit.js'
import { ADMISSION_LIMITS } from '../entry/limits.js'
import { Report } from '../entry/report.js'
import { aSentEntry, bytesOf } from '../testing/entries.js'
import { readBody } from './read-body.js'

const ENTRIES = 500
const ROUNDS = 100

/** The time that one round in ten stays below: the others tell more of the machine's other work than of ours. */
function lowerDecileMs(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[ROUNDS / 10]!
}

// Retried, because a busy machine can make the ratio worse but never better.
it('reads a batch strictly in at most twice the time of decoding and parsing it natively', {
  retry: 4,
}, () => {
  const entries = Array.from({ length: ENTRIES }, (_, index) => aSentEntry(index))
  const json = bytesOf(JSON.stringify(entries))
  const ndjson = bytesOf(entries.map((entry) => JSON.stringify(entry)).join('\n'))
  const decoder = new TextDecoder()
  const ways = {
    native: () => JSON.parse(decoder.decode(json)),
    json: () => readBody(json, 'json', ADMISSION_LIMITS, new Report()),
    ndjson: () => readBody(ndjson, 'ndjson', ADMISSION_LIMITS, new Report()),
    admit: () => admitEntries(json, 'json'),
  }
  const samplesMs = { native: [], json: [], ndjson: [], admit: [] } as Record<keyof typeof ways, number[]>
  // The ways take turns, so that a busy moment of the machine falls on all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ['native', 'json', 'ndjson', 'admit'] as const) {
      const start = performance.now()
      ways[way]()
      samplesMs[way].push(performance.now() - start)
    }
  }
  const native = lowerDecileMs(samplesMs.native)
  const line = (way: keyof typeof ways) => {
    const ms = lowerDecileMs(samplesMs[way])
    return `${way} ${((ms * 1_000) / ENTRIES).toFixed(2)} µs an entry, ${(ms / native).toFixed(2)} × native`
  }
  console.log(
    `${Math.round(json.length / ENTRIES)} bytes an entry: ${(['native', 'json', 'ndjson', 'admit'] as const).map(line).join('; ')}`,
  )
  expect(lowerDecileMs(samplesMs.json) / native).toBeLessThanOrEqual(2)
  expect(lowerDecileMs(samplesMs.ndjson) / native).toBeLessThanOrEqual(2)
})
