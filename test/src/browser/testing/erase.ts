import { setTimeout } from 'node:timers/promises'
import { tokenOf } from '../../../../packages/server/dist/dialects/access/testing/people.js'
import type { TestServer } from '../../../../packages/server/dist/testing/test-server.js'

export const REASON = 'The person asked to be forgotten.'

/** Has an owner erase sections of an entry, and waits until searches show it. */
export async function eraseAs(
  server: TestServer,
  ownerEmail: string,
  id: string,
  sections: readonly string[],
): Promise<void> {
  const token = await tokenOf(server, ownerEmail)
  const choice = { sections, ids: [id] }
  const preview = await server.call(token, 'POST', '/v1/erasures/preview', choice)
  const requested = await server.call(token, 'POST', '/v1/erasures', {
    ...choice,
    digest: preview.body.digest,
    reason: REASON,
    legal_basis: 'GDPR Art. 17(1)(b)',
  })
  if (requested.status !== 201) throw new Error(JSON.stringify(requested.body))
  for (;;) {
    const { body } = await server.call(token, 'GET', `/v1/audit_log_entries?query=id:${id}`)
    if (body.partial === undefined && body.data[0]?.erased_sections !== undefined) return
    await setTimeout(50)
  }
}
