import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogName, parseVerifierKey, SECTION_PATHS } from '@counterfoil/core'
import { DirectorySource, nodePlatform, verifyBundle } from '@counterfoil/verify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { COUNTERFOIL, commandLine } from '../../access/administration/doer.js'
import { addErasure } from '../../access/administration/erasures.js'
import { person, tokenOf } from '../../dialects/access/testing/people.js'
import { uuidV7 } from '../../journal/uuid.js'
import { sha256Into } from '../../platform-hash.js'
import { type Answer, openTestServer, type TestServer } from '../../testing/test-server.js'
import { fillOldLog } from '../testing/old-log.js'

const ENTRIES = 6_000
const DAYS = 60
/** Random, so that it takes its space on disk. */
const BYTES = 1_500

let server: TestServer
let log: LogName
let key: string
let owner: string
let archives: string
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'counterfoil-retention-'))
  archives = mkdtempSync(join(tmpdir(), 'counterfoil-archives-'))
  log = await fillOldLog({ directory, days: DAYS, entries: ENTRIES, bytes: BYTES })
  server = await openTestServer({ archive_directory: archives }, directory)
  key = await server.makeKey()
  await person(server, 'owner@example.com', { acme: 'owner' })
  await person(server, 'auditor@example.com', { acme: 'auditor' })
  owner = await tokenOf(server, 'owner@example.com')
  // The ledger and the index have everything.
  await preview()
  await signed(ENTRIES)
}, 120_000)
afterAll(async () => {
  await server.close()
  rmSync(archives, { recursive: true })
})

type Body = Answer['body']
const ask = async (method: string, path: string, body?: object, token = owner): Promise<Body> =>
  (await server.call(token, method, path, body)).body
const list = async (query: string): Promise<Body[]> =>
  (await ask('GET', `/v1/audit_log_entries?${query}`, undefined, key)).data
/** How many there are, once the index has all that was recorded or replaced. */
const count = async (query: string): Promise<number> => {
  const path = `/v1/audit_log_entries/histogram?interval=day&${query}`
  for (;;) {
    const { status, body } = await server.call(key, 'GET', path)
    if (status === 200) return body.data.reduce((sum: number, { total }: Body) => sum + total, 0)
    expect(status).toBe(503)
    await pause()
  }
}

async function signed(size: number): Promise<void> {
  while ((await ask('GET', '/v1/log', undefined, key)).size < size) await pause()
}

/** What would go, once the index has all that was recorded. */
async function preview(): Promise<Body> {
  for (;;) {
    const { status, body } = await server.call(owner, 'GET', '/v1/retention/preview')
    if (status === 200) return body
    expect(status).toBe(503)
    await pause()
  }
}

/** Runs retention, and waits until everything is carried out. */
async function run(): Promise<string> {
  const { id } = await ask('POST', '/v1/retention/runs', {})
  for (;;) {
    const { runs, prunes } = await ask('GET', '/v1/retention')
    const erasures = (await ask('GET', '/v1/erasures')).data
    const { outcome } = runs.find((one: Body) => one.id === id)
    const isDone = [...prunes, ...erasures].every(({ status }: Body) => status !== 'pending')
    if (outcome !== null && isDone) return outcome
    await pause()
  }
}
/** The archive that was asked for last, once it was made, or could not be. */
async function newestArchive(): Promise<Body> {
  for (;;) {
    const [archive] = (await ask('GET', '/v1/archives')).data
    if (archive.status !== 'pending') return archive
    await pause()
  }
}
const pause = () => new Promise((resolve) => setTimeout(resolve, 100))

/** Bytes on disk below the data directory; the engine lets go of files at any moment. */
function used(...parts: string[]): number {
  const at = join(server.directory, ...parts)
  const found = statSync(at, { throwIfNoEntry: false })
  if (found?.isDirectory() !== true) return (found?.blocks ?? 0) * 512
  try {
    return readdirSync(at).reduce((sum, name) => sum + used(...parts, name), 0)
  } catch {
    return 0
  }
}

/** What lost what it said is whole in an archive, which the entry about it names. */
async function expectArchived(going: readonly Body[], noted: Body): Promise<void> {
  const [archive] = (await ask('GET', '/v1/archives')).data
  const { place, digest, bytes } = archive
  expect(archive).toMatchObject({ status: 'made', from: going[0].seq, entries: going.length })
  expect(noted.metadata.archive).toEqual({ place, digest, bytes })
  const report = await verifyBundle(nodePlatform, new DirectorySource(place), {})
  expect(report).toMatchObject({ verdict: 'verified', kind: 'selection', entries: going.length })
  expect(report.sections).toMatchObject({ redacted: 0, FAILED: 0 })
  const lines = readFileSync(join(place, 'disclosures/000000.jsonl'), 'utf8').trimEnd().split('\n')
  const held = lines.map((line) => JSON.parse(line))
  expect(held.map(({ id }) => id)).toEqual(going.map(({ id }) => id))
  for (const [i, { sections }] of held.entries()) {
    const value = (path: string) => sections.find((section: Body) => section.path === path)?.value
    const { metadata, actor } = going[i]
    expect([value('/payload')?.metadata, value('/actor')?.id]).toEqual([metadata, actor.id])
  }
  for (const { seq, archivedAt } of [
    { seq: going[0].seq, archivedAt: Date.parse(archive.archived_at) },
    // Of another category, and between them.
    { seq: going[0].seq + 1, archivedAt: Number.NaN },
  ]) {
    const [entry] = await list(`order=asc&limit=1&offset=${seq}&expand[]=data.chain`)
    expect([entry.seq, Date.parse(entry._chain.archived_at)]).toEqual([seq, archivedAt])
  }
}

/** Has the evidence of the log exported, and verifies it. */
async function proofReport() {
  const directory = mkdtempSync(join(tmpdir(), 'counterfoil-export-'))
  try {
    const response = await fetch(`${server.url}/v1/log/export`, {
      headers: { authorization: `Bearer ${key}` },
    })
    const archive = join(directory, 'audit-log.tar')
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()))
    execFileSync('tar', ['-xf', archive, '-C', directory])
    const vkey = (await ask('GET', '/v1/log/vkey', undefined, key)).trim()
    const trust = { keys: [parseVerifierKey(sha256Into, vkey)] }
    return await verifyBundle(nodePlatform, new DirectorySource(join(directory, 'audit-log')), { trust })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

it('keeps everything unless a policy says otherwise', async () => {
  expect(await preview()).toMatchObject({ prune: null, expiries: [] })
  expect(await run()).toBe('Nothing goes.')
  expect(await ask('GET', '/v1/retention')).toMatchObject({ min_index: 0, policies: [], holds: [] })
})

it.each([
  [{ removes: 'content' }, 'keep_days'],
  [{ removes: 'content', keep_days: 0 }, 'keep_days'],
  [{ removes: 'entries', keep_days: 30, category: 'authentication' }, 'removes'],
])('refuses a policy that cannot be kept: %j', async (policy, param) => {
  const answer = await server.call(owner, 'PUT', '/v1/retention/policies', policy)
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request', param } })
})

it('is for owners to set, and for auditors to see', async () => {
  const auditor = await tokenOf(server, 'auditor@example.com')
  expect((await server.call(auditor, 'GET', '/v1/retention/preview')).status).toBe(200)
  const policy = { removes: 'content', keep_days: 30 }
  expect((await server.call(auditor, 'PUT', '/v1/retention/policies', policy)).status).toBe(403)
})

it('takes what entries of one category say, but for those under a hold, and everything still verifies', async () => {
  await ask('PUT', '/v1/retention/policies', {
    category: 'authentication',
    keep_days: 30,
    removes: 'content',
  })
  const hold = await ask('POST', '/v1/legal_holds', {
    name: 'Case 8',
    reason: 'a lawsuit',
    query: 'actor:u3',
  })
  const [expiry] = (await preview()).expiries
  const before = await count('category=authentication')
  // Half of 600 entries, give or take those of a day.
  expect(expiry.entries).toBeGreaterThan(280)
  expect(expiry.entries).toBeLessThan(320)
  expect(expiry.held_back).toMatchObject([{ id: hold.id, name: 'Case 8' }])
  const going = expiry.entries - expiry.held_back[0].entries
  expect(await run()).toBe(`${going} entries lose what they say.`)
  expect(await count('category=authentication')).toBe(before - going)
  const [gone] = await list('order=asc&limit=1')
  expect(gone).toMatchObject({ seq: 0, action: null, actor: null })
  expect(gone.erased_sections).toContain('/event')
  const verified = await ask('POST', '/v1/audit_log_entries/verify', { limit: 10_000 }, key)
  expect(verified).toMatchObject({ verified: true, redacted: going })
  expect(await proofReport()).toMatchObject({ verdict: 'verified' })
  const [noted] = await list('action=log.retention')
  expect(noted).toMatchObject({ metadata: { entries: going, reason: 'Kept for 30 days.' } })
  expect((await ask('GET', '/v1/erasures')).data[0]).toMatchObject({ cause: 'retention', entries: going })
  await ask('POST', `/v1/legal_holds/${hold.id}/lift`, { reason: 'it was settled' })
  expect((await preview()).expiries).toMatchObject([{ entries: expiry.held_back[0].entries, held_back: [] }])
}, 240_000)

it('archives and takes the oldest of what a category says while it takes more than so many bytes', async () => {
  const category = 'authentication'
  const set = (keepBytes: number) =>
    ask('PUT', '/v1/retention/policies', {
      ...{ category, removes: 'content', archive: true },
      keep_bytes: keepBytes,
    })
  await set(Number.MAX_SAFE_INTEGER)
  expect((await preview()).expiries).toEqual([])
  await set(1)
  const [all] = (await preview()).expiries
  const kept = await count(`category=${category}`)
  // What is random in each entry does not get smaller by compressing it, nor larger than in base64. The newest are in no bundle yet.
  expect(all.bytes_estimated).toBe(false)
  expect(all.bytes_now).toBeGreaterThan((kept - 26) * BYTES)
  expect(all.bytes_now).toBeLessThan(kept * BYTES * 1.4)
  // Nothing younger than eight days.
  expect(all.entries).toBeLessThanOrEqual(kept - 70)
  await set(Math.floor(all.bytes_now * 0.6))
  const [some] = (await preview()).expiries
  expect(some.entries / kept).toBeGreaterThan(0.3)
  expect(some.entries / kept).toBeLessThan(0.45)
  const going = await list(`category=${category}&order=asc&limit=${some.entries}&expand[]=data.chain`)
  expect(going.map(({ _chain }) => _chain.archived_at)).toEqual(going.map(() => null))
  expect(await run()).toBe(`${some.entries} entries lose what they say.`)
  expect(await count(`category=${category}`)).toBe(kept - some.entries)
  expect((await preview()).expiries).toEqual([])
  const [noted] = await list('action=log.retention')
  expect(noted.metadata.reason).toMatch(/^Kept up to \d+ bytes\.$/)
  await expectArchived(going, noted)
  await ask('DELETE', `/v1/retention/policies/${category}`)
}, 240_000)

it('archives a period, which stays in the log, and says of each entry when it was archived', async () => {
  const time = async (seq: number) => (await list(`order=asc&limit=1&offset=${seq}`))[0].created_at
  const period = { from_date: await time(1_000), to_date: await time(1_999) }
  const { id } = await ask('POST', '/v1/archives', period)
  const archive = await newestArchive()
  expect(archive).toMatchObject({ id, status: 'made', failure: null, ...period })
  // It begins with the 256 entries that the first one is among, and ends with what was recorded at the same time as the last.
  expect(archive.from % 256).toBe(0)
  expect(archive.from).toBeGreaterThan(1_000 - 256 - 100)
  expect(archive.to).toBeGreaterThanOrEqual(2_000)
  expect(archive.to).toBeLessThan(2_100)
  const report = await verifyBundle(nodePlatform, new DirectorySource(archive.place), {})
  const extent = { kind: 'part', first_seq: archive.from, last_seq: archive.to - 1 }
  expect(report).toMatchObject({ verdict: 'verified', ...extent })
  const archivedAt = async (seq: number) => {
    const [entry] = await list(`order=asc&limit=1&offset=${seq}&expand[]=data.chain`)
    return entry._chain.archived_at && Date.parse(entry._chain.archived_at)
  }
  expect(await archivedAt(1_500)).toBe(Date.parse(archive.archived_at))
  expect([await archivedAt(archive.from - 1), await archivedAt(archive.to)]).toEqual([null, null])
  // The entry about it is recorded a moment later.
  const { from, to, digest } = archive
  await expect
    .poll(async () => (await list('action=archive.made'))[0], { timeout: 60_000 })
    .toMatchObject({ metadata: { from, to, digest } })
  const reversed = { from_date: period.to_date, to_date: period.from_date }
  expect((await server.call(owner, 'POST', '/v1/archives', reversed)).status).toBe(400)
  // The same again is the same archive, unless somebody has changed it: then it is none.
  await ask('POST', '/v1/archives', period)
  expect(await newestArchive()).toMatchObject({ status: 'made', place: archive.place, digest })
  const file = join(archive.place, 'disclosures/000000.jsonl')
  writeFileSync(file, readFileSync(file, 'utf8').replace('order.created', 'order.deleted'))
  await ask('POST', '/v1/archives', period)
  const failure = expect.stringContaining('does not verify')
  expect(await newestArchive()).toMatchObject({ status: 'failed', place: null, failure })
  await ask('POST', '/v1/archives', { to_date: '2020-01-01T00:00:00Z' })
  expect(await newestArchive()).toMatchObject({
    status: 'failed',
    failure: expect.stringContaining('No entry'),
  })
}, 60_000)

it('prunes no further than a hold lets it', async () => {
  await ask('PUT', '/v1/retention/policies', { keep_days: 40, removes: 'entries' })
  const [held] = await list('query=resource:case-7&order=asc&limit=1')
  expect(held.seq).toBe(51)
  const hold = await ask('POST', '/v1/legal_holds', {
    name: 'Case 7',
    reason: 'a lawsuit',
    query: 'resource:case-7',
  })
  expect((await preview()).prune).toMatchObject({
    from: 0,
    to: 0,
    entries: 0,
    held_back: [{ id: hold.id, name: 'Case 7', first_seq: 51 }],
  })
  expect(await run()).toBe('Nothing goes.')
  await ask('POST', `/v1/legal_holds/${hold.id}/lift`, { reason: 'it was settled' })
})

it('archives and prunes what is older, frees the disk, and shows and verifies the rest', async () => {
  await ask('PUT', '/v1/retention/policies', { keep_days: 20, removes: 'entries', archive: true })
  const { prune } = await preview()
  expect(prune.to % 256).toBe(0)
  expect(prune.to).toBeGreaterThan(3_500)
  expect(prune.to).toBeLessThanOrEqual(4_000)
  const before = { index: used('index'), ledger: used('ledger.db'), journal: used('journal.db') }
  const [oldest] = await list('order=asc&limit=1')
  expect(await run()).toBe(`entries 0 to ${prune.to - 1} go.`)
  const after = { ledger: used('ledger.db'), journal: used('journal.db') }
  const share = prune.to / ENTRIES
  expect(before.ledger - after.ledger).toBeGreaterThan(0.8 * share * before.ledger)
  expect(before.journal - after.journal).toBeGreaterThan(0.8 * share * before.journal)
  // Some seconds later the engine deletes what it does not need any more.
  while (used('index') > (1 - share / 2) * before.index) await pause()

  expect(await ask('GET', '/v1/log/min-index', undefined, key)).toBe(`${prune.to}\n`)
  expect((await list('order=asc&limit=1'))[0].seq).toBe(prune.to)
  expect(await count('query=metadata.n:5')).toBe(0)
  const missing = await server.call(key, 'GET', `/v1/audit_log_entries/${oldest.id}`)
  expect(missing.status).toBe(404)
  expect(JSON.stringify(missing.body)).toContain('pruned')
  expect((await server.call(key, 'GET', '/v1/log/tile/entries/000')).status).toBe(404)
  const verified = await ask('POST', '/v1/audit_log_entries/verify', { limit: 10_000 }, key)
  expect(verified).toMatchObject({ verified: true, verified_from_seq: prune.to, pruned_before: prune.to })
  expect(await proofReport()).toMatchObject({ verdict: 'verified', pruned_before: prune.to })

  const [noted] = await list('action=log.prune')
  const name = `${noted.organization_id ?? noted.entity_id}-live-0-${prune.to - 1}`
  expect(noted.metadata).toMatchObject({ from: 0, to: prune.to, archive: { place: join(archives, name) } })
  const archived = await verifyBundle(nodePlatform, new DirectorySource(join(archives, name)), {})
  expect(archived).toMatchObject({ verdict: 'verified', kind: 'part', first_seq: 0, last_seq: prune.to - 1 })
  expect(readFileSync(join(archives, name, 'disclosures/000000.jsonl'), 'utf8')).toContain('order.created')
  // What is recorded now goes on where it was.
  await ask('POST', '/v1/audit_log_entries', { action: 'after.pruning' }, key)
  expect((await list('query=action:after.pruning')).length).toBe(1)
}, 240_000)

it('keeps what it has of a log by bytes, and never empties it', async () => {
  await ask('PUT', '/v1/retention/policies', { keep_bytes: 1, removes: 'entries' })
  await run()
  const { min_index: minIndex } = await ask('GET', '/v1/retention')
  // Nothing younger than eight days goes, however small the bound.
  expect(minIndex).toBeGreaterThan(5_000 - 256)
  expect(minIndex).toBeLessThanOrEqual(5_200)
  expect(await proofReport()).toMatchObject({ verdict: 'verified', pruned_before: minIndex })
}, 240_000)

it('waits with what was decided while a hold that was made since is over it, and is the same after a restart', async () => {
  const [held] = await list('query=resource:case-7&order=asc&limit=1')
  const { min_index: minIndex } = await ask('GET', '/v1/retention')
  const { actor: madeBy } = commandLine('somebody')
  // Both at once, as if the hold had come right after the run.
  const { id } = await server.counterfoil.access.transaction(async (access) => {
    const hold = { id: uuidV7(), log, name: 'Case 9', reason: 'a lawsuit', query: 'resource:case-7' }
    await access.retention.addHold({ ...hold, madeBy, madeAt: access.now() })
    return addErasure(access, COUNTERFOIL, {
      ...{ log, runs: [[held.seq, held.seq]], sections: SECTION_PATHS, cause: 'retention' },
      ...{ reason: 'Kept for 9 days.', legalBasis: 'Retention policy' },
    })
  })
  const status = () => ask('GET', `/v1/erasures/${id}`)
  await expect
    .poll(status, { timeout: 60_000 })
    .toMatchObject({ status: 'failed', failure: 'The legal hold "Case 9" was made before anything went.' })
  expect((await list('query=resource:case-7&order=asc&limit=1'))[0].action).toBe(held.action)
  const [hold] = (await ask('GET', '/v1/retention')).holds
  await ask('POST', `/v1/legal_holds/${hold.id}/lift`, { reason: 'it was settled' })

  server = await server.restart()
  await expect.poll(status, { timeout: 60_000 }).toMatchObject({ status: 'carried_out', failure: null })
  expect((await list('order=asc&limit=1'))[0].seq).toBe(minIndex)
  expect(await count('query=actor:u1')).toBeGreaterThan(0)
  expect((await list('query=resource:case-7&order=asc&limit=1'))[0]?.seq).not.toBe(held.seq)
}, 240_000)

it('goes on under another origin though its beginning is gone, and what is exported then verifies', async () => {
  await server.counterfoil.access.tenants.platform()
  await person(server, 'operator@example.com', { _platform: 'operator' })
  const operator = await tokenOf(server, 'operator@example.com')
  const path = '/v1/platform/logs/acme.live'
  const reason = { reason: 'The key is in other hands.', key_compromised: true }
  expect((await server.call(operator, 'POST', `${path}/epochs`, reason)).status).toBe(201)
  const { min_index: minIndex } = await ask('GET', '/v1/retention')
  for (;;) {
    const { origin, frozen, epoch_request: asked } = await ask('GET', path, undefined, operator)
    expect(asked.refusal).toBeNull()
    if (origin.endsWith('/1') && frozen === null && asked.status === 'begun') break
    await pause()
  }
  const epoch = expect.objectContaining({ reason: reason.reason })
  expect(await proofReport()).toMatchObject({
    verdict: 'verified',
    pruned_before: minIndex,
    epochs: [epoch],
  })
  const verified = await ask('POST', '/v1/audit_log_entries/verify', { limit: 10_000 }, key)
  expect(verified).toMatchObject({ verified: true, pruned_before: minIndex })
}, 60_000)
