import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AccessStore } from '../access/access-store.js'
import { openSqliteAccessStore } from '../access/sqlite-access-store.js'
import { openDatabase } from '../sqlite/driver.js'
import { CatalogueRuleStore } from './catalogue-rules.js'

let directory: string
let access: AccessStore
let rules: CatalogueRuleStore

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-rules-'))
  access = await openSqliteAccessStore(join(directory, 'access.db'))
  rules = await CatalogueRuleStore.open({ kind: 'sqlite', path: join(directory, 'access.db') })
})
afterEach(async () => {
  await rules.close()
  await access.close()
  rmSync(directory, { recursive: true })
})

const logOf = (organizationId: string) => ({ organization_id: organizationId, mode: 'live' }) as const

/** Sets actions with a schema each, and a policy; gives the revision. */
async function setUp(organizationId: string, schemas: readonly string[]): Promise<number> {
  await access.transaction(async (access) => {
    for (const [i, schema] of schemas.entries()) {
      const action = `a${i}`
      await access.catalogue.setAction({ organizationId, action, group: undefined, description: '' })
      await access.catalogue.setSchema(organizationId, action, schema)
    }
    const policies = { unknown_action: 'refuse', metadata_mismatch: 'refuse' } as const
    await access.catalogue.setPolicies(organizationId, 'live', policies)
  })
  return (await access.catalogueRevision(logOf(organizationId))) as number
}

it('keeps rules until their catalogue changes, and reads them anew then', async () => {
  const first = await rules.rulesOf(logOf('o'), await setUp('o', ['{"required":["a"]}']))
  const revision = (await access.catalogueRevision(logOf('o'))) as number
  expect(await rules.rulesOf(logOf('o'), revision)).toBe(first)
  const changed = await setUp('o', ['{"required":["b"]}'])
  expect(changed).toBeGreaterThan(revision)
  const second = await rules.rulesOf(logOf('o'), changed)
  expect(second.actions.get('a0')).toMatchObject({ version: 2, schema: { json: '{"required":["b"]}' } })
  expect(second.actions.has('person.added')).toBe(true)
})

it('keeps organizations apart', async () => {
  const one = await rules.rulesOf(logOf('one'), await setUp('one', ['{}']))
  const other = await rules.rulesOf(logOf('other'), await setUp('other', []))
  expect(one.actions.has('a0')).toBe(true)
  expect(other.actions.has('a0')).toBe(false)
})

it('lets go of what was used longest ago, once it is much', async () => {
  const large = Array.from({ length: 64 }, (_, i) => JSON.stringify({ title: `${i}`.padEnd(16_000, 'x') }))
  const revisions = await Promise.all(Array.from({ length: 36 }, (_, i) => setUp(`o${i}`, large)))
  const read = (i: number) => rules.rulesOf(logOf(`o${i}`), revisions[i] as number)
  const first = await read(0)
  const second = await read(1)
  for (let i = 2; i < 30; i++) await read(i)
  expect(await read(0)).toBe(first)
  for (let i = 30; i < 36; i++) await read(i)
  expect(await read(0)).toBe(first)
  expect(await read(1)).not.toBe(second)
}, 60_000)

it('lets nothing pass by a schema that it does not understand', async () => {
  const revision = await setUp('o', ['{}'])
  const database = await openDatabase(join(directory, 'access.db'))
  database.exec(`UPDATE catalogue_schemas SET schema = '{"keywordOfTheFuture":1}'`)
  database.close()
  expect((await rules.rulesOf(logOf('o'), revision)).actions.get('a0')?.schema?.rule).toMatchObject({
    never: true,
  })
})

it('has no revision for a log in which everything is accepted', async () => {
  await setUp('o', ['{}'])
  expect(await access.catalogueRevision({ organization_id: 'o', mode: 'test' })).toBeUndefined()
  expect(await access.catalogueRevision(logOf('nobody'))).toBeUndefined()
})
