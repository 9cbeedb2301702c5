import { afterEach, expect, it } from 'vitest'
import { FaultBench } from './fault-bench.js'

const STOPS = 3
const STOP_MS_MAX = 10_000

let bench: FaultBench
afterEach(() => bench.end())

it('ends within ten seconds of SIGTERM under load, with exit code 0, and loses nothing', async () => {
  bench = new FaultBench()
  for (let stop = 0; stop < STOPS; stop++) {
    await bench.begin()
    await bench.acknowledged(300, 20_000)
    const startMs = performance.now()
    const { code, signal } = await bench.server.stop()
    const tookMs = performance.now() - startMs
    await bench.load.pause()
    expect({ code, signal }, bench.server.output).toEqual({ code: 0, signal: null })
    expect(tookMs).toBeLessThan(STOP_MS_MAX)
  }
  // Requests that come while it drains are refused or find nobody; none is told that it failed for another reason.
  for (const failure of bench.load.failures.keys())
    expect(['network', '503 shutting_down']).toContain(failure)
  await bench.begin()
  expect(await bench.settle()).toBe(bench.load.acknowledgements.issued)
  expect(bench.findings.texts).toEqual([])
}, 120_000)
