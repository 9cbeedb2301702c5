import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLOUDTRAIL_EVENTS } from './import/testing/cloudtrail-events.js'
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

function write(name: string, content: string | Buffer): void {
  writeFileSync(join(place.directory, name), content)
}

async function importJson(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(client, ['import', ...args, '--json'])
  const [result] = jsonLines(stdout)
  if (result === undefined) throw new Error(stderr)
  return { ...result, code }
}

async function found(text: string): Promise<Record<string, unknown>[]> {
  return jsonLines((await run(client, ['search', text, '--all', '--oldest-first', '--json'])).stdout)
}

describe('import --from ndjson', () => {
  it('records each line once, in order, however often it runs; identical lines are entries of their own', async () => {
    const lines = [
      '{"action":"nd.a"}',
      '{"action":"nd.b","metadata":{"n":1.50}}',
      '{"action":"nd.a"}',
      '{"id":"0190b7c2-7d1e-7f00-8000-0000000000aa","action":"nd.c"}',
    ]
    write('nd.ndjson', `${lines.join('\n')}\n`)
    expect(await importJson('nd.ndjson', '--from', 'ndjson')).toMatchObject({
      code: 0,
      read: 4,
      recorded: 4,
      already_there: 0,
      refused: 0,
    })
    expect(await importJson('nd.ndjson', '--from', 'ndjson')).toMatchObject({
      code: 0,
      read: 4,
      recorded: 0,
      already_there: 4,
      refused: 0,
    })
    const entries = await found('action:nd')
    expect(entries.map(({ action }) => action)).toEqual(['nd.a', 'nd.b', 'nd.a', 'nd.c'])
    expect(entries[3]).toMatchObject({ id: '0190b7c2-7d1e-7f00-8000-0000000000aa' })
    expect(entries[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8/)
  })

  it('records only what is new in a file that has grown', async () => {
    write('grows.ndjson', '{"action":"grow.a"}\n{"action":"grow.a"}\n')
    await importJson('grows.ndjson', '--from', 'ndjson')
    write(
      'grows.ndjson',
      '{"action":"grow.a"}\n{"action":"grow.a"}\n{"action":"grow.a"}\n{"action":"grow.b"}\n',
    )
    expect(await importJson('grows.ndjson', '--from', 'ndjson')).toMatchObject({
      recorded: 2,
      already_there: 2,
    })
  })

  it('skips what is refused, says which line and why, and records the rest', async () => {
    const lines = [
      '{"action":"ref.ok"}',
      '{"action":"two words"}',
      'garbage',
      '{"action":"ref.dup","action":"ref.dup"}',
      '',
      '[1]',
      '{"action":"ref.big","metadata":{"n":12345678901234567890}}',
      `{"action":"ref.long","metadata":{"t":"${'x'.repeat(262_144)}"}}`,
      '{"id":"0190b7c2-7d1e-7f00-8000-0000000000aa","action":"ref.conflict"}',
      '{"action":"ref.ok"}',
    ]
    write('refused.ndjson', lines.join('\n'))
    write('seed.ndjson', '{"id":"0190b7c2-7d1e-7f00-8000-0000000000aa","action":"nd.c"}')
    await importJson('seed.ndjson', '--from', 'ndjson')
    const { code, stdout, stderr } = await run(client, [
      'import',
      'refused.ndjson',
      '--from',
      'ndjson',
      '--refused',
      'out.ndjson',
    ])
    expect(code).toBe(3)
    expect(stdout).toContain('9 lines read, 2 recorded, 0 already there, 7 refused')
    for (const line of [2, 3, 4, 6, 7, 8, 9]) expect(stderr).toContain(`refused line ${line}: `)
    const all = jsonLines(readFileSync(join(place.directory, 'out.ndjson'), 'utf8'))
    expect(all.map(({ number, code: why }) => [number, why])).toEqual([
      [2, 'invalid_value'],
      [3, 'invalid_json'],
      [4, 'duplicate_key'],
      [6, 'wrong_type'],
      [7, 'number_not_representable'],
      [8, 'too_large'],
      [9, 'id_conflict'],
    ])
    expect(all[1]).toMatchObject({ original: 'garbage' })
    expect(await found('action:ref')).toHaveLength(2)
  })

  it('goes on after kill -9 in the middle: nothing twice, nothing missing', async () => {
    const count = 30_000
    write(
      'long.ndjson',
      Array.from({ length: count }, (_, i) => `{"action":"long.run","metadata":{"i":${i}}}\n`).join(''),
    )
    const states = join(place.directory, '.local/state/counterfoil/imports')
    const first = new CliProcess(['import', 'long.ndjson', '--from', 'ndjson'], client)
    await first.until(() => existsSync(states) && readdirSync(states).some((name) => name.endsWith('.json')))
    expect(await first.kill('SIGKILL')).toMatchObject({ code: null })
    const { code, stdout, stderr } = await run(client, ['import', 'long.ndjson', '--from', 'ndjson'])
    expect(code).toBe(0)
    expect(stderr).toContain('Going on after')
    expect(stdout).toContain('30,000 lines read')
    const entries = await found('action:long.run')
    expect(entries.map(({ metadata }) => (metadata as { i: number }).i)).toEqual([...Array(count).keys()])
    expect(readdirSync(states)).toEqual([])
  })

  it('stops at Ctrl-C, says how to go on, and goes on', async () => {
    const count = 30_000
    write(
      'stop.ndjson',
      Array.from({ length: count }, (_, i) => `{"action":"stop.run","metadata":{"i":${i}}}\n`).join(''),
    )
    const states = join(place.directory, '.local/state/counterfoil/imports')
    const first = new CliProcess(['import', 'stop.ndjson', '--from', 'ndjson'], client)
    await first.until(() => readdirSync(states).some((name) => name.endsWith('.json')))
    const stopped = await first.kill('SIGINT')
    expect(stopped.code).toBe(130)
    expect(stopped.stdout).toContain('Run the same command again')
    expect(await importJson('stop.ndjson', '--from', 'ndjson')).toMatchObject({
      code: 0,
      read: count,
      interrupted: false,
    })
    expect(await run(client, ['search', 'action:stop.run', '--count'])).toMatchObject({ stdout: '30,000\n' })
  })

  it('begins anew with a file that changed since it was interrupted, and with --restart', async () => {
    write('changed.ndjson', '{"action":"chg.a"}\n'.repeat(2))
    const { ImportBookmark } = await import('./import/import-bookmark.js')
    const path = join(place.directory, 'changed.ndjson')
    const environment = { HOME: place.directory }
    const identity = { path, url: 'u', keyId: 'k', format: 'ndjson' }
    const progress = { settled: 1, read: 1, recorded: 1, replayed: 0, refused: 0, fraction: 0.5 }
    new ImportBookmark({ ...identity, version: 'before' }, environment).save(progress)
    expect(new ImportBookmark({ ...identity, version: 'before' }, environment).read()).toEqual(progress)
    expect(new ImportBookmark({ ...identity, version: 'after' }, environment).read()).toBeUndefined()
    utimesSync(path, 1, 1)
    expect(await importJson('changed.ndjson', '--from', 'ndjson', '--restart')).toMatchObject({
      read: 2,
      recorded: 2,
    })
  })

  it('reads standard input', async () => {
    const { code, stdout } = await run(client, ['import', '-', '--from', 'ndjson'], '{"action":"std.in"}')
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('1 recorded') })
  })
})

describe('import --from cloudtrail', () => {
  const lines = CLOUDTRAIL_EVENTS.map((event) => JSON.stringify(event))
  const count = lines.length

  it('takes an event a line, a delivered file and gzip of both for the same events', async () => {
    write('ct.ndjson', lines.join('\n'))
    write('ct.json', `{"Records":[${lines.join(',')}]}`)
    write('ct.json.gz', gzipSync(`{"Records":[${lines.join(',')}]}`))
    write('ct.ndjson.gz', Buffer.concat([gzipSync(`${lines[0]}\n`), gzipSync(lines.slice(1).join('\n'))]))
    expect(await importJson('ct.ndjson', '--from', 'cloudtrail')).toMatchObject({
      code: 0,
      read: count,
      recorded: count,
    })
    for (const file of ['ct.json', 'ct.json.gz', 'ct.ndjson.gz'])
      expect(await importJson(file, '--from', 'cloudtrail')).toMatchObject({
        code: 0,
        read: count,
        recorded: 0,
        already_there: count,
      })
    const [login] = await found('action:signin.ConsoleLogin')
    expect(login).toMatchObject({
      outcome: 'denied',
      category: 'authentication',
      metadata: { requestID: 42 },
    })
  })

  it('refuses what JSON parsing would alter, and what is cut short', async () => {
    const altered = lines[0]?.replace('"responseElements":null', '"responseElements":12345678901234567890')
    write('bad.json', `{"Records":[${altered},{"eventName":`)
    const { code, stderr } = await run(client, ['import', 'bad.json', '--from', 'cloudtrail'])
    expect(code).toBe(3)
    expect(stderr).toContain('refused event 1: /responseElements: ')
    expect(stderr).toContain('refused event 2: ')
  })

  it('says when a gzip file is cut short', async () => {
    write('cut.json.gz', gzipSync(lines.join('\n').repeat(50)).subarray(0, -20))
    const { code, stderr } = await run(client, ['import', 'cut.json.gz', '--from', 'cloudtrail'])
    expect(code).toBe(2)
    expect(stderr).toContain('cut short')
  })
})

describe('what cannot begin', () => {
  it.each([
    [['import', 'nowhere.ndjson', '--from', 'ndjson'], 2, 'There is no file'],
    [['import', 'nd.ndjson', '--from', 'xml'], 2, '--from must be one of ndjson, cloudtrail, git'],
    [['import', '.', '--from', 'ndjson'], 2, 'is not a file'],
    [['import', '.', '--from', 'git'], 2, 'no git repository'],
    [['import', 'nd.ndjson', '--from', 'ndjson', '--key', ''], 2, 'counterfoil key create'],
    [['import', 'nd.ndjson', '--from', 'ndjson', '--key', 'cf_live_wrong'], 1, 'The API key is not valid'],
    [['import', 'nd.ndjson', '--from', 'ndjson', '--url', 'http://127.0.0.1:9'], 5, 'No server answers'],
  ])('%j ends with %i', async (args, code, message) => {
    write('nd.ndjson', '{"action":"nd.a"}')
    const finished = await run(client, args)
    expect(finished).toMatchObject({ code, stderr: expect.stringContaining(message), stdout: '' })
  })
})
