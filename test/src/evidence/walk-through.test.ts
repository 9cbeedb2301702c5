import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CliPlace,
  startServer,
  type TestServer,
  temporaryPlace,
  withKey,
} from '@counterfoil/server/dist/cli/testing/cli-process.js'
import { openDatabase } from '@counterfoil/server/dist/sqlite/driver.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from '../tidy/source-tree.js'

// Runs the commands of docs/evidence.md as they stand there, one block after another, in one shell's directory.

interface Block {
  readonly commands: string
  /** A line that the page shows as what they print. */
  readonly shown: string | undefined
}

const page = readFileSync(join(ROOT, 'docs/evidence.md'), 'utf8')
const blocks = [...page.matchAll(/```sh\n(.*?)```(?:\n\n```\n([^\n]*)\n```)?/gs)].map(
  ([, commands = '', shown]): Block => ({ commands, shown }),
)
const mainOf = (name: string) => join(ROOT, 'packages', name, 'dist/main.js')

let place: ReturnType<typeof temporaryPlace>
let server: TestServer
let client: CliPlace
beforeAll(async () => {
  place = temporaryPlace()
  server = await startServer(place)
  client = await withKey(place, server.url, 'audit:write', 'audit:read')
  const bin = join(place.directory, 'bin')
  mkdirSync(bin)
  const programs = {
    counterfoil: `exec node ${mainOf('server')} "$@"`,
    npx: `[ "$1" = @counterfoil/verify ] && shift && exec node ${mainOf('verify')} "$@"`,
  }
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
})
afterAll(async () => {
  await server.process.kill('SIGTERM')
  place.remove()
})

/** What has to have happened before some of them. */
async function prepare(commands: string): Promise<void> {
  if (commands.includes('fsck')) await server.process.kill('SIGTERM')
  if (!commands.includes('log epoch')) return
  const database = await openDatabase(join(place.directory, 'data', 'signer.db'))
  database.exec('UPDATE heads SET size = size + 1')
  database.close()
}

it.each(blocks)('$commands', { timeout: 60_000 }, async ({ commands, shown }) => {
  await prepare(commands)
  const path = `${join(place.directory, 'bin')}:${process.env.PATH}`
  const { status, stdout, stderr } = spawnSync('bash', ['-euc', commands], {
    cwd: place.directory,
    env: { ...client.environment, COUNTERFOIL_DATA: 'data', PATH: path, HOME: place.directory },
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('Error')])
  if (shown !== undefined) expect(stdout.split('\n')).toContain(shown)
})

it('finds the commands of the page', () => {
  expect(blocks.map(({ shown }) => shown).filter(Boolean)).toHaveLength(3)
  expect(blocks.length).toBeGreaterThanOrEqual(9)
})
