import { setTimeout as delay } from 'node:timers/promises'
import type { TestServer } from './test-server.js'

const PER_REQUEST = 10

/** Records entries at a steady pace until it is stopped; `stop` gives how many it recorded. `toEntry` takes their number. */
export function startArrivals(
  server: TestServer,
  key: string,
  perSecond: number,
  toEntry: (number: number) => object,
): { readonly stop: () => Promise<number> } {
  const stopping = new AbortController()
  const running = (async () => {
    const startedAt = performance.now()
    let recorded = 0
    while (!stopping.signal.aborted) {
      const body = Array.from({ length: PER_REQUEST }, (_, i) => toEntry(recorded + i))
      const { status } = await server.call(key, 'POST', '/v1/audit_log_entries', body)
      if (status !== 201) throw new Error(`An arriving entry was answered with ${status}.`)
      recorded += PER_REQUEST
      const dueMs = startedAt + (recorded / perSecond) * 1_000
      await delay(Math.max(0, dueMs - performance.now()))
    }
    return recorded
  })()
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}
