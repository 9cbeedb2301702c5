import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatAddCheckpoint, formatVerifierKey } from '@counterfoil/core'
import { TestLog } from '@counterfoil/verify/testing'
import { afterAll, expect, it } from 'vitest'
import { CliProcess, temporaryPlace } from './testing/cli-process.js'

const place = temporaryPlace()
afterAll(() => place.remove())

const log = new TestLog(20)
const second = new TestLog(5, { origin: 'audit.example.com/log/y/live/0', seed: 4 })

it('runs a witness that survives kill -9 and takes new logs while it runs', async () => {
  const logs = join(place.directory, 'logs')
  writeFileSync(logs, `log ${formatVerifierKey(log.signer.key)}\n`)
  const start = async () => {
    const args = [
      'witness',
      '--state',
      'state',
      '--logs',
      'logs',
      '--name',
      'w.example',
      '--listen',
      '127.0.0.1:0',
      '--json',
    ]
    const witness = new CliProcess(args, place)
    await witness.until(({ stdout }) => stdout.includes('\n'))
    return { witness, ...(JSON.parse(witness.stdout) as { vkey: string; url: string }) }
  }
  const submit = async (url: string, body: Uint8Array) =>
    (await fetch(`${url}/add-checkpoint`, { method: 'POST', body: body as unknown as string })).status
  const first = await start()
  const request = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: log.checkpoint(10) })
  expect(await submit(first.url, request)).toBe(200)
  await first.witness.kill('SIGKILL')
  const again = await start()
  expect(again.vkey).toBe(first.vkey)
  expect(await submit(again.url, request)).toBe(409)
  const other = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: second.checkpoint() })
  expect(await submit(again.url, other)).toBe(404)
  writeFileSync(logs, [log, second].map(({ signer }) => `log ${formatVerifierKey(signer.key)}\n`).join(''))
  expect(await submit(again.url, other)).toBe(200)
  writeFileSync(logs, 'nonsense\n')
  expect(
    await submit(again.url, formatAddCheckpoint({ oldSize: 5, proof: [], checkpoint: second.checkpoint() })),
  ).toBe(200)
  expect(again.witness.stderr).toContain('logs: ')
  expect(await again.witness.kill('SIGTERM')).toMatchObject({ code: 0 })
})
