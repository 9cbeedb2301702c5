import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TestClickHouse } from '../index/testing/clickhouse-server.js'
import { resolveSettings } from '../settings/settings.js'
import { TcpProxy } from '../testing/tcp-proxy.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { serverAddress } from './open-search.js'

const PATH = '/v1/audit_log_entries'
let clickhouse: TestClickHouse
let proxy: TcpProxy
beforeAll(async () => {
  clickhouse = await TestClickHouse.open()
  proxy = await TcpProxy.open(() => ({ host: '127.0.0.1', port: clickhouse.port }))
}, 60_000)
afterAll(async () => {
  await proxy.close()
  await clickhouse.remove()
})

let databases = 0
const urlOf = (database: string) =>
  `http://${clickhouse.user}:${clickhouse.password}@127.0.0.1:${proxy.port}/${database}`

describe('a whole server with clickhouse_url', () => {
  let server: TestServer
  let key: string
  const open = async (flags: Parameters<typeof openTestServer>[0] = {}) => {
    server = await openTestServer({ clickhouse_url: urlOf(`whole_${databases++}`), ...flags })
    key = await server.makeKey()
  }
  afterEach(async () => {
    proxy.fault = { kind: 'none' }
    await server.close()
  })
  const record = async (count: number, action: string) => {
    const entries = Array.from({ length: count }, (_, i) => ({ action, metadata: { i } }))
    expect((await server.call(key, 'POST', PATH, entries)).status).toBe(201)
  }
  const list = async (query: string) => (await server.call(key, 'GET', `${PATH}?limit=200&${query}`)).body
  const found = async (action: string) =>
    (await list(`action=${action}&include_count=true`).catch(() => ({}))).total_count

  it.each([
    ['gone', { kind: 'cut' }],
    ['half open', { kind: 'half_open' }],
  ] as const)('records on while the connection is %s, says so, and catches up', async (_what, fault) => {
    await open({
      read_wait_ms: '300',
      clickhouse_query_timeout_ms: '1000',
      clickhouse_write_timeout_ms: '1500',
    })
    await record(20, 'before.fault')
    await expect.poll(() => found('before.fault'), { timeout: 30_000 }).toBe(20)
    proxy.fault = fault
    await record(20, 'during.fault')
    // The list is short enough to be looked for in the journal; a count is not, and says why there is none.
    expect((await list('action=during.fault')).data).toHaveLength(20)
    const counted = await server.call(key, 'GET', `${PATH}?action=during.fault&include_count=true`)
    expect([counted.status, counted.body.code]).toEqual([503, 'index_unavailable'])
    const readyz = async () => (await server.call(undefined, 'GET', '/readyz')).body.index
    await expect.poll(readyz, { timeout: 30_000 }).toBe('away')
    await record(20, 'during.fault')
    proxy.fault = { kind: 'none' }
    await expect.poll(() => found('during.fault'), { timeout: 30_000 }).toBe(40)
    expect(await found('before.fault')).toBe(20)
  })

  it('starts and records while the server is away, and fills the index when it comes', async () => {
    proxy.fault = { kind: 'cut' }
    await open({ read_wait_ms: '300' })
    await record(30, 'early.bird')
    expect((await list('action=early.bird')).data).toHaveLength(30)
    proxy.fault = { kind: 'none' }
    await expect.poll(() => found('early.bird'), { timeout: 30_000 }).toBe(30)
  })

  it('searches over compressed requests and answers, slowly and all the same', async () => {
    await open({ clickhouse_compression: 'on', read_wait_ms: '20000' })
    proxy.fault = { kind: 'delay', ms: 20 }
    await record(50, 'far.away')
    expect(await found('far.away')).toBe(50)
  })

  it('is refused a database that is the index of another installation', async () => {
    const database = `whole_${databases}`
    await open()
    const directory = mkdtempSync(join(tmpdir(), 'counterfoil-second-'))
    await expect(openTestServer({ clickhouse_url: urlOf(database) }, directory)).rejects.toMatchObject({
      code: 'invalid_setting',
      param: 'clickhouse_database',
      hint: expect.stringMatching(
        new RegExp(`^The ClickHouse database "${database}" is the index of another Counterfoil`),
      ),
    })
    rmSync(directory, { recursive: true })
    server = await server.restart()
    await record(3, 'still.ours')
  })

  it('is refused a wrong password when it starts', async () => {
    await open()
    const wrong = urlOf('whole_wrong').replace(clickhouse.password, 'guess')
    await expect(openTestServer({ clickhouse_url: wrong })).rejects.toMatchObject({
      code: 'invalid_setting',
      param: 'clickhouse_password',
    })
  })
})

describe('clickhouse_url', () => {
  const addressOf = (flags: Parameters<typeof resolveSettings>[0]) =>
    serverAddress(resolveSettings(flags, {}, {}).values)

  it('may hold user, password and database, and wins over the settings beside it', () => {
    expect(
      addressOf({ clickhouse_url: 'https://us%40er:p%2Fw@ch.example:8443/audit', clickhouse_user: 'other' }),
    ).toMatchObject({ url: 'https://ch.example:8443', user: 'us@er', password: 'p/w', database: 'audit' })
    expect(
      addressOf({ clickhouse_url: 'http://ch.example:8123', clickhouse_user: 'u', clickhouse_password: 'p' }),
    ).toMatchObject({ url: 'http://ch.example:8123', user: 'u', password: 'p', database: 'counterfoil' })
  })

  it.each(['http://h/a/b', 'http://h/a-b', 'http://h/?x=1', 'http://h/a;DROP'])('is refused as %s', (url) => {
    expect(() => addressOf({ clickhouse_url: url })).toThrow(
      expect.objectContaining({ param: 'clickhouse_url' }),
    )
  })

  it('is never told with its password', () => {
    const flags = { clickhouse_url: 'ftp://user:hunter2@h' }
    expect(() => addressOf(flags)).toThrow(
      expect.objectContaining({ hint: expect.not.stringContaining('hunter2') }),
    )
  })
})
