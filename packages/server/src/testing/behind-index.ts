import { type Answer, openTestServer } from './test-server.js'

/** So many that indexing them takes longer than asking, on a busy machine too. */
const BATCH = 1_000

/**
 * Records and asks at once, of a server that does not wait for its index, until three answers are no success or
 * `roundsMax` is reached; gives those. Throws when an answer that is one does not begin with what was acknowledged last, by `newestAction`.
 */
export async function refusalsWhileBehind(
  path: string,
  newestAction: (body: Answer['body']) => unknown,
  roundsMax = 200,
): Promise<readonly Answer[]> {
  const server = await openTestServer({ read_wait_ms: '0' }, undefined, { looksNearby: false })
  try {
    const key = await server.makeKey()
    const refusals: Answer[] = []
    for (let round = 0; round < roundsMax && refusals.length < 3; round++) {
      const action = `thing.${round}`
      const batch = Array.from({ length: BATCH }, () => ({ action }))
      await server.call(key, 'POST', '/v1/audit_log_entries', batch)
      const answer = await server.call(key, 'GET', path)
      if (answer.status !== 200) refusals.push(answer)
      else if (newestAction(answer.body) !== action) throw new Error(`${path} lacks what was recorded last.`)
    }
    return refusals
  } finally {
    await server.close()
  }
}
