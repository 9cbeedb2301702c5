import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createClient } from '@clickhouse/client'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDirectory } from './directory-lock.js'
import { PipeAgent } from './pipe-agent.js'
import { type EngineAddress, SupervisedEngine } from './supervised-engine.js'

const BOUNDS = { memoryBytes: 500 * 1024 * 1024, queryThreads: 1 }
const ENDLESS = 'SELECT sum(cityHash64(number)) FROM numbers(1000000000000)'
const ENGINE_MODULE = new URL('./supervised-engine.js', import.meta.url).href

let directory: string
let engine: SupervisedEngine

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'counterfoil-engine-'))
  engine = new SupervisedEngine({ directory, ...BOUNDS })
})
afterEach(async () => {
  await engine.close()
  await rm(directory, { recursive: true, force: true })
})

async function ask(
  address: EngineAddress,
  sql: string,
  options: { password?: string; signal?: AbortSignal; path?: string } = {},
): Promise<Response> {
  const credentials = `${address.user}:${options.password ?? address.password}`
  const request = httpRequest(new URL(options.path ?? '/', address.url), {
    method: 'POST',
    agent: agentOf(address),
    headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  request.end(sql)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const headers = Object.entries(response.headers) as [string, string][]
  return new Response(await text(response), { status: response.statusCode ?? 0, headers })
}

function agentOf({ pipe }: EngineAddress): Agent {
  return pipe === undefined ? new Agent() : new PipeAgent(pipe, 16)
}

async function answer(sql: string): Promise<string> {
  return (await ask(await engine.address(), sql)).text()
}

describe('the engine process', () => {
  it('answers those who know its password and nobody else', async () => {
    const address = await engine.address()
    expect(await (await ask(address, 'SELECT 1')).text()).toBe('1\n')
    const refused = await ask(address, 'SELECT 1', { password: 'guess' })
    expect([refused.status, refused.headers.get('x-clickhouse-exception-code')]).toEqual([403, '516'])
    expect(await (await ask(address, '', { path: '/ping' })).text()).toBe('Ok.\n')
  })

  it.each([
    ['a syntax error', 'SELEC 1', 400, '62'],
    ['an unknown table', 'SELECT * FROM nothing', 404, '60'],
    ['a placeholder without a value', 'SELECT {p:String}', 400, '457'],
  ])('reports %s as ClickHouse does', async (_what, sql, status, code) => {
    const response = await ask(await engine.address(), sql)
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([status, code])
    expect(await response.text()).toMatch(/^Code: \d+\. DB::Exception: /)
  })

  it('takes any text as a parameter and gives it back unchanged', async () => {
    const address = await engine.address()
    const { url, user: username, password } = address
    const client = createClient({ url, username, password, http_agent: agentOf(address) })
    const texts = fc.string({
      unit: fc.constantFrom(
        "'",
        '\\',
        '\t',
        '\n',
        '\r',
        '\u0001',
        '{',
        '}',
        '%',
        'p',
        ':',
        'ß',
        '😀',
        '`',
        '"',
        '$',
        '-',
        '/',
        '*',
        '\b',
        '\f',
      ),
    })
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const result = await client.query({
          query: 'SELECT {p:String} AS v',
          query_params: { p: text },
          format: 'JSONEachRow',
        })
        expect(await result.json()).toEqual([{ v: text }])
      }),
      { numRuns: 300 },
    )
    await client.close()
  })

  it('answers quick statements while slow ones run, and stops what nobody waits for', async () => {
    const address = await engine.address()
    const gone = new AbortController()
    const slow = [1, 2, 3].map(() => ask(address, ENDLESS, { signal: gone.signal }).catch(() => 'stopped'))
    const running = (): Promise<string> =>
      answer(
        "SELECT count() FROM system.processes WHERE query LIKE '%cityHash64%' AND query NOT LIKE '%processes%'",
      )
    await expect.poll(running, { timeout: 20_000 }).toBe('3\n')
    gone.abort()
    expect(await Promise.all(slow)).toEqual(['stopped', 'stopped', 'stopped'])
    await expect.poll(running, { timeout: 20_000 }).toBe('0\n')
  })
})

describe('the supervisor', () => {
  it('starts the engine again when it dies, at another address', async () => {
    const before = await engine.address()
    process.kill(engine.pid ?? 0, 'SIGKILL')
    await expect
      .poll(
        () =>
          engine.address().then(
            ({ password }) => password,
            () => before.password,
          ),
        { timeout: 20_000 },
      )
      .not.toBe(before.password)
    expect(await answer('SELECT 1')).toBe('1\n')
  })

  it('holds the directory until the engine is closed', async () => {
    await engine.address()
    await expect(lockDirectory(directory, 50)).rejects.toThrow('Another engine uses')
    await engine.close()
    const lock = await lockDirectory(directory, 50)
    lock.release()
  })

  it('tells the resident memory', async () => {
    await engine.address()
    if (existsSync('/proc')) expect(await engine.residentBytes()).toBeGreaterThan(50 * 1024 * 1024)
  })

  it('takes the engine along when its own process is killed', async () => {
    await engine.close()
    const script = `
      import { SupervisedEngine } from ${JSON.stringify(ENGINE_MODULE)}
      const engine = new SupervisedEngine(${JSON.stringify({ directory, ...BOUNDS })})
      await engine.address()
      console.log(engine.pid)`
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output] = (await once(parent.stdout, 'data')) as [Buffer]
    parent.kill('SIGKILL')
    await expect.poll(() => isAlive(Number(output.toString())), { timeout: 20_000 }).toBe(false)
    const lock = await lockDirectory(directory, 1_000)
    lock.release()
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
