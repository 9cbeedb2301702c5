import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

/** A Python with the package `requests`, which the vendors' scripts use; undefined when this machine has none. */
export const PYTHON_WITH_REQUESTS = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'import requests'], { stdio: 'ignore' }).status === 0,
)
if (PYTHON_WITH_REQUESTS === undefined) {
  console.warn(
    'Skipped: scripts in Python. No python3 with "requests"; on Debian: apt-get install python3-requests',
  )
}

export const HAS_CURL = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0
if (!HAS_CURL) console.warn('Skipped: commands with curl. There is no curl.')

/** What a program writes to its standard output. Rejects when it fails. */
export async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 28 })
  return stdout
}
