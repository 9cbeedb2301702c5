import type { TestServer } from '../../../testing/test-server.js'

export interface Receipt {
  readonly id: string
  readonly seq: number
  readonly recorded_at: string
}

/** Records entries a thousand at a time; gives their receipts in order. */
export async function recordEntries(
  server: TestServer,
  key: string,
  entries: readonly object[],
): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  for (let i = 0; i < entries.length; i += 1_000) {
    const answer = await server.call(key, 'POST', '/v1/audit_log_entries', entries.slice(i, i + 1_000))
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
    receipts.push(...((answer.body.data ?? [answer.body]) as Receipt[]))
  }
  return receipts
}
