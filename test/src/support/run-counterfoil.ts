import { spawn } from 'node:child_process'
import { COUNTERFOIL, serverEnvironment } from './command-line.js'

/** Runs the program that ships in a directory; gives its exit code, and what it wrote to both outputs. */
export async function runCounterfoil(
  cwd: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [COUNTERFOIL, ...args], { env: serverEnvironment(environment), cwd })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
