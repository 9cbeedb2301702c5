import { hostname } from 'node:os'
import { afterEach, expect, it } from 'vitest'
import { ServerProcess } from '../support/server-process.js'
import { FaultBench } from './fault-bench.js'

let bench: FaultBench
afterEach(() => bench.end())

it('refuses a second server on a data directory and names the first', async () => {
  bench = new FaultBench()
  await bench.begin()
  const second = ServerProcess.start(bench.dataDirectory)
  await expect(second).rejects.toThrow(/ended with 1:/)
  await expect(second).rejects.toThrow(`process ${bench.server.pid} on ${hostname()}`)
  await bench.acknowledged(100, 20_000)
  expect(await bench.settle()).toBe(bench.load.acknowledgements.issued)
  expect([...bench.load.failures.keys()]).toEqual([])
  expect(bench.findings.texts).toEqual([])
}, 120_000)
