import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FaultBench } from '../faults/fault-bench.js'
import type { Acknowledgements } from '../support/acknowledgements.js'
import { Api } from '../support/api.js'
import { COUNTERFOIL, serverEnvironment } from '../support/command-line.js'
import { indexCaughtUp } from '../support/progress.js'
import { ServerProcess } from '../support/server-process.js'
import { acknowledgedNumbers, expectPromised, receiptsOf } from './receipts.js'

// The drill that docs/operations.md asks operators to do: record, back up meanwhile, lose the machine, restore elsewhere.

/** What auditors run. */
const VERIFY = join(dirname(fileURLToPath(import.meta.resolve('@counterfoil/verify'))), 'main.js')
const BEFORE = 1_500
const AFTER = 500

const bench = new FaultBench()
const at = (...names: readonly string[]) => join(bench.folder, ...names)
/** What had been acknowledged when the backup began, with everything that was sent until the end. */
let promised: Acknowledgements
let token: string

async function run(file: string, args: readonly string[]) {
  const child = spawn(process.execPath, [file, ...args], { env: serverEnvironment(), cwd: bench.folder })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}

const counterfoil = (...args: readonly string[]) => run(COUNTERFOIL, args)

/** Keeps what an auditor would have: a receipt, a checkpoint and the key. */
async function keepProofs(api: Api): Promise<void> {
  const { data } = await api.read<{ data: readonly { id: string }[] }>('/v1/audit_log_entries?limit=1')
  const proof = await api.get(`/v1/audit_log_entries/${data[0]?.id}/proof`)
  expect(proof.status, proof.text).toBe(200)
  writeFileSync(at('kept.tlog-proof'), proof.text)
  writeFileSync(at('kept-checkpoint'), (await api.get('/v1/log/checkpoint')).text)
  writeFileSync(at('key'), (await api.get('/v1/log/vkey')).text)
}

beforeAll(async () => {
  await bench.begin()
  token = bench.token
  await bench.acknowledged(BEFORE, 60_000)
  await keepProofs(bench.api)
  const numbers = acknowledgedNumbers(bench.load)
  const backup = await counterfoil(
    ...['backup', '--data', bench.dataDirectory, '--out', at('backup')],
    ...['--signer-out', at('signer'), '--with-master-key', '--json'],
  )
  expect(backup.code, backup.stderr + backup.stdout).toBe(0)
  await bench.acknowledged(AFTER, 60_000)
  bench.server.signalGroup('SIGKILL')
  await bench.load.pause()
  promised = receiptsOf(bench.load, numbers)
}, 180_000)
afterAll(() => bench.end())

async function withServer(data: string, look: (api: Api, server: ServerProcess) => Promise<void>) {
  const server = await ServerProcess.start(data)
  const api = new Api(server.url, token)
  try {
    await look(api, server)
  } finally {
    api.close()
    await server.stop()
  }
}

describe('a backup that was taken under load', () => {
  it('restores every entry that was acknowledged before it began, and what was proven before still verifies', async () => {
    const restored = await counterfoil(
      ...['restore', '--data', at('new'), '--from', at('backup'), '--signer-from', at('signer'), '--json'],
    )
    expect(restored.code, restored.stderr + restored.stdout).toBe(0)
    expect(JSON.parse(restored.stdout)).toMatchObject({ logs: 1, will_be_frozen: [], findings: [] })
    await withServer(at('new'), async (api) => {
      await indexCaughtUp(api, 60_000)
      await expectPromised(api, bench.load, promised, BEFORE)
      const archive = await api.get('/v1/log/export')
      expect(archive.status).toBe(200)
    })
    const receipt = await run(VERIFY, [at('kept.tlog-proof'), '--key', at('key'), '--require', 'L1'])
    expect(receipt.code, receipt.stdout + receipt.stderr).toBe(0)
    const exported = await counterfoil(
      ...[
        'export',
        '--proof',
        '--data',
        at('new'),
        '--org',
        'fault',
        '--mode',
        'live',
        '--out',
        at('export'),
      ],
    )
    expect(exported.code, exported.stderr).toBe(0)
    // L2: what is there now continues the checkpoint that was kept before the machine was lost.
    const kept = ['--keep', at('kept-checkpoint'), '--key', at('key'), '--require', 'L2']
    const verified = await run(VERIFY, [at('export'), ...kept])
    expect(verified.code, verified.stdout + verified.stderr).toBe(0)
  }, 120_000)

  it('is frozen beside a signer that has signed more, records on, and says what to do', async () => {
    cpSync(join(bench.dataDirectory, 'signer.db'), join(at('old'), 'signer.db'), { recursive: true })
    for (const end of ['-wal', '-shm']) {
      const file = join(bench.dataDirectory, `signer.db${end}`)
      if (existsSync(file)) cpSync(file, join(at('old'), `signer.db${end}`))
    }
    const restored = await counterfoil('restore', '--data', at('old'), '--from', at('backup'))
    expect(restored.code, restored.stderr).toBe(4)
    expect(restored.stdout).toContain(
      'More was signed of 1 of them than the backup holds: they will be FROZEN',
    )
    await withServer(at('old'), async (api) => {
      expect((await api.get('/readyz')).text).toContain('"signing":"frozen","frozen_logs":1')
      const posted = await api.post('/v1/audit_log_entries', JSON.stringify({ action: 'after.loss' }))
      expect(posted.status).toBe(201)
    })
  }, 60_000)

  it('is not restored when a bit of it has changed; nothing is left behind, nor written over', async () => {
    cpSync(at('backup'), at('flipped'), { recursive: true })
    const file = join(at('flipped'), 'ledger.db')
    const bytes = readFileSync(file)
    const place = Math.floor(bytes.length / 2)
    bytes[place] = (bytes[place] as number) ^ 1
    writeFileSync(file, bytes)
    const args = ['--signer-from', at('signer')]
    const damaged = await counterfoil('restore', '--data', at('none'), '--from', at('flipped'), ...args)
    expect([damaged.code, damaged.stderr]).toEqual([
      1,
      expect.stringContaining('ledger.db: its bytes are not'),
    ])
    expect(readdirSync(at('none'))).toEqual(['holder.lock'])
    const occupied = await counterfoil('restore', '--data', bench.dataDirectory, '--from', at('backup'))
    expect([occupied.code, occupied.stderr]).toEqual([2, expect.stringContaining('is in the way')])
    const again = await counterfoil('backup', '--data', bench.dataDirectory, '--out', at('backup'))
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is not empty')])
  }, 60_000)

  it('begins anew where a restore was cut short, which keeps the server from starting meanwhile', async () => {
    const names = ['journal.db', 'ledger.db', 'signer.db']
    cpSync(at('backup', 'access.db'), join(at('cut'), 'journal.db'), { recursive: true })
    writeFileSync(join(at('cut'), 'restoring.json'), JSON.stringify({ from: at('backup'), names }))
    const early = await counterfoil('serve', '--data', at('cut'), '--port', '0')
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('restore')])
    const args = ['--from', at('backup'), '--signer-from', at('signer'), '--quick']
    const restored = await counterfoil('restore', '--data', at('cut'), ...args)
    expect(restored.code, restored.stderr).toBe(0)
    const verified = await counterfoil('fsck', '--data', at('cut'))
    expect(verified.code, verified.stdout).toBe(0)
  }, 60_000)
})
