import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TIMEOUT_MS = 30_000

/** Runs a published shell command, and gives what it prints. Fails with a clear text on a machine without curl. */
export async function runShell(command: string): Promise<string> {
  await run('curl', ['--version']).catch((cause: unknown) => {
    throw new Error('curl is not on this machine; install it, as the published requests are made with it.', {
      cause,
    })
  })
  return (await run('sh', ['-c', command], { timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 })).stdout
}

/** A Python that has `requests`, as the vendors' scripts need it; undefined when there is none on this machine. */
export async function findPythonWithRequests(): Promise<string | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const has = await run(python, ['-c', 'import requests']).then(
      () => true,
      () => false,
    )
    if (has) return python
  }
  return undefined
}

export const NO_PYTHON =
  'No python3 on this machine has the package "requests" (apt-get install python3-requests).'

/** Runs a Python script, and gives what it prints. */
export async function runPython(python: string, script: string): Promise<string> {
  return (await run(python, ['-c', script], { timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 })).stdout
}
