import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { AppError } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, TestClickHouse } from '../testing/clickhouse-server.js'
import { checkVersion, isAtLeast, VERSION_MIN } from './server-version.js'

let server: TestClickHouse
let directory: string
const closers: (() => unknown)[] = []
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'counterfoil-version-'))
  server = await TestClickHouse.open()
}, 60_000)
afterAll(async () => {
  for (const close of closers) close()
  await server.remove()
  await rm(directory, { recursive: true })
})

/** The hint of the refusal, or the sentence about a server that is away. */
async function sayingOf(
  url: string,
  { password = server.password, ca }: { password?: string; ca?: Buffer } = {},
): Promise<unknown> {
  try {
    return await checkVersion({ url, user: server.user, password }, ca === undefined ? {} : { ca })
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    const { code, param, hint } = error as AppError
    expect([code, hint?.includes(server.password)]).toEqual(['invalid_setting', false])
    return { param, hint }
  }
}

async function listening(opened: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  closers.push(() => opened.close())
  return (opened.address() as AddressInfo).port
}

describe('a server that is asked for its version', () => {
  it('is taken when it is new enough and knows the user', async () => {
    expect(await sayingOf(server.url)).toBeUndefined()
  })

  it('is refused with the wrong password', async () => {
    expect(await sayingOf(server.url, { password: 'guess' })).toEqual({
      param: 'clickhouse_password',
      hint: `The ClickHouse server at ${server.url} refuses the user "tester" or the password: set clickhouse_user and clickhouse_password, or put them in clickhouse_url.`,
    })
  })

  it('is waited for when nobody is there', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    expect(await sayingOf(url)).toBe(
      `The ClickHouse server at ${url} (clickhouse_url) cannot be reached: ECONNREFUSED.`,
    )
  })

  it('is refused when it is something else', async () => {
    const port = await listening(createHttpServer((_, response) => response.end('<html>It works!</html>')))
    expect(await sayingOf(`http://127.0.0.1:${port}`)).toEqual({
      param: 'clickhouse_url',
      hint: `What answers at http://127.0.0.1:${port} is not a ClickHouse server (HTTP 200): set clickhouse_url to the address of its HTTP interface.`,
    })
  })
})

describe('TLS', () => {
  let secure: number
  let certificate: Buffer
  beforeAll(async () => {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    execFileSync(
      'openssl',
      // biome-ignore format: as it would be typed.
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
       '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
      { stdio: 'ignore' },
    )
    certificate = readFileSync(cert)
    const tls = createTlsServer({ key: readFileSync(key), cert: certificate }, (socket) => {
      const plain = connect(server.port, '127.0.0.1')
      socket.on('error', () => plain.destroy())
      plain.on('error', () => socket.destroy())
      socket.pipe(plain).pipe(socket)
    })
    secure = await listening(tls)
  })

  it('is spoken with an authority of our own', async () => {
    expect(await sayingOf(`https://localhost:${secure}`, { ca: certificate })).toBeUndefined()
  })

  it('refuses an authority that is not known, and says where to name it', async () => {
    expect(await sayingOf(`https://localhost:${secure}`)).toEqual({
      param: 'clickhouse_ca',
      hint: `The certificate at https://localhost:${secure} is not one that is trusted (DEPTH_ZERO_SELF_SIGNED_CERT): give the PEM file of its authority in clickhouse_ca.`,
    })
  })

  it.each([
    ['a certificate of another host', () => `https://127.0.0.1:${secure}`, 'is for another host'],
    ['https:// at a port without TLS', () => server.url.replace('http:', 'https:'), 'does not speak TLS'],
    ['http:// at a TLS port', () => `http://localhost:${secure}`, ''],
  ])('names what is wrong with %s', async (_what, url, text) => {
    const said = await sayingOf(url(), { ca: certificate })
    // A TLS port breaks a plain request off or answers it with bytes; both are said with the setting's name.
    expect(JSON.stringify(said)).toContain(text)
    expect(JSON.stringify(said)).toContain('clickhouse_url')
  })
})

it.each([
  ['26.7.2.1', true],
  ['25.3.1.1', true],
  ['25.2.9', false],
  ['24.12.1', false],
  ['18.16.1', false],
  ['100.1', true],
])('version %s is new enough: %s', (version, enough) => {
  expect(isAtLeast(version, VERSION_MIN)).toBe(enough)
})

/** Debian's, which is far too old to serve, and real. */
const OLD_SERVER = '/usr/sbin/clickhouse-server'

describe('a server of 2018', () => {
  let old: ChildProcess | undefined
  let http: number
  let native: number
  beforeAll(async () => {
    if (!existsSync(OLD_SERVER)) return
    http = await freePort()
    native = await freePort()
    await writeFile(join(directory, 'config.xml'), oldConfig(directory, http, native))
    await writeFile(join(directory, 'users.xml'), OLD_USERS)
    old = spawn(OLD_SERVER, [`--config-file=${join(directory, 'config.xml')}`], { stdio: 'ignore' })
    const answers = () => fetch(`http://127.0.0.1:${http}`).then(({ ok }) => ok)
    while (!(await answers().catch(() => false))) await delay(50)
  }, 60_000)
  afterAll(async () => {
    if (old === undefined) return
    const ended = new Promise((resolve) => old?.once('exit', resolve))
    old.kill('SIGKILL')
    await ended
  })

  it('is refused for its age, its password, and its native port', async (context) => {
    if (old === undefined) return context.skip(`${OLD_SERVER} is not installed`)
    const url = `http://127.0.0.1:${http}`
    expect(await sayingOf(url)).toEqual({
      param: 'clickhouse_url',
      hint: `The ClickHouse server at ${url} is version 18.16.1; Counterfoil needs 25.3 or newer. Upgrade it, or name another one with clickhouse_url.`,
    })
    expect(await sayingOf(url, { password: 'guess' })).toMatchObject({ param: 'clickhouse_password' })
    expect(await sayingOf(`http://127.0.0.1:${native}`)).toMatchObject({
      hint: expect.stringContaining("is the port of ClickHouse's native protocol"),
    })
  })
})

function oldConfig(place: string, http: number, native: number): string {
  return `<yandex><logger><level>none</level></logger><http_port>${http}</http_port><tcp_port>${native}</tcp_port>
<listen_host>127.0.0.1</listen_host><path>${place}/old/</path><tmp_path>${place}/tmp/</tmp_path>
<mark_cache_size>5368709120</mark_cache_size><users_config>${place}/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database></yandex>`
}

const OLD_USERS = `<yandex><profiles><default/></profiles><quotas><default/></quotas><users><tester>
<password>not-a-secret</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
</tester></users></yandex>`
