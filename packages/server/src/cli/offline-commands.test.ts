import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../sqlite/driver.js'
import { type CliPlace, jsonLines, run, startServer, temporaryPlace, withKey } from './testing/cli-process.js'

let place: ReturnType<typeof temporaryPlace>
let client: CliPlace
const COUNT = 300
/** First start and making the client's key are in the log as well: organization, person, two keys. */
const LOG_SIZE = COUNT + 4

beforeAll(async () => {
  place = temporaryPlace({ COUNTERFOIL_DATA: 'data' })
  const { process, url } = await startServer(place)
  client = await withKey(place, url, 'audit:write', 'audit:read')
  const entries = Array.from({ length: COUNT }, (_, i) => `{"action":"off.line","metadata":{"i":${i}}}`)
  for (const part of [entries.slice(0, 100), entries.slice(100)])
    await run(client, ['record'], part.join('\n'))
  await process.kill('SIGTERM')
})

afterAll(() => place.remove())

/** Changes the first id in the row of the largest log that holds `seq`. Returns the seq of the entry with that id. */
async function changeOneId(seq: number): Promise<number> {
  const database = await openDatabase(join(place.directory, 'data', 'journal.db'))
  // Ids are random: whatever the byte is, it becomes another one.
  const other = "CASE substr(ids, 16, 1) WHEN x'ff' THEN x'00' ELSE x'ff' END"
  const [row] = database
    .prepare(`
      UPDATE blocks SET ids = CAST(substr(ids, 1, 15) || ${other} || substr(ids, 17) AS BLOB)
      WHERE (log, first_seq) = (
        SELECT log, first_seq FROM blocks WHERE log = (SELECT log FROM logs ORDER BY size DESC LIMIT 1)
          AND first_seq <= ${seq} ORDER BY first_seq DESC LIMIT 1)
      RETURNING first_seq`)
    .all() as [{ first_seq: number }]
  database.close()
  return row.first_seq
}

describe('org and key', () => {
  it('work with the server stopped, and with it running', async () => {
    const stopped = await run(place, ['org', 'create', 'globex', '--name', 'Globex', '--json'])
    expect(jsonLines(stopped.stdout)[0]).toMatchObject({ slug: 'globex' })
    const { process, url } = await startServer(place)
    expect(await run(place, ['org', 'create', 'initech'])).toMatchObject({ code: 0 })
    const key = await run(place, [
      'key',
      'create',
      '--org',
      'initech',
      '--mode',
      'test',
      '--scope',
      'audit:write',
    ])
    expect(key.stdout).toMatch(/^cf_test_\w+\n$/)
    const finished = await run(place, ['record', '--action', 'a', '--url', url, '--key', key.stdout.trim()])
    expect(finished).toMatchObject({ code: 0 })
    const elevated = ['--mode', 'live', '--scope', 'audit:read', '--rate', 'elevated', '--json']
    const made = await run(place, ['key', 'create', '--org', 'initech', ...elevated])
    expect(JSON.parse(made.stdout)).toMatchObject({ rateClass: 'elevated' })
    const list = await run(place, ['org', 'list'])
    expect(list.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual([
      'acme',
      'globex',
      'initech',
      '',
    ])
    await process.kill('SIGTERM')
  })

  it.each([
    [['org', 'create', 'globex'], 1, 'exists already'],
    [
      ['key', 'create', '--org', 'nobody', '--mode', 'live', '--scope', 'audit:read'],
      1,
      'There are: acme, globex',
    ],
    [
      ['key', 'create', '--org', 'acme', '--mode', 'life', '--scope', 'audit:read'],
      2,
      '--mode must be one of',
    ],
    [['key', 'create', '--org', 'acme', '--mode', 'live'], 2, '--scope at least once'],
    [
      ['key', 'create', '--org', 'acme', '--mode', 'live', '--scope', 'audit:read', '--rate', 'fast'],
      2,
      '--rate must be one of standard, elevated',
    ],
    [['org', 'destroy'], 2, 'There are: org create, org list'],
  ])('%j ends with %i', async (args, code, message) => {
    expect(await run(place, args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(message),
    })
  })
})

describe('rebuild-index', () => {
  it('fills the index anew, so that everything is found again', async () => {
    const rebuilt = await run(place, ['rebuild-index', '--json'])
    expect(rebuilt).toMatchObject({ code: 0, stderr: '' })
    expect(jsonLines(rebuilt.stdout)[0]).toMatchObject({ object: 'index_rebuild', interrupted: false })
    const { process, url } = await startServer(place)
    expect(await run(client, ['search', 'action:off.line', '--count', '--url', url])).toMatchObject({
      stdout: `${COUNT}\n`,
    })
    await process.kill('SIGTERM')
  })

  it('names the server that holds the data directory', async () => {
    const { process } = await startServer(place)
    const refused = await run(place, ['rebuild-index'])
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`process ${process.child.pid} on `),
    })
    await process.kill('SIGTERM')
  })

  it('says when there is no journal', async () => {
    expect(await run(place, ['rebuild-index', '--data', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no journal in nowhere'),
    })
  })
})

describe('verify', () => {
  it('walks every log and says that it is whole, in words and in JSON', async () => {
    const words = await run(place, ['verify'])
    expect(words).toMatchObject({ code: 0 })
    expect(words.stdout).toMatch(
      /acme\/live {2}counterfoil\.local\/log\/.*304 entries, seq 0 to 303.*root {8}[0-9a-f]{64}.*intact/s,
    )
    const json = jsonLines((await run(place, ['verify', '--org', 'acme', '--mode', 'live', '--json'])).stdout)
    expect(json).toMatchObject([{ log: 'acme/live', walked: LOG_SIZE, verified: true, reaches_head: true }])
  })

  it('walks a part of a log, while the server runs', async () => {
    const { process } = await startServer(place)
    const args = [
      'verify',
      '--org',
      'acme',
      '--mode',
      'live',
      '--from-seq',
      '50',
      '--to-seq',
      '149',
      '--json',
    ]
    const [verdict] = jsonLines((await run(place, args)).stdout)
    expect(verdict).toMatchObject({
      walked: 100,
      from_seq: 50,
      to_seq: 149,
      verified: true,
      reaches_head: null,
    })
    await process.kill('SIGTERM')
  })

  it.each([
    [['verify', '--org', 'nobody'], 1, 'no organization "nobody"'],
    [['verify', '--data', 'nowhere'], 1, 'no journal in nowhere'],
    [['verify', '--from-seq', '1'], 2, '--org and --mode'],
    [['verify', '--org', 'acme', '--mode', 'live', '--from-seq', '304'], 2, 'there is no seq 304'],
    [['verify', '--org', 'acme', '--mode', 'live', '--from-seq', '-1'], 2, 'from-seq'],
  ])('%j ends with %i', async (args, code, message) => {
    expect(await run(place, args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(message),
    })
  })

  it('finds one changed byte, and says where and what', async () => {
    const seq = await changeOneId(104)
    const { code, stdout } = await run(place, ['verify', '--org', 'acme'])
    expect(code).toBe(4)
    expect(stdout).toMatch(
      new RegExp(`BROKEN {6}at seq ${seq}, entry [0-9a-f-]{36}\\n.*it was changed\\n.*entry_hash_mismatch`),
    )
    const [verdict] = jsonLines((await run(place, ['verify', '--org', 'acme', '--json'])).stdout)
    expect(verdict).toMatchObject({
      verified: false,
      walked: seq,
      broken: { seq, reason: 'entry_hash_mismatch' },
    })
  })
})
