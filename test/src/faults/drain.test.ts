import { afterEach, expect, it } from 'vitest'
import { FaultBench, until } from './fault-bench.js'

let bench: FaultBench
afterEach(() => bench.end())

it('serves everything between SIGTERM and the end of draining, and tells whoever sends requests to stop', async () => {
  bench = new FaultBench({ COUNTERFOIL_DRAIN_SECONDS: '4' })
  await bench.begin()
  await bench.acknowledged(200, 20_000)
  const { server, api } = bench
  expect((await api.get('/readyz')).status).toBe(200)
  const before = bench.load.acknowledgements.acknowledged
  const ended = server.stop()
  // What a load balancer does: it goes on sending until it is told.
  await until(async () => (await api.get('/readyz')).status === 503, 3_000, '/readyz to say 503')
  const drained = await api.get('/readyz')
  expect(drained.text).toContain('"draining":true')
  expect(drained.headers.connection).toBe('close')
  await bench.acknowledged(50, 3_000)
  await bench.load.pause()
  api.close()
  expect(await ended, server.output).toEqual({ code: 0, signal: null })
  expect(Object.fromEntries(bench.load.failures)).toEqual({})
  const { acknowledged } = bench.load.acknowledgements
  expect(acknowledged).toBeGreaterThan(before)
  await bench.begin()
  expect(await bench.settle()).toBe(bench.load.acknowledgements.issued)
  expect(bench.findings.texts).toEqual([])
}, 90_000)
