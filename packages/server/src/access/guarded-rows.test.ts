import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCatalogueFlags } from '../catalogue/open-catalogue.js'
import { openPostgres, type Postgres } from '../postgres/postgres.js'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import { EVERY_ORGANIZATION, type SqlDatabase } from '../sql/sql-database.js'
import type { Organization } from './access-store.js'
import { openAccessStore, openAccessTables } from './open-access-store.js'

let url: string
let tables: SqlDatabase
let postgres: Postgres
let organizations: readonly Organization[]

beforeAll(async () => {
  url = await createTestDatabase()
  const access = await openAccessStore({ kind: 'postgres', url })
  await (await openCatalogueFlags({ kind: 'postgres', url })).close()
  organizations = [await access.createOrganization('acme'), await access.createOrganization('other')]
  for (const organization of organizations) {
    await access.createKey({ organization, mode: 'live', scopes: ['audit:read'], name: '' })
    await access.workspaces.create(organization.id, 'one', 'One')
  }
  await access.close()
  tables = await openAccessTables({ kind: 'postgres', url })
  postgres = await openPostgres({ url, purpose: 'test' })
})
afterAll(async () => {
  await tables.close()
  await postgres.close()
})

describe('rows that belong to an organization, in PostgreSQL', () => {
  it('are guarded in every table that names one', async () => {
    const { rows } = await postgres.query<{ name: string; guarded: boolean }>(
      `SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS guarded FROM pg_class
       JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'organization_id'
       WHERE relnamespace = 'counterfoil'::regnamespace AND relkind = 'r' ORDER BY 1`,
    )
    expect(rows.length).toBeGreaterThan(25)
    expect(rows.filter(({ guarded }) => !guarded)).toEqual([])
  })

  it.each([
    ['workspaces', 'SELECT organization_id FROM workspaces'],
    ['keys', 'SELECT organization_id FROM api_keys'],
    [
      'a join of both',
      'SELECT w.organization_id FROM workspaces w, api_keys k WHERE w.organization_id = k.organization_id',
    ],
  ])('are not seen by a statement about %s that forgets its filter', async (_what, text) => {
    const [acme, other] = organizations.map(({ id }) => id) as [string, string]
    expect(await tables.all(text)).toEqual([])
    expect(await tables.of(other).all(text)).toEqual([{ organization_id: other }])
    expect(await tables.of(EVERY_ORGANIZATION).all(text)).toHaveLength(2)
    const seen = await tables.transaction(async (sql) => [
      await sql.of(acme).all(text),
      // What the statement before it was about holds for it alone.
      await sql.all(text),
      await sql.of(other).all(text),
    ])
    expect(seen).toEqual([[{ organization_id: acme }], [], [{ organization_id: other }]])
  })

  it('are not changed by such a statement either, nor given to another organization', async () => {
    const [acme = '', other = ''] = organizations.map(({ id }) => id)
    expect(await tables.run("UPDATE workspaces SET name = 'x'")).toBe(0)
    expect(await tables.of(acme).run('UPDATE workspaces SET name = ?', 'renamed')).toBe(1)
    const giving = tables.of(acme).run('UPDATE workspaces SET organization_id = ?', other)
    await expect(giving).rejects.toThrow(/row-level security/)
    const names = await tables.of(EVERY_ORGANIZATION).all('SELECT name FROM workspaces ORDER BY name')
    expect(names).toEqual([{ name: 'One' }, { name: 'renamed' }])
  })
})
