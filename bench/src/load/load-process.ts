import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { LoadPlan, LoadReport } from './plan.js'

const ENTRY_POINT = fileURLToPath(new URL('./main.js', import.meta.url))

/**
 * Runs a plan in a process of its own, so that neither the server nor the sampling shares its event loop. `signal` ends the
 * plan early, with a report of what was until then.
 */
export async function runLoadProcess(plan: LoadPlan, signal?: AbortSignal): Promise<LoadReport> {
  const child = spawn(process.execPath, [ENTRY_POINT], { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const end = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', end, { once: true })
  child.stdin.end(JSON.stringify(plan))
  const report = await text(child.stdout)
  const [code] = await closed
  signal?.removeEventListener('abort', end)
  if (code !== 0) throw new Error(`The load generator ended with code ${code}.`)
  return JSON.parse(report) as LoadReport
}
