import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DirectorySource, nodePlatform, type Report, verifyBundle } from '@counterfoil/verify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../sqlite/driver.js'
import { type CliPlace, jsonLines, run, startServer, temporaryPlace, withKey } from './testing/cli-process.js'

const VERIFY = fileURLToPath(import.meta.resolve('@counterfoil/verify').replace(/index\.js$/, 'main.js'))
const COUNT = 600
let place: ReturnType<typeof temporaryPlace>
let client: CliPlace
let url: string
let server: Awaited<ReturnType<typeof startServer>>['process']

beforeAll(async () => {
  place = temporaryPlace({ COUNTERFOIL_DATA: 'data' })
  ;({ process: server, url } = await startServer(place))
  client = await withKey(place, url, 'audit:write', 'audit:read')
  const entries = Array.from(
    { length: COUNT },
    (_, i) => `{"action":"${i % 50 === 0 ? 'invoice.sent' : 'order.created'}","metadata":{"i":${i}}}`,
  )
  for (let from = 0; from < COUNT; from += 300)
    await run(client, ['record'], entries.slice(from, from + 300).join('\n'))
  await signed(COUNT)
})
afterAll(async () => {
  await server.kill('SIGTERM')
  place.remove()
})

const exported = (out: string, ...more: string[]) =>
  run(place, ['export', '--proof', '--org', slug(), '--mode', 'live', '--out', out, '--json', ...more])
const verifier = (...args: string[]) => {
  const { status, stdout } = spawnSync(process.execPath, [VERIFY, ...args, '--json'], {
    cwd: place.directory,
    encoding: 'utf8',
  })
  return { code: status, report: JSON.parse(stdout) as Report }
}
let knownSlug: string | undefined
function slug(): string {
  if (knownSlug === undefined) throw new Error('The organization is not known yet.')
  return knownSlug
}

/** Waits until a checkpoint covers that many entries of some log. */
async function signed(size: number): Promise<void> {
  const organizations = jsonLines((await run(place, ['org', 'list', '--json'])).stdout)
  knownSlug = (organizations[0] as { slug: string }).slug
  for (let attempt = 0; attempt < 300; attempt++) {
    const database = await openDatabase(join(place.directory, 'data', 'signer.db'), { readOnly: true })
    const { largest } = database.prepare('SELECT max(size) AS largest FROM heads').get() as {
      largest: number
    }
    database.close()
    if (largest >= size) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('Nothing was signed.')
}

describe('export --proof', () => {
  it('writes what another program verifies, while the server runs', async () => {
    const { code, stdout, stderr } = await exported('whole')
    expect([code, stderr]).toEqual([0, ''])
    const { key, entries, kind } = jsonLines(stdout)[0] as { key: string; entries: number; kind: string }
    expect(kind).toBe('log')
    expect(entries).toBeGreaterThanOrEqual(COUNT)
    const { code: verified, report } = verifier('whole', '--key', key, '--require', 'L1')
    expect([verified, report.problems]).toEqual([0, []])
    expect(report).toMatchObject({ verdict: 'verified', level: 'L1', entries, checks: { content: 'passed' } })
    expect(readdirSync(join(place.directory, 'whole')).toSorted()).toEqual(
      [
        'README.txt',
        'checkpoint',
        'disclosures',
        'log.vkey',
        'manifest.json',
        'policy',
        'tile',
        'verify.html',
      ].toSorted(),
    )
    expect(readFileSync(join(place.directory, 'whole', 'verify.html'), 'utf8')).toContain(
      "default-src 'none'",
    )
  })

  it('exports what a search finds, each entry with its own proof', async () => {
    const { code, stdout } = await exported('chosen', 'action:invoice.sent')
    expect(code).toBe(0)
    const { key, entries } = jsonLines(stdout)[0] as { key: string; entries: number }
    expect(entries).toBe(COUNT / 50)
    const { code: verified, report } = verifier('chosen', '--key', key)
    expect(verified).toBe(0)
    expect(report).toMatchObject({ kind: 'selection', level: 'L1', entries })
    const none = await exported('none', 'action:nothing.at_all')
    expect(jsonLines(none.stdout)[0]).toMatchObject({ entries: 0 })
  })

  it('is recorded in the log that was exported', async () => {
    const found = await run(client, ['search', 'action:log.exported', '--json'])
    expect(jsonLines(found.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          metadata: { format: 'proof' },
          actor: expect.objectContaining({ type: 'system' }),
        }),
      ]),
    )
  })

  it('writes over nothing, and leaves nothing half done', async () => {
    expect(await exported('whole')).toMatchObject({ code: 2 })
    expect(await exported('wrong', 'nonsense:')).toMatchObject({ code: 2 })
    expect(await run(place, ['export', '--org', slug(), '--mode', 'live', '--out', 'x'])).toMatchObject({
      code: 2,
    })
    expect(existsSync(join(place.directory, 'wrong'))).toBe(false)
    const empty = temporaryPlace({ COUNTERFOIL_DATA: 'none' })
    const nothing = await run(empty, ['export', '--proof', '--org', 'a', '--mode', 'live', '--out', 'x'])
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('Nothing was signed yet')])
    expect(existsSync(join(empty.directory, 'none'))).toBe(false)
    empty.remove()
  })

  it('exports nothing rather than what does not verify', async () => {
    await server.kill('SIGTERM')
    const journal = join(place.directory, 'data', 'journal.db')
    const database = await openDatabase(journal)
    database.exec(
      "UPDATE blocks SET ids = CAST(x'00112233445566778899aabbccddeeff' || substr(ids, 17) AS BLOB) WHERE position = 3",
    )
    database.close()
    const { code, stderr } = await exported('damaged')
    expect([code, stderr]).toEqual([4, expect.stringContaining('is not what was recorded')])
    expect(readdirSync(place.directory)).not.toContain('damaged.unfinished')
    const earlier = await verifyBundle(nodePlatform, new DirectorySource(join(place.directory, 'whole')))
    expect(earlier.verdict).toBe('verified')
  })
})
