import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guardedFetch, OutboundRefusal } from './guarded-fetch.js'
import { isPublicAddress } from './public-addresses.js'

let local: Server
let port: number
let requests = 0
beforeAll(async () => {
  local = createServer((request, response) => {
    requests++
    if (request.url === '/elsewhere') response.writeHead(302, { location: '/' }).end()
    else if (request.url === '/large') response.end('x'.repeat(65_537))
    else response.setHeader('content-type', 'application/json').end('{"ok":true}')
  })
  await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve))
  port = (local.address() as AddressInfo).port
})
afterAll(() => new Promise((resolve) => local.close(resolve)))

// Hosts that lead to this machine or its network, in every spelling that a URL knows.
const PRIVATE_HOSTS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '0',
  '0.0.0.0',
  '0x7f.0.0.1',
  '0x7f000001',
  '2130706433',
  '017700000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.168.255.255',
  '169.254.169.254',
  '169.254.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '100.100.100.200',
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '192.88.99.1',
  '0.1.2.3',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:10.0.0.1]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::1]',
  '[100::1]',
  '[2001::1]',
  '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
  '[2001:db8::1]',
  '[2001:10::1]',
  '[2001:20::1]',
  '[2002:7f00:1::]',
  '[2002:a00:1::]',
  '[3fff::1]',
  '[5f00::1]',
  '[fc00::1]',
  '[fd00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fe90::1]',
  '[febf::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[ff00::1]',
] as const
const PUBLIC_ADDRESSES = [
  '1.1.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '11.0.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
]

describe('a guarded request', () => {
  it(`connects to none of ${2 * PRIVATE_HOSTS.length} private targets`, async () => {
    const wrong: string[] = []
    const before = requests
    for (const host of PRIVATE_HOSTS) {
      for (const place of [`${host}:${port}`, host]) {
        const outcome = await guardedFetch({ allowPrivate: false })(`https://${place}/`).catch(
          (error: unknown) => error,
        )
        if (!(outcome instanceof OutboundRefusal) || !outcome.message.includes('not at a public address'))
          wrong.push(`${place}: ${String(outcome)}`)
      }
    }
    expect(wrong).toEqual([])
    expect(requests).toBe(before)
  }, 60_000)

  it.each(PUBLIC_ADDRESSES)('may go to %s', (address) => expect(isPublicAddress(address)).toBe(true))

  it.each([
    'http://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'ftp://example.com/',
    'https://a@example.com/',
    'https://:b@example.com/',
    'nonsense',
    'unix:/run/x.sock',
    'data:text/plain,x',
  ])('is not made to %j', async (url) => {
    await expect(guardedFetch({ allowPrivate: false })(url)).rejects.toThrow(OutboundRefusal)
  })

  it('is refused when any of the addresses of a name is private', async () => {
    const resolve = async () => ['1.1.1.1', '127.0.0.1']
    const fetch = guardedFetch({ allowPrivate: false, resolve })
    await expect(fetch('https://mixed.example/')).rejects.toThrow('not at a public address')
  })

  it('goes to the address that was checked, though the name means another one by then', async () => {
    let asked = 0
    const resolve = async () => [asked++ === 0 ? '127.0.0.1' : '192.0.2.1']
    const answer = await guardedFetch({ allowPrivate: true, resolve })(`http://rebound.example:${port}/`)
    expect(await answer.json()).toEqual({ ok: true })
    expect(asked).toBe(1)
  })

  it('follows no redirect, and reads no more than it has to', async () => {
    const fetch = guardedFetch({ allowPrivate: true })
    await expect(fetch(`http://127.0.0.1:${port}/elsewhere`)).rejects.toThrow('sends elsewhere')
    await expect(fetch(`http://127.0.0.1:${port}/large`)).rejects.toThrow('more than 65536 bytes')
    await expect(fetch('http://127.0.0.1:1/')).rejects.toThrow('does not answer')
  })
})
