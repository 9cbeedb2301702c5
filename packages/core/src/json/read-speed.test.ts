import { expect, it } from 'vitest'
import { admitEntries } from '../entry/admit.js'
import { ADMISSION_LIMITS } from '../entry/limits.js'
import { Report } from '../entry/report.js'
import { aSentEntry, bytesOf } from '../testing/entries.js'
import { readBody } from './read-body.js'

const ENTRIES = 500
const ROUNDS = 100
const ROUNDS_TO_WARM_UP = 40

function medianMs(samples: readonly number[]): number {
  return samples.slice(ROUNDS_TO_WARM_UP).sort((a, b) => a - b)[(ROUNDS - ROUNDS_TO_WARM_UP) / 2]!
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
  const native = medianMs(samplesMs.native)
  const line = (way: keyof typeof ways) => {
    const ms = medianMs(samplesMs[way])
    return `${way} ${((ms * 1_000) / ENTRIES).toFixed(2)} µs an entry, ${(ms / native).toFixed(2)} × native`
  }
  console.log(
    `${Math.round(json.length / ENTRIES)} bytes an entry: ${(['native', 'json', 'ndjson', 'admit'] as const).map(line).join('; ')}`,
  )
  expect(medianMs(samplesMs.json) / native).toBeLessThanOrEqual(2)
  expect(medianMs(samplesMs.ndjson) / native).toBeLessThanOrEqual(2)
})
