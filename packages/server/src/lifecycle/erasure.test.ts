import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseNote, parseVerifierKey, verifyNote } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { person, tokenOf } from '../dialects/access/testing/people.js'
import { sha256Into } from '../platform-hash.js'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { openDatabase } from '../sqlite/driver.js'
import { type Answer, openTestServer, type TestServer } from '../testing/test-server.js'

let server: TestServer
let key: string
let owner: string
beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
  await person(server, 'owner@example.com', { acme: 'owner' })
  await person(server, 'admin@example.com', { acme: 'admin' })
  owner = await tokenOf(server, 'owner@example.com')
}, 30_000)
afterAll(() => server.close())

const REASON = { reason: 'The person asked to be forgotten.', legal_basis: 'GDPR Art. 17(1)(b)' }
type Body = Answer['body']

/** Entries of somebody, every tenth of many others', so that most rows and bundles have some. */
async function plant(name: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (let batch = 0; batch < 4; batch++) {
    const entries = Array.from({ length: 100 }, (_, i) => ({
      action: 'order.created',
      actor: {
        type: 'user',
        id: i % 10 === 3 ? name : `somebody-${i}`,
        email: `${i % 10 === 3 ? name : i}@planted.example`,
      },
      context: { ip_address: '192.0.2.7', correlation_id: `c-${i}` },
      metadata: i % 10 === 3 ? { note: `secret of ${name}` } : { note: 'nothing' },
    }))
    const { body } = await server.call(key, 'POST', '/v1/audit_log_entries', entries)
    ids.push(...body.data.filter((_: Body, i: number) => i % 10 === 3).map(({ id }: Body) => id))
  }
  // Until the index has them, nothing is proven about it.
  await server.call(key, 'GET', `/v1/audit_log_entries?query=actor:${name}`)
  return ids
}

async function erase(choice: object, token = owner): Promise<Body> {
  const preview = await server.call(token, 'POST', '/v1/erasures/preview', choice)
  expect(preview.status).toBe(201)
  return server.call(token, 'POST', '/v1/erasures', { ...choice, ...REASON, digest: preview.body.digest })
}

async function carriedOut(id: string): Promise<Body> {
  for (;;) {
    const { body } = await server.call(owner, 'GET', `/v1/erasures/${id}`)
    if (body.status === 'carried_out') return body
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

describe('an erasure', () => {
  it('shows first what it would take away, and takes only that', async () => {
    const ids = await plant('paula')
    const choice = { sections: ['/actor', '/payload'], query: 'actor:paula' }
    const { body } = await server.call(owner, 'POST', '/v1/erasures/preview', choice)
    expect(body).toMatchObject({
      object: 'erasure_preview',
      entries: ids.length,
      sections: { '/actor': ids.length, '/payload': ids.length },
      without_sections: 0,
      protected: 0,
    })
    expect(body.sample).toHaveLength(5)
    expect(JSON.stringify(body)).not.toContain('planted.example')
    await plant('paula')
    const late = await server.call(owner, 'POST', '/v1/erasures', {
      ...choice,
      ...REASON,
      digest: body.digest,
    })
    expect(late).toMatchObject({ status: 409, body: { error: 'preview_outdated' } })
  })

  it('leaves nothing of the values in any file, and every hash and proof as it was', async () => {
    const indexedBefore = indexFiles()
    const ids = await plant('mallory')
    const indexed = indexFiles().filter((path) => !indexedBefore.includes(path))
    const before = await server.call(key, 'GET', `/v1/audit_log_entries/${ids[0]}?expand[]=chain`)
    const disclosed = await server.call(key, 'GET', `/v1/audit_log_entries/${ids[0]}/disclosure`)
    const requested = await erase({ sections: ['/actor', '/payload'], query: 'actor:mallory' })
    expect(requested).toMatchObject({
      status: 201,
      body: { status: 'pending', entries: ids.length, ...REASON },
    })
    const erasure = await carriedOut(requested.body.id)

    const after = await server.call(key, 'GET', `/v1/audit_log_entries/${ids[0]}?expand[]=chain`)
    expect(after.body).toMatchObject({
      actor: null,
      metadata: {},
      action: 'order.created',
      ip_address: '192.0.2.7',
      erased_sections: ['/actor', '/payload'],
      _chain: before.body._chain,
    })
    const left = await server.call(key, 'GET', `/v1/audit_log_entries/${ids[0]}/disclosure`)
    for (const [i, section] of left.body.sections.entries()) {
      const was = disclosed.body.sections[i]
      if (['/actor', '/payload'].includes(was.path))
        expect(section).toEqual({ path: was.path, commitment: expect.stringMatching(/^[0-9a-f]{64}$/) })
      else expect(section).toEqual(was)
    }
    // The entry itself names nobody but who erased, so what is searched for is nowhere.
    const salts = disclosed.body.sections.filter(({ path }: Body) => path !== '/context' && path !== '/event')
    for (const bytes of files(server.directory)) {
      expect(bytes.includes('mallory')).toBe(false)
      for (const { salt } of salts) expect(bytes.includes(Buffer.from(salt, 'hex'))).toBe(false)
    }
    // The engine compresses: what it wrote with the values in it must be gone as a whole.
    expect(indexed.length).toBeGreaterThan(0)
    expect(indexFiles().filter((path) => indexed.includes(path))).toEqual([])
    expect((await server.call(key, 'GET', '/v1/audit_log_entries?query=actor:mallory')).body.data).toEqual([])
    expect(
      (await server.call(key, 'GET', '/v1/audit_log_entries?query=correlation:c-3&limit=100')).body.data
        .length,
    ).toBeGreaterThan(0)
    const verified = await server.call(key, 'POST', '/v1/audit_log_entries/verify', { limit: 10_000 })
    expect(verified.body).toMatchObject({
      verified: true,
      redacted: ids.length,
    })

    const entry = await server.call(key, 'GET', `/v1/audit_log_entries/${erasure.entry_id}`)
    expect(entry.body).toMatchObject({
      action: 'log.redacted',
      metadata: { entries: ids.length, seqs_digest: erasure.seqs_digest, ...REASON },
    })
    const vkey = (await server.call(key, 'GET', '/v1/log/vkey')).body as string
    const verifier = parseVerifierKey(sha256Into, vkey.trim().split('\n')[0] as string)
    const note = parseNote(Buffer.from(erasure.certificate))
    const { text } = await verifyNote(verifyEd25519, note, [verifier])
    expect(JSON.parse(text)).toMatchObject({
      certificate: 'counterfoil-erasure/v1',
      entries: ids.length,
      seqs_digest: erasure.seqs_digest,
      entry: { id: erasure.entry_id },
    })
  }, 120_000)

  it('takes a whole entry, which is still counted and proven and no damage', async () => {
    const id = (await plant('trudy')).at(-1) as string
    const sections = ['/actor', '/context', '/event', '/payload']
    const requested = await erase({ sections, ids: [id] })
    await carriedOut(requested.body.id)
    const { body } = await server.call(key, 'GET', `/v1/audit_log_entries/${id}`)
    expect(body).toMatchObject({ id, action: null, actor: null, severity: null, erased_sections: sections })
    expect((await server.call(key, 'GET', `/v1/audit_log_entries/${id}/proof`)).status).toBe(200)
    // Other APIs have entries of which next to nothing is left, too.
    const document = '{ auditLogs(first: 100) { edges { node { id action erasedSections } } } }'
    const asked = await server.call(key, 'POST', '/graphql', { query: document })
    const nodes = asked.body.data.auditLogs.edges.map(({ node }: Body) => node)
    expect(nodes).toContainEqual({ id, action: null, erasedSections: sections })
    const columns = 'columns=id,action,actor_id'
    const csv = await server.call(key, 'GET', `/v1/audit_log_entries/export?format=csv&${columns}`)
    expect(csv.body).toContain(`${id},,\r\n`)
    const again = await server.call(owner, 'POST', '/v1/erasures/preview', { sections, ids: [id] })
    expect(again.body).toMatchObject({ entries: 0, without_sections: 1 })
    await server.call(key, 'GET', '/v1/audit_log_entries?limit=50')
  }, 120_000)

  it('that meets a damaged entry is marked with the reason and does not hold up the next', async () => {
    const spoilt = await plant('dora')
    await plant('emil')
    const database = await openDatabase(join(server.directory, 'journal.db'))
    const { seq } = await (async () => {
      const { body } = await server.call(key, 'GET', `/v1/audit_log_entries/${spoilt[0]}`)
      return body as { seq: number }
    })()
    const row =
      "log = (SELECT log FROM logs WHERE mode = 'live' AND organization_id = ?) AND first_seq <= ? AND first_seq + count > ?"
    const organization = (await server.counterfoil.access.findOrganization('acme'))?.id as string
    const damage = () =>
      database
        .prepare(`UPDATE blocks SET recorded_at = recorded_at + 1 WHERE ${row}`)
        .run(organization, seq, seq)
    expect(Number(damage().changes)).toBe(1)
    const failing = await erase({ sections: ['/payload'], ids: [spoilt[0]] })
    const next = await erase({ sections: ['/payload'], query: 'actor:emil' })
    await carriedOut(next.body.id)
    const { body } = await server.call(owner, 'GET', `/v1/erasures/${failing.body.id}`)
    expect(body).toMatchObject({
      status: 'failed',
      failure: expect.stringContaining('not what was recorded'),
    })
    database
      .prepare(`UPDATE blocks SET recorded_at = recorded_at - 1 WHERE ${row}`)
      .run(organization, seq, seq)
    database.close()
  })

  it('is for owners, takes no entry about erasures, and needs a reason', async () => {
    const admin = await tokenOf(server, 'admin@example.com')
    const choice = { sections: ['/payload'], query: 'action:log.redacted' }
    expect((await server.call(admin, 'POST', '/v1/erasures/preview', choice)).status).toBe(403)
    expect((await server.call(key, 'GET', '/v1/erasures')).status).toBe(403)
    const { body } = await server.call(owner, 'POST', '/v1/erasures/preview', choice)
    expect(body).toMatchObject({ entries: 0, protected: expect.any(Number) })
    expect(body.protected).toBeGreaterThan(0)
    const { digest } = body
    const bare = await server.call(owner, 'POST', '/v1/erasures', { ...choice, digest, legal_basis: 'none' })
    expect(bare).toMatchObject({ status: 400, body: { param: 'reason' } })
    const nothing = await server.call(owner, 'POST', '/v1/erasures', { ...choice, ...REASON, digest })
    expect(nothing).toMatchObject({ status: 400, body: { param: 'sections' } })
  })
})

/** Files of the index with entries in them. */
function indexFiles(): string[] {
  return readdirSync(join(server.directory, 'index'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('data.bin') || path.endsWith('search_text.bin'),
  )
}

/** What every file below a directory holds. */
function files(directory: string): Buffer[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path))
}
