import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LogName } from '@counterfoil/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Recorder } from './recorder.js'
import type { IndexRows } from './recording-messages.js'

const BUSY: LogName = { organization_id: 'org_busy', mode: 'live' }
const QUIET: LogName = { organization_id: 'org_quiet', mode: 'live' }
/** A large group gives way, and leaves room for a second one of the same organization on its way. */
const LARGE = Array.from({ length: 120 }, (_, i) => ({
  action: 'large.one',
  metadata: { i, note: 'x'.repeat(300) },
}))
const PASSED = 5
const ROUNDS_MAX = 2_000

let folder: string
let recorder: Recorder
const newest = new Map<LogName, number>()
let told: {
  readonly lastPosition: number
  readonly rows: readonly IndexRows[]
  readonly logs: readonly LogName[]
}[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterfoil-recorder-'))
  told = []
  recorder = await Recorder.open(
    {
      journal: { kind: 'sqlite', path: join(folder, 'journal.db') },
      ledger: { kind: 'sqlite', path: join(folder, 'ledger.db') },
      originHost: 'test.example',
      diskReserveBytes: 0,
    },
    { wantsRows: true, appended: (lastPosition, rows, logs) => told.push({ lastPosition, rows, logs }) },
    (error) => {
      throw error
    },
  )
})
afterEach(async () => {
  await recorder.close()
  await rm(folder, { recursive: true, force: true })
})

async function record(log: LogName, entries: readonly object[]): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify(entries))
  const answer = await recorder.record({
    log,
    format: 'json',
    body,
    route: 'test',
  })
  expect(answer).toMatchObject({ kind: 'recorded', count: entries.length })
  // Whoever reads after the answer waits for at least as much as who was answered before.
  const position = recorder.positionOf(log) as number
  expect(position).toBeGreaterThanOrEqual(newest.get(log) ?? 0)
  newest.set(log, position)
}

it('tells of every row once, though small groups are answered before a large one that they pass', async () => {
  const passed = () =>
    told.filter(({ lastPosition }, i) => lastPosition < (told[i - 1]?.lastPosition ?? 0)).length
  for (let round = 0; passed() < PASSED && round < ROUNDS_MAX; round++) {
    let isOver = false
    const large = record(BUSY, LARGE).finally(() => {
      isOver = true
    })
    // Later than what goes in one group with it.
    for (let turn = 0; turn < 3; turn++) await nextTurn()
    const small = [QUIET, BUSY].map(async (log) => {
      while (!isOver) await record(log, [{ action: 'small.one' }])
    })
    await Promise.all([large, ...small])
  }
  expect(passed()).toBeGreaterThanOrEqual(PASSED)
  const rows = told.flatMap((one) => one.rows).sort((a, b) => a.firstPosition - b.firstPosition)
  const lastPosition = Math.max(...told.map((one) => one.lastPosition))
  let next = 1
  for (const { firstPosition, lastPosition: last } of rows) {
    expect(firstPosition).toBe(next)
    next = last + 1
  }
  expect(next - 1).toBe(lastPosition)
}, 120_000)
