import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccessStore, Organization } from '../access/access-store.js'
import { COUNTERFOIL } from '../access/administration/doer.js'
import { createWorkspace } from '../access/administration/workspaces.js'
import { openAccessStore } from '../access/open-access-store.js'
import type { OutboxEntry } from '../access/tables/outbox-table.js'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'

// A server, and a process that changes something and is killed before it has told the journal.
let server: TestServer
let killed: AccessStore
beforeAll(async () => {
  const database_url = await createTestDatabase()
  server = await openTestServer({ database_url })
  killed = await openAccessStore({ kind: 'postgres', url: database_url })
})
afterAll(async () => {
  await killed?.close()
  await server?.close()
})

it('takes what a killed process left to the journal, and once what two processes took', async () => {
  const key = await server.makeKey()
  const organization = (await killed.findOrganization('acme')) as Organization
  const taken: OutboxEntry[] = []
  for (let i = 0; i < 20; i++) {
    await createWorkspace(killed, COUNTERFOIL, organization, `w${i}`, 'w')
    taken.push(...(await killed.outbox.oldest(10)))
    await server.counterfoil.selfAudit.settled()
  }
  // Another process had found the same entries before they were gone, and hands them over after.
  for (const { log, json } of taken) await killed.outbox.add(log, json)
  await expect.poll(() => killed.outbox.oldest(1), { timeout: 30_000 }).toEqual([])
  const answer = await server.call(key, 'GET', '/v1/audit_log_entries?action=workspace.created&limit=100')
  expect(answer.body.data).toHaveLength(20)
  expect(taken.length).toBeGreaterThan(0)
})
