import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Api } from '../support/api.js'
import { NumberedEntries } from '../support/numbered-entry.js'

const CLIENT = fileURLToPath(new URL('./noisy-client.js', import.meta.url))
const BATCH = 1_000
/** Between two requests of the quiet organization: it is quiet. */
const PAUSE_MS = 4

export type Noise = 'record' | 'search' | 'pages' | 'export'

/** An organization that keeps `connections` busy, in a process of its own. */
export interface NoisyOrganization {
  /** Ends it; gives how often each status was answered, `0` standing for none. */
  stop(): Promise<Readonly<Record<string, number>>>
}

/** Starts to make noise and waits until it is in full swing. */
export async function makeNoise(
  url: string,
  token: string,
  noise: Noise,
  connections: number,
): Promise<NoisyOrganization> {
  const child = spawn(process.execPath, [CLIENT, url, token, noise, `${connections}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  const busy = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('busy')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`the noisy client ended with ${code}`)))
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await busy
  await delay(1_000)
  return {
    stop: async () => {
      child.stdin.end()
      await ended
      return JSON.parse(output.slice(output.indexOf('{'))) as Record<string, number>
    },
  }
}

/** What the quiet organization does; each is a request after the other, as one person or service sends them. */
export const QUIET_REQUESTS = {
  record: (api: Api, i: number) =>
    api.post('/v1/audit_log_entries', JSON.stringify({ action: 'quiet.came', metadata: { i } })),
  page: (api: Api) => api.get('/v1/audit_log_entries?limit=50'),
  search: (api: Api) => api.get('/v1/audit_log_entries?limit=50&action=load.created'),
} as const
export type QuietRequest = keyof typeof QUIET_REQUESTS

/**
 * Milliseconds that each of `count` requests took, or of as many as there were in `msMax`. Throws for an answer that is
 * no success.
 */
export async function quietLatencies(
  api: Api,
  request: QuietRequest,
  count: number,
  msMax: number,
): Promise<number[]> {
  const latencies: number[] = []
  const endMs = performance.now() + msMax
  for (let i = 0; i < count && performance.now() < endMs; i++) {
    const startMs = performance.now()
    const { status, text } = await QUIET_REQUESTS[request](api, i)
    latencies.push(performance.now() - startMs)
    if (status >= 300) throw new Error(`the quiet organization was answered ${status}: ${text}`)
    await delay(PAUSE_MS)
  }
  return latencies
}

/** Records `count` entries, so that there is something to search and export. */
export async function fill(api: Api, seed: number, count: number): Promise<void> {
  const entries = new NumberedEntries(seed)
  for (let from = 0; from < count; from += BATCH) {
    const lines = Array.from({ length: BATCH }, (_, i) => `${JSON.stringify(entries.draft(from + i))}\n`)
    const { status, text } = await api.post('/v1/audit_log_entries', lines.join(''), 'application/x-ndjson')
    if (status !== 201) throw new Error(`filling was answered ${status}: ${text}`)
  }
}
