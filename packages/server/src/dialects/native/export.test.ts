import { BodyHasher, canonicalJson, fromHex, LeafHasher, type SectionPath, toHex } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sha256Into } from '../../platform-hash.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { EXPORT_COLUMNS } from './export-columns.js'

const PATH = '/v1/audit_log_entries'
const ENTRIES = [
  { action: 'order.created', actor: { type: 'user', id: 'u_1', label: '=1+1' }, description: 'a, "b"\r\nc' },
  {
    action: 'order.updated',
    severity: 'warning',
    before: { a: 1 },
    after: { a: 2 },
    metadata: { z: 1, a: 'é🦊' },
  },
  { action: 'invoice.paid', context: { ip_address: '10.0.0.1', user_agent: '@SUM(A1)' } },
]

let server: TestServer
let key: string
let ids: readonly string[]
beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
  const { body } = await server.call(key, 'POST', PATH, ENTRIES)
  ids = body.data.map(({ id }: { id: string }) => id)
  // An export with a filter is refused while the engine is still starting.
  const isReady = async () => expect((await server.call(undefined, 'GET', '/readyz')).body.index).toBe('ok')
  await vi.waitFor(isReady, { timeout: 20_000 })
})
afterAll(() => server.close())

const get = (query: string, token = key) => server.call(token, 'GET', `${PATH}/export?${query}`)

describe('an export', () => {
  it('is CSV of the columns that were chosen, in their order, newest first', async () => {
    const { status, headers, body } = await get('columns=action,severity,seq')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(headers.get('content-disposition')).toBe('attachment; filename="audit-log.csv"')
    expect(body.split('\r\n').slice(0, 4)).toEqual([
      'action,severity,seq',
      'invoice.paid,info,2',
      'order.updated,warning,1',
      'order.created,info,0',
    ])
  })

  it('has every column when none is chosen', async () => {
    const { body } = await get('action=invoice.paid')
    expect(body.split('\r\n')[0]).toBe(EXPORT_COLUMNS.join(','))
    expect(body).toContain('10.0.0.1')
  })

  it('holds no cell that a spreadsheet would run, and keeps every other character', async () => {
    const { body } = await get('columns=actor_label,user_agent,description,metadata&order=asc')
    expect(body).toContain('\'=1+1,,"a, ""b""\r\nc",')
    expect(body).toContain("'@SUM(A1)")
    expect(body).toContain('"{""a"":""é🦊"",""z"":1}"')
  })

  it('is NDJSON of exactly what is filtered', async () => {
    const { headers, body } = await get('format=ndjson&action=order.*&order=asc')
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    const lines = body
      .trimEnd()
      .split('\n')
      .map((line: string) => JSON.parse(line))
    expect(lines.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2))
    expect(lines[1]).toMatchObject({ seq: 1, before: { a: 1 }, metadata: { a: 'é🦊' } })
  })

  it.each(['columns=nothing', 'columns=', 'columns=action,action', 'format=xml', 'colums=action'])(
    'refuses %s by name',
    async (query) => {
      expect(await get(query)).toMatchObject({ status: 400, body: { param: query.split('=')[0] } })
    },
  )

  it('is recorded, with what was asked for', async () => {
    const exporter = await server.makeKey({ slug: 'exporting' })
    await server.call(exporter, 'POST', PATH, { action: 'a.b' })
    await get('columns=action', exporter)
    const { body } = await server.call(exporter, 'GET', `${PATH}?action=log.exported`)
    expect(body.data).toHaveLength(1)
    expect(body.data[0].metadata).toMatchObject({ format: 'csv', query: '?columns=action' })
  })
})

describe('a disclosure', () => {
  const disclosed = (id: string, token = key) => server.call(token, 'GET', `${PATH}/${id}/disclosure`)

  it('is all that the hash of each entry is computed from', async () => {
    for (const id of ids) {
      const { body } = await disclosed(id)
      const bodies = new BodyHasher(sha256Into)
      const out = new Uint8Array(32)
      bodies.begin()
      for (const { path, salt, value } of body.sections)
        bodies.addSection(path as SectionPath, fromHex(salt) as Uint8Array, 0, canonicalJson(value))
      bodies.finish(out, 0)
      const leaf = {
        body: toHex(out),
        id,
        log: body.log,
        prev: body.prev_hash,
        seq: body.seq,
        t: body.recorded_at,
      }
      expect(new LeafHasher(sha256Into).hashHex(leaf)).toBe(body.entry_hash)
      const { body: entry } = await server.call(key, 'GET', `${PATH}/${id}?expand[]=chain`)
      expect(entry._chain).toMatchObject({ entry_hash: body.entry_hash, prev_hash: body.prev_hash })
    }
  })

  it('of what is not there, or is not for the caller, is the same as nothing', async () => {
    const stranger = await server.makeKey({ slug: 'strangers' })
    const own = await server.makeKey({ scopes: ['audit:read:own'] })
    for (const [id, token] of [
      [ids[0] as string, stranger],
      [ids[0] as string, own],
      ['0193b1c2-0000-7000-8000-000000000009', key],
      ['nothing', key],
    ] as const)
      expect(await disclosed(id, token)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})
