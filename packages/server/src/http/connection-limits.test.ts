import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { BODY_BYTES_MAX } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../testing/test-server.js'

// Real sockets against the real server: what no HTTP client would send.

const LIMITS = { headersMs: 1_000, requestMs: 2_000, idleMs: 1_000, stalledMs: 4_000, checkedEveryMs: 200 }
const PATH = '/v1/audit_log_entries'
let server: TestServer
let key: string

beforeAll(async () => {
  server = await openTestServer({ trusted_proxies: '127.0.0.1,10.0.0.0/8' }, undefined, {
    connectionLimits: LIMITS,
  })
  key = await server.makeKey()
})
afterAll(() => server.close())

interface Connection {
  readonly socket: Socket
  /** All that came, once the server has ended the connection. */
  readonly ended: Promise<string>
  text(): string
}

async function open(): Promise<Connection> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // The server may well cut off what is still being sent.
  socket.on('error', () => undefined)
  const text = () => Buffer.concat(chunks).toString('latin1')
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(text())))
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, ended, text }
}

/** What the server answers to bytes, after which it ends the connection. */
async function answerTo(bytes: string | Buffer): Promise<string> {
  const { socket, ended } = await open()
  socket.write(bytes)
  return ended
}

const head = (lines: readonly string[], request = `GET ${PATH} HTTP/1.1`) =>
  `${[request, 'Host: test', `Authorization: Bearer ${key}`, ...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))

/** Milliseconds until the server ends a connection on which `send` does what it does, and what came. */
async function cutOff(
  send: (socket: Socket) => void,
): Promise<{ readonly ms: number; readonly answer: string }> {
  const { socket, ended } = await open()
  const startMs = performance.now()
  send(socket)
  const answer = await ended
  return { ms: performance.now() - startMs, answer }
}

describe('slow senders are cut off, and told where there is somebody to tell', () => {
  // At once where nothing but time passes.
  it.concurrent('who send nothing at all', async () => {
    const { ms } = await cutOff(() => undefined)
    expect(ms).toBeLessThan(LIMITS.headersMs + 2_000)
  })

  it.concurrent('who send headers a byte at a time', async () => {
    const { ms, answer } = await cutOff((socket) => {
      socket.write(`GET ${PATH} HTTP/1.1\r\nHost: test\r\n`)
      const timer = setInterval(() => socket.write('X'), 50)
      socket.once('close', () => clearInterval(timer))
    })
    expect([statusOf(answer), bodyOf(answer).code]).toEqual([408, 'request_timeout'])
    expect(ms).toBeLessThan(LIMITS.headersMs + 2_000)
  })

  it.concurrent('who send a body a byte at a time, of which nothing is recorded', async () => {
    const { ms, answer } = await cutOff((socket) => {
      const lines = ['Content-Type: application/json', 'Content-Length: 100000']
      socket.write(head(lines, `POST ${PATH} HTTP/1.1`))
      socket.write('{"action":"slow.body","description":"')
      const timer = setInterval(() => socket.write('x'), 50)
      socket.once('close', () => clearInterval(timer))
    })
    expect(statusOf(answer)).toBe(408)
    expect(ms).toBeLessThan(LIMITS.requestMs + 2_000)
    expect((await server.call(key, 'GET', `${PATH}?action=slow.body`)).body.data).toEqual([])
  })

  it.concurrent('who stay after an answer and ask nothing more', async () => {
    const { ms, answer } = await cutOff((socket) =>
      socket.write('GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n'),
    )
    expect(statusOf(answer)).toBe(200)
    expect(ms).toBeLessThan(LIMITS.idleMs + 3_000)
  })

  it('who do not read their answer', async () => {
    // More than the buffers of both ends hold.
    const batch = Array.from({ length: 100 }, () => ({ action: 'a.a', metadata: { x: 'x'.repeat(12_000) } }))
    for (let i = 0; i < 20; i++) await server.call(key, 'POST', PATH, batch)
    const { socket, ended } = await open()
    socket.pause()
    const startMs = performance.now()
    socket.write(head([], `GET ${PATH}/export?format=ndjson HTTP/1.1`))
    const running = async () => {
      const { body } = await server.call(undefined, 'GET', '/metrics')
      return Number(/^counterfoil_running_exports (\d+)/m.exec(body)?.[1])
    }
    await expect.poll(running).toBe(1)
    await expect.poll(running, { timeout: 20_000 }).toBe(0)
    expect(performance.now() - startMs).toBeGreaterThan(LIMITS.stalledMs / 2)
    socket.resume()
    const answer = await ended
    // Broken off, and not as if it were whole: the last chunk of a whole answer is empty.
    expect(answer.endsWith('0\r\n\r\n')).toBe(false)
  }, 60_000)

  it('200 of them at once, while everybody else is served', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => open()))
    for (const { socket } of slow) socket.write('GET / HTTP/1.1\r\nX-Slow: ')
    const startMs = performance.now()
    for (let i = 0; i < 10; i++) expect((await server.call(key, 'GET', `${PATH}?limit=1`)).status).toBe(200)
    expect(performance.now() - startMs).toBeLessThan(5_000)
    for (const { ended } of slow) expect(statusOf(await ended)).toBe(408)
  }, 30_000)
})

describe('requests that are too large', () => {
  it.each([
    ['a header of 20 KB', () => head([`X-Large: ${'x'.repeat(20_000)}`])],
    [
      'headers of 1,000 times 50 bytes',
      () => head(Array.from({ length: 1_000 }, (_, i) => `X-${i}: ${'x'.repeat(50)}`)),
    ],
    ['a URL of 20 KB', () => head([], `GET ${PATH}?q=${'x'.repeat(20_000)} HTTP/1.1`)],
  ])('%s are refused with 431', async (_what, request) => {
    const answer = await answerTo(request())
    expect([statusOf(answer), bodyOf(answer).code]).toEqual([431, 'headers_too_large'])
  })

  it('2,500 small headers are read to the last: the key may be the last', async () => {
    const many = Array.from({ length: 2_500 }, () => 'a:b').join('\r\n')
    const request = `GET ${PATH}?limit=1 HTTP/1.1\r\nHost: test\r\n${many}\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`
    expect(statusOf(await answerTo(request))).toBe(200)
  })

  it.each([
    ['by its Content-Length', true],
    ['in chunks', false],
  ])('a body past the limit is refused %s', async (_how, told) => {
    const length = told ? `Content-Length: ${BODY_BYTES_MAX + 1}` : 'Transfer-Encoding: chunked'
    const { socket, ended } = await open()
    socket.write(head(['Content-Type: application/json', length], `POST ${PATH} HTTP/1.1`))
    const piece = 'x'.repeat(64 * 1024)
    for (let sent = 0; sent <= BODY_BYTES_MAX && socket.writable; sent += piece.length) {
      socket.write(told ? piece : `10000\r\n${piece}\r\n`)
      await delay(1)
    }
    const answer = await ended
    expect([statusOf(answer), bodyOf(answer).code]).toEqual([413, 'body_too_large'])
  })

  it('a body past the limit that is sent at one go is refused so that its sender learns of it', async () => {
    const { socket, ended } = await open()
    // Who sends reads the answer only when all is sent.
    socket.pause()
    socket.write(
      head(
        ['Content-Type: application/json', `Content-Length: ${3 * BODY_BYTES_MAX}`],
        `POST ${PATH} HTTP/1.1`,
      ),
    )
    await new Promise((resolve) =>
      socket.end(Buffer.alloc(3 * BODY_BYTES_MAX, 'x'), () => resolve(undefined)),
    )
    socket.resume()
    const answer = await ended
    expect([statusOf(answer), bodyOf(answer).code]).toEqual([413, 'body_too_large'])
  })

  it('who goes on sending after the answer to such a body is cut off', async () => {
    const { socket, ended } = await open()
    socket.write(
      head(['Content-Type: application/json', `Content-Length: ${2 ** 40}`], `POST ${PATH} HTTP/1.1`),
    )
    const startMs = performance.now()
    const timer = setInterval(() => socket.write('x'.repeat(64 * 1024)), 10)
    const answer = await ended
    clearInterval(timer)
    expect(statusOf(answer)).toBe(413)
    expect(performance.now() - startMs).toBeLessThan(10_000)
  })

  it('a chunk with an endless extension is refused', async () => {
    const request = head(
      ['Content-Type: application/json', 'Transfer-Encoding: chunked'],
      `POST ${PATH} HTTP/1.1`,
    )
    const answer = await answerTo(`${request}1;${'x'.repeat(40_000)}\r\n{\r\n0\r\n\r\n`)
    expect([400, 413, 431]).toContain(statusOf(answer))
  })
})

describe('requests that mean two things', () => {
  const POST = `POST ${PATH} HTTP/1.1`
  it.each([
    ['Content-Length and Transfer-Encoding', head(['Content-Length: 4', 'Transfer-Encoding: chunked'], POST)],
    ['two Content-Lengths', head(['Content-Length: 4', 'Content-Length: 5'], POST)],
    ['a Content-Length that is no number', head(['Content-Length: 4, 5'], POST)],
    ['chunked not last', head(['Transfer-Encoding: chunked, identity'], POST)],
    ['a header that is folded', head(['X-Folded: a', ' b'])],
    ['a space before the colon', head(['Content-Length : 4'], POST)],
    ['a NUL in a header', head(['X-Nul: a\0b'])],
    ['a bare line feed', head(['X-A: a\n\nGET / HTTP/1.1'])],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['no Host', `GET ${PATH} HTTP/1.1\r\nConnection: close\r\n\r\n`],
  ])('are refused: %s', async (_what, request) => {
    expect(statusOf(await answerTo(request))).toBe(400)
  })

  it('are answered one after another in their order when they come at once', async () => {
    const { socket, ended } = await open()
    const one = (i: number, more = '') =>
      `GET ${PATH}?limit=${i} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${key}\r\n${more}\r\n`
    const limits = Array.from({ length: 60 }, (_, i) => (i % 9) + 1)
    socket.write(limits.map((limit, i) => one(limit, i === 59 ? 'Connection: close\r\n' : '')).join(''))
    const answers = (await ended).split(/HTTP\/1\.1 200 OK\r\n/).slice(1)
    expect(answers.map((answer) => bodyOf(answer).data.length)).toEqual(limits)
  })
})

describe('X-Forwarded-For', () => {
  const addressOf = async (...forwarded: readonly string[]) => {
    const lines = [
      ...forwarded.map((value) => `X-Forwarded-For: ${value}`),
      'Content-Type: application/json',
      'Content-Length: 37',
    ]
    await answerTo(`${head(lines, 'POST /v1/sessions HTTP/1.1')}{"email":"a@b.example","password":""}`)
    await server.counterfoil.selfAudit.settled()
    const { access } = server.counterfoil
    const platform = await access.tenants.platform()
    const reader = await access.createKey({
      organization: platform,
      mode: 'live',
      scopes: ['audit:read'],
      name: '',
    })
    const { body } = await server.call(reader.token, 'GET', `${PATH}?limit=1`)
    return body.data[0]?.ip_address
  }

  it.each([
    ['none: who connects', [], '127.0.0.1'],
    ['one hop', ['203.0.113.9'], '203.0.113.9'],
    ['a spoofed one before it', ['198.51.100.66, 203.0.113.9'], '203.0.113.9'],
    ['two proxies of ours', ['203.0.113.9, 10.1.2.3'], '203.0.113.9'],
    [
      'spoofed hops behind which ours would be',
      ['10.9.9.9, 198.51.100.66, 203.0.113.9, 10.1.2.3'],
      '203.0.113.9',
    ],
    ['a header for each hop', ['198.51.100.66', '203.0.113.9, 10.1.2.3'], '203.0.113.9'],
    ['a thousand hops', [`${'198.51.100.66, '.repeat(900)}203.0.113.9`], '203.0.113.9'],
  ])(
    'is believed back to the first hop that no proxy of ours vouches for: %s',
    async (_what, forwarded, address) => {
      expect(await addressOf(...forwarded)).toBe(address)
    },
  )
})
