import type { Entry } from '@counterfoil/core'
import { randomEntries, seededRandom } from '../../../core/dist/query/testing/random-query.js'
import type { TestServer } from './test-server.js'

const PATH = '/v1/audit_log_entries'
const BATCH = 100

/** The server's part of an entry. */
type Receipt = Pick<Entry, 'id' | 'seq' | 'recorded_at'>

/**
 * Records random entries and gives them as recorded, oldest first: what a query model's oracle takes. The random entries
 * are wider than what may be recorded, so those that the server refuses are left out.
 */
export async function recordRandomEntries(
  server: TestServer,
  key: string,
  count: number,
  seed: number,
): Promise<Entry[]> {
  const recorded: Entry[] = []
  const drawn = randomEntries(seededRandom(seed), count)
  const { organizationId, mode } = server.counterfoil.access.authenticate(key) as {
    organizationId: string
    mode: Entry['mode']
  }
  for (let first = 0; first < drawn.length; first += BATCH) {
    const batch = drawn.slice(first, first + BATCH)
    for (const { receipt, entry } of await recordWhatMayBe(server, key, batch)) {
      recorded.push({ ...entry, ...receipt, organization_id: organizationId, mode })
    }
  }
  return recorded
}

async function recordWhatMayBe(
  server: TestServer,
  key: string,
  batch: readonly Entry[],
): Promise<{ receipt: Receipt; entry: Entry }[]> {
  let left = batch
  while (left.length > 0) {
    const { status, body } = await server.call(key, 'POST', PATH, left.map(toSent))
    if (status === 201) {
      return left.map((entry, i) => {
        const { id, seq, recorded_at } = body.data[i]
        return { receipt: { id, seq, recorded_at }, entry }
      })
    }
    const refused = new Set(
      (body.problems as { pointer: string }[]).map(({ pointer }) => Number(pointer.split('/')[1])),
    )
    if (refused.size === 0) throw new Error(`Recording was answered with ${status} and no problems.`)
    left = left.filter((_, i) => !refused.has(i))
  }
  return []
}

function toSent({ organization_id: _o, mode: _m, seq: _s, recorded_at: _r, ...sent }: Entry): object {
  return sent
}
