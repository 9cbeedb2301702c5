import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CliPlace,
  CliProcess,
  jsonLines,
  run,
  startServer,
  type TestServer,
  temporaryPlace,
  withKey,
} from './testing/cli-process.js'

let place: ReturnType<typeof temporaryPlace>
let server: TestServer
let client: CliPlace

beforeAll(async () => {
  place = temporaryPlace()
  server = await startServer(place)
  client = await withKey(place, server.url, 'audit:write', 'audit:read')
})

afterAll(async () => {
  await server.process.kill('SIGTERM')
  place.remove()
})

describe('record', () => {
  it('records what the options say and prints the receipt', async () => {
    const args = [
      '--action',
      'order.created',
      '--actor',
      'user:u_1',
      '--actor-label',
      'Ada',
      '--resource',
      'order:a:b',
      '--ip',
      '192.0.2.7',
      '--severity',
      'notice',
      '--target',
      'invoice:7',
      '--metadata',
      'channel=web=1',
      '--metadata',
      'total:=42.50',
      '--before',
      'null',
      '--after',
      '{"a":1}',
    ]
    const { code, stdout } = await run(client, ['record', ...args, '--json'])
    expect(code).toBe(0)
    const [receipt] = jsonLines(stdout)
    expect(receipt).toMatchObject({
      seq: expect.any(Number),
      entry_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const [entry] = jsonLines((await run(client, ['search', `id:${receipt?.id}`, '--json'])).stdout)
    expect(entry).toMatchObject({
      actor: { type: 'user', id: 'u_1', label: 'Ada' },
      resource: { type: 'order', id: 'a:b' },
      targets: [{ type: 'invoice', id: '7' }],
      ip_address: '192.0.2.7',
      metadata: { channel: 'web=1', total: 42.5 },
    })
  })

  it('takes entries from standard input, as JSON and as NDJSON', async () => {
    const one = await run(client, ['record'], '{"action":"in.one"}')
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('entry hash') })
    const two = await run(client, ['record', '--json'], '{"action":"in.two"}\n{"action":"in.two"}\n')
    expect(jsonLines(two.stdout)).toHaveLength(2)
  })

  it('records nothing again with the same idempotency key', async () => {
    const args = ['record', '--action', 'idem.once', '--idempotency-key', 'k1']
    const [first, second] = [await run(client, args), await run(client, args)]
    expect(second.stdout).toContain(first.stdout)
    expect(second.stdout).toContain('Recorded already')
    expect(await run(client, ['record', '--action', 'idem.other', '--idempotency-key', 'k1'])).toMatchObject({
      code: 3,
    })
  })

  it.each([
    [['--action', 'two words', '--severity', 'bad'], 3, ['/action: ', '/severity: ', 'request req_']],
    [['--action', 'a', '--metadata', 'x:={'], 2, ['which is not JSON']],
    [['--action', 'a', '--metadata', 'x'], 2, ['<key>=<text>']],
    [['--action', 'a', '--actor-label', 'Ada'], 2, ['--actor <type>:<id>']],
    [['--action', 'a', '--file', 'b'], 2, ['not both']],
    [['--file', 'nowhere.json'], 2, ['nowhere.json']],
    [['--unknown'], 2, ["Unknown option '--unknown'"]],
    [['--action', 'a', '--key', ''], 2, ['counterfoil key create']],
  ])('%j ends with %i and says why', async (args, code, messages) => {
    const finished = await run(client, ['record', ...args])
    expect(finished.code).toBe(code)
    for (const message of messages) expect(finished.stderr).toContain(message)
  })
})

describe('search', () => {
  beforeAll(async () => {
    const entries = Array.from(
      { length: 450 },
      (_, i) => `{"action":"page.${i % 2 ? 'odd' : 'even'}","metadata":{"i":${i}}}`,
    )
    await run(client, ['record'], entries.join('\n'))
  })

  it('follows cursors to the end, in both orders, each entry once', async () => {
    const numbers = async (...options: readonly string[]) =>
      jsonLines((await run(client, ['search', 'action:page', '--json', ...options])).stdout).map(
        ({ metadata }) => (metadata as { i: number }).i,
      )
    const all = [...Array(450).keys()]
    expect(await numbers('--all', '--oldest-first')).toEqual(all)
    expect(await numbers('--limit', '300')).toEqual(all.toReversed().slice(0, 300))
  })

  it('takes a word with a minus for a word, and joins what keys and free text say', async () => {
    expect(await run(client, ['search', 'action:page', '-action:page.odd', '--count'])).toMatchObject({
      stdout: '225\n',
    })
    expect(
      await run(client, ['search', 'created:>2014-01-01', 'ODD', 'since:1h', '--count', '--json']),
    ).toMatchObject({ stdout: '{"count":225}\n' })
  })

  it('shows the place of a mistake', async () => {
    const { code, stderr } = await run(client, ['search', 'actor:ada sevrity:info'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/\n {2}actor:ada sevrity:info\n {12}\^{7}\n/)
  })

  it('the server shows places too, to those who ask it directly', async () => {
    const query = new URLSearchParams({ query: 'actor:ada sevrity:info' })
    const headers = { authorization: `Bearer ${client.environment.COUNTERFOIL_KEY}` }
    const answer = await fetch(`${server.url}/v1/audit_log_entries?${query}`, { headers })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'invalid_search', problems: [{ start: 10, end: 17 }] })
  })

  it('prints nothing that a terminal would obey', async () => {
    const label = '\x1b]0;owned\x07\x1b[2J\u202e\nforged row'
    await run(
      client,
      ['record'],
      JSON.stringify({ action: 'esc.ape', actor: { type: 'user', id: 'u', label } }),
    )
    const table = await run(client, ['search', 'action:esc.ape'])
    expect(table.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(table.stdout.trim().split('\n')).toHaveLength(2)
    const json = await run(client, ['search', 'action:esc.ape', '--json'])
    expect(json.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(jsonLines(json.stdout)[0]).toMatchObject({ actor: { label } })
  })

  it('ends quietly when its reader has seen enough', async () => {
    const process = new CliProcess(['search', '--all', '--json'], client)
    process.child.stdout?.destroy()
    expect(await process.finished).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    [['--limit', '0'], '--limit must be a whole number'],
    [['--limit', '5', '--all'], 'not both'],
    [['--utc', '--local'], 'not both'],
  ])('%j is refused', async (args, message) => {
    expect(await run(client, ['search', ...args])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    })
  })
})

describe('the server', () => {
  it.each([['search'], ['tail', '--follow'], ['record', '--action', 'a']])(
    'that is not there is named by %s %s',
    async (...args) => {
      const finished = await run(client, [...args, '--url', 'http://127.0.0.1:9'])
      expect(finished).toMatchObject({
        code: 5,
        stderr: expect.stringContaining('No server answers on http://127.0.0.1:9'),
      })
      const asJson = await run(client, [...args, '--url', 'http://127.0.0.1:9', '--json'])
      expect(JSON.parse(asJson.stderr)).toMatchObject({ code: 'unreachable' })
    },
  )

  it('may refuse a key: the code and the request id are shown', async () => {
    const readOnly = await withKey(place, server.url, 'audit:read')
    const finished = await run(readOnly, ['record', '--action', 'a'])
    expect(finished.code).toBe(1)
    expect(finished.stderr).toMatch(/audit:write.*\(insufficient_scope, request req_/s)
  })

  it('that is busy is asked again when it says so, with the same key', async () => {
    const keys: (string | undefined)[] = []
    const busy = createServer((request, response) => {
      keys.push(request.headers['idempotency-key'] as string | undefined)
      request.resume()
      if (keys.length < 3)
        response.writeHead(503, { 'retry-after': '0' }).end('{"code":"overloaded","message":"Busy."}')
      else response.writeHead(201).end('{"id":"i","seq":7,"entry_hash":"h","recorded_at":"t"}')
    }).listen(0)
    await once(busy, 'listening')
    const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`
    const finished = await run(client, ['record', '--action', 'a', '--url', url])
    busy.close()
    expect(finished).toMatchObject({ code: 0, stdout: expect.stringContaining('seq 7') })
    expect(new Set(keys).size).toBe(1)
    expect(keys).toHaveLength(3)
  })
})

it('tail --follow shows each new entry once and in order, through a restart of the server, until Ctrl-C', async () => {
  const record = (i: number) => run(client, ['record', '--action', 'tail.it', '--metadata', `i:=${i}`])
  await record(0)
  const tail = new CliProcess(['tail', 'action:tail.it', '--follow', '--json'], client)
  await tail.until(({ stdout }) => jsonLines(stdout).length === 1)
  for (const i of [1, 2]) await record(i)
  await tail.until(({ stdout }) => jsonLines(stdout).length === 3)
  await server.process.kill('SIGKILL')
  await tail.until(({ stderr }) => stderr.includes('Reconnecting'))
  server = await startServer(place, Number(new URL(server.url).port))
  for (const i of [3, 4]) await record(i)
  await tail.until(({ stdout }) => jsonLines(stdout).length === 5)
  expect(tail.stderr).toContain('Connected again.')
  expect(await tail.kill('SIGINT')).toMatchObject({ code: 0 })
  expect(jsonLines(tail.stdout).map(({ metadata }) => (metadata as { i: number }).i)).toEqual([0, 1, 2, 3, 4])
})
