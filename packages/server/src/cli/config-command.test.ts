import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SETTINGS } from '../settings/settings.js'
import { jsonLines, run, temporaryPlace } from './testing/cli-process.js'

let place: ReturnType<typeof temporaryPlace>

beforeEach(() => {
  place = temporaryPlace()
})
afterEach(() => place.remove())

async function config(
  environment: Readonly<Record<string, string>>,
  file?: unknown,
  ...flags: readonly string[]
) {
  if (file !== undefined) {
    const text = typeof file === 'string' ? file : JSON.stringify(file)
    writeFileSync(join(place.directory, 'counterfoil.config.json'), text)
  }
  return run({ ...place, environment }, ['config', '--json', ...flags])
}

function setting(stdout: string, name: string): unknown {
  const [{ settings } = {}] = jsonLines(stdout) as { settings?: { name: string }[] }[]
  return settings?.find((row) => row.name === name)
}

it('a flag wins over the environment, that over the file, that over the default', async () => {
  const environment = { COUNTERFOIL_PORT: '3' }
  const port = async (...args: Parameters<typeof config>) => setting((await config(...args)).stdout, 'port')
  expect(await port({})).toMatchObject({ value: 8787, origin: 'default' })
  expect(await port({}, { port: 2 })).toMatchObject({ value: 2, origin: 'file' })
  expect(await port(environment, { port: 2 })).toMatchObject({ value: 3, origin: 'environment' })
  expect(await port(environment, { port: 2 }, '--port', '4')).toMatchObject({ value: 4, origin: 'flag' })
})

it('lists every setting with what it is for, and no secret', async () => {
  const { stdout } = await run(place, [
    'config',
    '--key',
    'cf_live_secret',
    '--clickhouse-url',
    'http://me:pass@ch:8123',
  ])
  for (const [name, { variable, description }] of Object.entries(SETTINGS)) {
    expect(stdout).toContain(`${name} = `)
    expect(stdout).toContain(variable)
    expect(stdout).toContain(description)
  }
  expect(stdout).not.toMatch(/cf_live_secret|pass@/)
  const json = await run({ ...place, environment: { COUNTERFOIL_CLICKHOUSE_PASSWORD: 'hush' } }, [
    'config',
    '--json',
  ])
  expect(json.stdout).not.toContain('hush')
})

it.each([
  ['an unknown variable', { COUNTERFOIL_PRT: '1' }, undefined, 'COUNTERFOIL_PRT is not a setting'],
  ['a port that is none', { COUNTERFOIL_PORT: '70000' }, undefined, 'COUNTERFOIL_PORT is "70000"'],
  ['a URL that is none', { COUNTERFOIL_URL: 'localhost' }, undefined, 'COUNTERFOIL_URL is "localhost"'],
  ['an unknown log level', { COUNTERFOIL_LOG_LEVEL: 'loud' }, undefined, 'COUNTERFOIL_LOG_LEVEL is "loud"'],
  [
    'an origin that is none',
    { COUNTERFOIL_ORIGIN: 'https://a' },
    undefined,
    'COUNTERFOIL_ORIGIN is "https://a"',
  ],
  ['an unknown name in the file', {}, { prot: 1 }, '"prot" in counterfoil.config.json'],
  [
    'a wrong value in the file',
    {},
    { engine_memory_mb: 1 },
    '"engine_memory_mb" in counterfoil.config.json is "1"',
  ],
  ['a file that is no JSON', {}, '{', 'is not JSON'],
  ['a file that is no object', {}, '[]', 'must hold a JSON object'],
])('%s is refused by name', async (_what, environment, file, message) => {
  const finished = await config(environment, file)
  expect(finished).toMatchObject({ code: 2, stdout: '' })
  const error = JSON.parse(finished.stderr) as { code: string; hint: string }
  expect(error.code).toBe('invalid_setting')
  expect(error.hint).toContain(message)
})

it('a wrong flag is refused by name', async () => {
  const finished = await run(place, ['serve', '--port', 'http'])
  expect(finished).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--port is "http": it must be a whole number'),
  })
})

it.each([
  [['help'], 0, /Exit codes/],
  [['help', 'key', 'create'], 0, /--scope/],
  [['search', '--help'], 0, /on_behalf_of/],
  [['version'], 0, /^\d+\.\d+\.\d+\n$/],
  [['version', '--json'], 0, /^\{"version":"\d/],
])('%j is answered without a server', async (args, code, text) => {
  expect(await run(place, args)).toMatchObject({ code, stdout: expect.stringMatching(text) })
})

it('an unknown command is refused, and one without words shows the help', async () => {
  expect(await run(place, ['serach'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no command "serach"'),
  })
  expect(await run(place, [])).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('Usage: counterfoil'),
  })
})
