import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestLog } from '@counterfoil/verify/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// Level L4 of docs/verify.md: a time stamp authority (RFC 3161) signs a checkpoint, and openssl alone verifies that.

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('SKIPPED: openssl is not here, so no time stamp was made or verified.')

const CONFIG = `
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = serial
default_policy = 1.2.3.4
digests = sha256
signer_digest = sha256
accuracy = secs:1
ess_cert_id_chain = no
[extensions]
extendedKeyUsage = critical,timeStamping
`
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-stamp-'))
afterAll(() => rmSync(folder, { recursive: true }))
const openssl = (...args: string[]) => spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
const verify = (checkpoint: string) =>
  openssl('ts', '-verify', '-data', checkpoint, '-in', 'token.tsr', '-CAfile', 'ca.pem')

describe.runIf(hasOpenssl)('a time stamp over a checkpoint', () => {
  const log = new TestLog(40)

  beforeAll(() => {
    writeFileSync(join(folder, 'tsa.cnf'), CONFIG)
    writeFileSync(join(folder, 'serial'), '01\n')
    writeFileSync(join(folder, 'checkpoint'), log.checkpoint())
    run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=Test CA',
      '-days',
      '2',
    )
    run(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'tsa.key',
      '-out',
      'tsa.csr',
      '-subj',
      '/CN=Test TSA',
    )
    run(
      'x509',
      '-req',
      '-in',
      'tsa.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-out',
      'tsa.pem',
      '-days',
      '2',
      '-set_serial',
      '2',
      '-extfile',
      'tsa.cnf',
      '-extensions',
      'extensions',
    )
    // The request is the one of docs/verify.md.
    run('ts', '-query', '-data', 'checkpoint', '-sha256', '-cert', '-out', 'request.tsq')
    run(
      'ts',
      '-reply',
      '-queryfile',
      'request.tsq',
      '-signer',
      'tsa.pem',
      '-inkey',
      'tsa.key',
      '-config',
      'tsa.cnf',
      '-section',
      'tsa_config',
      '-out',
      'token.tsr',
    )
  })

  it('proves that everything under the checkpoint existed then', () => {
    expect(verify('checkpoint').stdout + verify('checkpoint').stderr).toContain('Verification: OK')
    expect(openssl('ts', '-reply', '-in', 'token.tsr', '-text').stdout).toMatch(/Time stamp: .+ GMT/)
  })

  it('proves nothing for another checkpoint, be it of the same log', () => {
    writeFileSync(join(folder, 'other'), log.checkpoint(39))
    writeFileSync(join(folder, 'edited'), log.checkpoint().with(9, 0x41))
    for (const file of ['other', 'edited']) expect(verify(file).status).not.toBe(0)
  })
})
