import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runLoadProcess } from '../load/load-process.js'
import type { LoadPlan, LoadReport } from '../load/plan.js'

const ENTRY_POINT = fileURLToPath(new URL('./main.js', import.meta.url))

export interface CeilingParameters {
  readonly seed: number
  readonly seconds: number
  readonly batchEntries: number
  readonly batchConnections: number
  readonly singleConnections: number
}

export interface Ceiling {
  readonly batches: LoadReport
  readonly singles: LoadReport
}

/**
 * What the load generator reaches against a server that does nothing, on this machine, today. A figure of
 * the benchmark near its ceiling says something about the generator, not about the server.
 */
export async function measureCeiling(parameters: CeilingParameters): Promise<Ceiling> {
  const server = spawn(process.execPath, [ENTRY_POINT], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [firstLine] = await once(server.stdout, 'data')
    const port = Number(String(firstLine))
    const { batchConnections, batchEntries, singleConnections } = parameters
    return {
      batches: await runLoadProcess(ceilingPlan(parameters, port, batchConnections, batchEntries)),
      singles: await runLoadProcess(ceilingPlan(parameters, port, singleConnections, 1)),
    }
  } finally {
    const ended = once(server, 'exit')
    server.stdin.end()
    await ended
  }
}

function ceilingPlan(
  parameters: CeilingParameters,
  port: number,
  connections: number,
  entriesPerRequest: number,
): LoadPlan {
  return {
    port,
    token: 'none',
    connections,
    requests: {
      kind: 'record',
      path: '/v1/audit_log_entries',
      seed: parameters.seed,
      first: 0,
      entriesPerRequest,
      format: entriesPerRequest === 1 ? 'single' : 'array',
    },
    secondsMax: parameters.seconds,
    requestsMax: Number.MAX_SAFE_INTEGER,
    progressEverySeconds: 0,
  }
}
