import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { MemoryWatch, readTree } from './process-tree.js'

describe.runIf(process.platform === 'linux')('process tree', () => {
  it('counts a child process too', async () => {
    const alone = readTree(process.pid)!
    const child = spawn(process.execPath, ['-e', 'console.log(1); process.stdin.resume()'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const both = readTree(process.pid)!
    child.stdin.end()
    await once(child, 'exit')
    expect(both.processes).toBe(alone.processes + 1)
    expect(both.rssMb).toBeGreaterThan(alone.rssMb)
    expect(both.rootCpuSeconds).toBeGreaterThan(0)
    expect(both.highWaterMb).toBeGreaterThanOrEqual(both.rssMb)
  })

  it('counts what a child process took that has ended', async () => {
    const before = readTree(process.pid)!
    const burns = 'const end = Date.now() + 400; while (Date.now() < end);'
    await once(spawn(process.execPath, ['-e', burns]), 'exit')
    const after = readTree(process.pid)!
    expect(after.processes).toBe(before.processes)
    expect(after.belowCpuSeconds - before.belowCpuSeconds).toBeGreaterThan(0.1)
  })

  it('answers nothing for a process that is not there', () => {
    expect(readTree(2 ** 30)).toBeUndefined()
    expect(new MemoryWatch(2 ** 30, 1_000).end()).toBeUndefined()
  })
})
