import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The program that ships. */
export const COUNTERFOIL = join(
  dirname(createRequire(import.meta.url).resolve('@counterfoil/server/package.json')),
  'dist',
  'main.js',
)

/** The environment of the server under test: nothing of ours may steer it. */
export function serverEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '', NODE_NO_WARNINGS: '1', ...extra }
}

/** Runs one command of the program and gives what it printed. Rejects when it fails. */
export async function counterfoil(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [COUNTERFOIL, ...args], {
    env: serverEnvironment(),
    cwd: tmpdir(),
  })
  return stdout.trim()
}

/** Makes an organization and a key that may record and read; gives the key's token. */
export async function provision(dataDirectory: string, slug: string): Promise<string> {
  await counterfoil('org', 'create', slug, '--data', dataDirectory)
  const scopes = ['--scope', 'audit:write', '--scope', 'audit:read']
  return counterfoil('key', 'create', '--org', slug, '--mode', 'live', ...scopes, '--data', dataDirectory)
}
