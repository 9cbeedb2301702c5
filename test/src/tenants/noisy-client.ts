import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../support/api.js'
import { NumberedEntries } from '../support/numbered-entry.js'

// One noisy organization, in a process of its own: keeps as many connections busy as it is told until its input ends,
// then prints how often each status was answered. What is refused is sent again after half a second, which is sooner than it is told.

const [url, token, kind, connections] = process.argv.slice(2) as [string, string, string, string]
const BATCH = 100
const REFUSED_PAUSE_MS = 500
const SEED = 99_000

const api = new Api(url, token)
const entries = new NumberedEntries(SEED + process.pid)
const statuses: Record<string, number> = {}
let number = 0
let ended = false

function batch(): string {
  return Array.from({ length: BATCH }, () => `${JSON.stringify(entries.draft(number++))}\n`).join('')
}

// Made once: this process shall not need the processor that the server needs.
const bodies = Array.from({ length: 32 }, batch).map((body) => body.replaceAll(/"id":"[^"]+",/g, ''))

const REQUESTS: Readonly<Record<string, (i: number) => Promise<{ readonly status: number }>>> = {
  record: (i) =>
    api.post('/v1/audit_log_entries', bodies[i % bodies.length] as string, 'application/x-ndjson'),
  // Every one looks at all entries, none is like another.
  search: (i) => api.get(`/v1/audit_log_entries/facets?search=${(i % 4_096).toString(16)}`),
  pages: () => api.get('/v1/audit_log_entries?limit=100'),
  export: () => api.get('/audit-log/export?startTime=2020-01-01T00:00:00Z&endTime=2100-01-01T00:00:00Z'),
}

async function keepBusy(i: number): Promise<void> {
  const send = REQUESTS[kind] as (i: number) => Promise<{ readonly status: number }>
  for (let sent = i; !ended; sent += Number(connections)) {
    const status = await send(sent).then(
      (answer) => answer.status,
      () => 0,
    )
    if (ended) return
    statuses[status] = (statuses[status] ?? 0) + 1
    if (status >= 300 || status === 0) await delay(REFUSED_PAUSE_MS)
  }
}

process.stdin.resume().once('end', () => {
  ended = true
  process.stdout.write(JSON.stringify(statuses), () => process.exit(0))
})
process.stdout.write('busy\n')
await Promise.all(Array.from({ length: Number(connections) }, (_, i) => keepBusy(i)))
