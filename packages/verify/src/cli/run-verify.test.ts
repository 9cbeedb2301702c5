import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { formatVerifierKey } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../report.js'
import { tarOf } from '../testing/tar.js'
import { TestLog } from '../testing/test-log.js'
import { runVerify } from './run-verify.js'

const log = new TestLog(300)
const vkey = formatVerifierKey(log.signer.key)
let folder: string
let bundle: string
let server: Server
let url: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-verify-'))
  bundle = join(folder, 'export')
  const { files } = await log.bundle()
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(bundle, path)), { recursive: true })
    writeFileSync(join(bundle, path), bytes)
  }
  server = createServer((request, response) => {
    const path = request.url!.slice('/log/'.length)
    if (request.headers.authorization !== 'Bearer secret') response.writeHead(401).end()
    // A log may drop partial tiles once it has grown: this one has only full ones of level 0.
    else if (!files.has(path)) response.writeHead(404).end()
    else response.end(files.get(path))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function run(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const code = await runVerify(args, { stdout, stderr, token: 'secret' })
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), err: await text(stderr) }
}

describe('counterfoil-verify', () => {
  it('verifies a directory, for a person and for a program', async () => {
    const human = await run(bundle, '--key', vkey)
    expect(human.code).toBe(0)
    expect(human.out).toMatch(/^VERIFIED, L1: /)
    expect(human.out).toContain('300, seq 0 to 299')
    const json = await run(bundle, '--key', vkey, '--json')
    expect(JSON.parse(json.out) as Report).toMatchObject({
      object: 'verification',
      verdict: 'verified',
      level: 'L1',
    })
  })

  it('takes keys and a policy from files', async () => {
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, `${vkey}\n`)
    expect((await run(bundle, '--key', keyFile)).code).toBe(0)
    const policy = join(folder, 'policy')
    writeFileSync(policy, `log ${vkey}\nquorum none\n`)
    expect((await run(bundle, '--policy', policy, '--require', 'L1')).code).toBe(0)
  })

  it('verifies an archive', async () => {
    const archive = join(folder, 'export.tar')
    writeFileSync(archive, tarOf(await log.bundle(), 'audit-log'))
    expect((await run(archive, '--key', vkey)).code).toBe(0)
    const bytes = readFileSync(archive)
    const at = bytes.indexOf('"order.updated')
    writeFileSync(archive, bytes.with(at + 3, 0x41))
    expect((await run(archive, '--key', vkey)).code).toBe(4)
  })

  it('verifies a receipt', async () => {
    const file = join(folder, 'a.tlog-proof')
    writeFileSync(file, log.receipt(7))
    expect((await run(file, '--key', vkey)).code).toBe(0)
    writeFileSync(file, log.receipt(7).with(60, 0x41))
    expect(await run(file, '--key', vkey)).toMatchObject({ code: 4, out: expect.stringMatching(/^FAILED/) })
  })

  it('keeps a checkpoint, and finds a log that does not continue it', async () => {
    const keep = join(folder, 'kept')
    expect((await run(bundle, '--key', vkey, '--keep', keep, '--require', 'L2')).code).toBe(6)
    expect(readFileSync(keep)).toEqual(Buffer.from(log.checkpoint()))
    expect((await run(bundle, '--key', vkey, '--keep', keep, '--require', 'L2')).code).toBe(0)
    const rewritten = new TestLog(0, { entries: log.entries.toReversed() })
    writeFileSync(keep, rewritten.checkpoint())
    const { code, out } = await run(bundle, '--key', vkey, '--keep', keep)
    expect([code, out]).toEqual([4, expect.stringContaining('history was rewritten')])
    expect(readFileSync(keep)).toEqual(Buffer.from(rewritten.checkpoint()))
  })

  it('verifies what a server publishes', async () => {
    const { code, out } = await run(url, '--key', vkey)
    expect([code, out]).toEqual([0, expect.stringContaining('VERIFIED, L1')])
    expect(out).toContain('verified from an export')
  })

  it('tells what cannot be read from what is wrong', async () => {
    expect((await run(join(folder, 'nothing'))).code).toBe(1)
    // The directory around an export, and a server's root: mistyped, not tampered with.
    for (const [named, said] of [
      [folder, 'is no export'],
      [`${url}/v2`, 'No log is published at'],
    ] as const)
      expect(await run(named, '--key', vkey)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining(said),
      })
    writeFileSync(join(folder, 'checkpoint'), log.checkpoint())
    expect((await run(folder, '--key', vkey)).code).toBe(4)
    rmSync(join(folder, 'checkpoint'))
    const stranger = await runVerify([url, '--key', vkey], {
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      token: undefined,
    })
    expect(stranger).toBe(1)
    expect((await run(bundle, '--key', `${vkey}x`)).code).toBe(2)
    expect((await run(bundle, '--key', 'a+b')).code).toBe(1)
    expect((await run(bundle, '--require', 'L9')).code).toBe(2)
    expect((await run()).code).toBe(2)
    expect((await run('--nonsense', bundle)).code).toBe(2)
    expect((await run('--help')).code).toBe(0)
  })
})
