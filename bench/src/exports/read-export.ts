import { strict as assert } from 'node:assert'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CounterfoilProcess } from '../counterfoil/counterfoil-process.js'

const EXPORT_PATH = '/audit-log/export'
const NEWLINE = 0x0a

/** An export that has begun; it is read as its reader pulls. */
export async function openExport({ port, token }: CounterfoilProcess): Promise<IncomingMessage> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'x-api-key': token }
    const asked = request({ host: '127.0.0.1', port, path: EXPORT_PATH, headers }, resolve)
    asked.on('error', reject)
    asked.end()
  })
  assert.equal(answer.statusCode, 200)
  return answer
}

/** Reads an export to its end as fast as it comes; answers how many lines came after the header. */
export async function readWhole(server: CounterfoilProcess): Promise<{ rows: number; bytes: number }> {
  let rows = -1
  let bytes = 0
  const answer = await openExport(server)
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1
  }
  assert(answer.complete, 'the export broke off')
  return { rows, bytes }
}

/** Reads at a pace for a while, then goes away. */
export async function readSlowly(
  server: CounterfoilProcess,
  bytesPerSecond: number,
  seconds: number,
): Promise<void> {
  const answer = await openExport(server)
  answer.on('error', () => {}) // It is we who break it off.
  const startMs = performance.now()
  let bytes = 0
  for (;;) {
    const elapsed = (performance.now() - startMs) / 1_000
    if (elapsed >= seconds) break
    const due = bytesPerSecond * elapsed - bytes
    const chunk = due > 0 ? (answer.read(Math.ceil(due)) as Buffer | null) : null
    if (chunk === null && answer.readableEnded) break
    bytes += chunk?.length ?? 0
    await sleep(20)
  }
  answer.destroy()
}
