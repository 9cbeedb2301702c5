import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createTestDatabase } from '@counterfoil/server/dist/postgres/testing/test-database.js'
import { afterAll, expect, it } from 'vitest'
import { until } from '../faults/fault-bench.js'
import { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { COUNTERFOIL, provision, serverEnvironment } from '../support/command-line.js'
import { Findings } from '../support/findings.js'
import { Load } from '../support/load.js'
import { indexCaughtUp } from '../support/progress.js'
import { freshSeed, Random } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { ServerProcess } from '../support/server-process.js'

// "npm run move" does the same with a million entries.
const ENTRIES = Number(process.env.MOVE_ENTRIES ?? 6_000)

const folder = scratchFolder('move')
const data = join(folder, 'data')
const findings = new Findings()
let server: ServerProcess | undefined
afterAll(async () => {
  server?.signalGroup('SIGKILL')
  await server?.exited
  discardFolder(folder)
})

async function move(to: string, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [COUNTERFOIL, 'move', '--data', data, '--to', to, '--json'], {
    env: serverEnvironment(environment),
    cwd: folder,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

async function fill(api: Api, load: Load): Promise<void> {
  for (let sent = 0; sent < ENTRIES; sent += 1_000) {
    const numbers = Array.from({ length: 1_000 }, () => load.acknowledgements.issue())
    const lines = numbers.map((number) => `${JSON.stringify(load.entries.draft(number))}\n`)
    const answer = await api.post('/v1/audit_log_entries', lines.join(''), 'application/x-ndjson')
    expect(answer.status, answer.text).toBe(201)
    const receipts = JSON.parse(answer.text).data as { id: string; seq: number; entry_hash: string }[]
    numbers.forEach((number, i) => {
      load.acknowledgements.acknowledge(number, receipts[i] as (typeof receipts)[number], findings)
    })
  }
}

it('moves a journal to PostgreSQL while entries arrive, and back: nothing is lost, and both sides verify', async () => {
  const url = await createTestDatabase()
  const token = await provision(data, 'moving')
  const seed = freshSeed()
  const load = new Load({ seed, random: new Random(seed), findings, connections: 8 })
  server = await ServerProcess.start(data)
  const api = new Api(server.url, token)
  await fill(api, load)
  api.close()

  load.begin(server.url, token)
  const before = load.acknowledgements.acknowledged
  const copied = await move(url)
  expect(copied.code, copied.output).toBe(0)
  expect(copied.output).toContain('"state":"copied"')
  expect(load.acknowledgements.acknowledged).toBeGreaterThan(before)
  // Something arrives after the copy for certain, which the second run has to bring.
  const target = load.acknowledgements.acknowledged + 200
  await until(() => load.acknowledgements.acknowledged >= target, 60_000, '200 more acknowledgements')
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  await load.pause()
  const moved = await move(url)
  expect(moved.code, moved.output).toBe(0)
  expect(moved.output).toContain('"state":"moved"')

  const inPostgres = { COUNTERFOIL_DATABASE_URL: url }
  server = await ServerProcess.start(data, inPostgres)
  load.begin(server.url, token)
  const later = load.acknowledgements.acknowledged + 200
  await until(() => load.acknowledgements.acknowledged >= later, 60_000, '200 more acknowledgements')
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  await load.pause()
  const back = await move(`sqlite:${data}`, inPostgres)
  expect(back.code, back.output).toBe(0)
  server = await ServerProcess.start(data)
  load.begin(server.url, token)
  await load.drain()

  const last = new Api(server.url, token)
  await indexCaughtUp(last, 120_000)
  const { size } = await checkLog(last, load, findings)
  expect(findings.texts).toEqual([])
  expect(size).toBe(load.acknowledgements.issued)
  expect((await last.get('/readyz')).text).toContain('"signing":"ok"')
  last.close()
}, 900_000)
