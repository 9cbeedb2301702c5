import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CliPlace, jsonLines, run, startServer, temporaryPlace, withKey } from './testing/cli-process.js'

let place: ReturnType<typeof temporaryPlace>
let client: CliPlace
let id: string

beforeAll(async () => {
  place = temporaryPlace({ COUNTERFOIL_DATA: 'data' })
  const { process, url } = await startServer(place)
  client = await withKey(place, url, 'audit:write', 'audit:read')
  // More than a bundle, so that some rest in the ledger.
  const entries = Array.from(
    { length: 600 },
    (_, i) => `{"action":"off.line","actor":{"type":"user","id":"${i === 7 ? 'planted-actor' : 'other'}"}}`,
  )
  await run(client, ['record'], entries.join('\n'))
  const found = await run(client, ['search', 'actor:planted-actor', '--json'])
  id = (jsonLines(found.stdout)[0] as { readonly id: string }).id
  await process.kill('SIGTERM')
}, 60_000)
afterAll(() => place.remove())

const log = async () => {
  const { stdout } = await run(place, ['org', 'list', '--json'])
  return ['--org', (jsonLines(stdout)[0] as { readonly slug: string }).slug, '--mode', 'live']
}
const REASON = ['--reason', 'The person asked to be forgotten.', '--legal-basis', 'GDPR Art. 17']

it('erases what was previewed, once a server runs, and lists it', async () => {
  const choice = [...(await log()), '--section', '/actor', '--query', 'actor:planted-actor']
  const preview = await run(place, ['erase', ...choice, '--preview', '--json'])
  expect(jsonLines(preview.stdout)).toMatchObject([{ entries: 1, sections: { '/actor': 1 }, protected: 0 }])
  const { digest } = jsonLines(preview.stdout)[0] as { readonly digest: string }
  const byId = await run(place, ['erase', ...(await log()), '--section', '/actor', '--id', id, '--preview'])
  expect(byId).toMatchObject({ code: 0 })
  expect(byId.stdout).toContain(`--confirm ${digest}`)

  const wrong = await run(place, ['erase', ...choice, '--confirm', '0'.repeat(64), ...REASON])
  expect(wrong.code).not.toBe(0)
  expect(wrong.stderr).toContain('Preview again')
  const bare = await run(place, ['erase', ...choice, '--confirm', digest, '--reason', 'no legal basis'])
  expect(bare).toMatchObject({ code: 2 })
  expect(await run(place, ['erase', ...choice, '--confirm', digest, ...REASON])).toMatchObject({ code: 0 })

  const { process } = await startServer(place)
  const list = async () => {
    const { stdout } = await run(place, ['erase', 'list', ...(await log()).slice(0, 2), '--json'])
    return jsonLines(stdout)[0] as { readonly status: string }
  }
  while ((await list()).status !== 'carried_out') await new Promise((resolve) => setTimeout(resolve, 500))
  await process.kill('SIGTERM')
  const data = join(place.directory, 'data')
  const files = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .map((name) => join(data, name))
    .filter((path) => statSync(path).isFile())
  expect(files.filter((path) => readFileSync(path).includes('planted-actor'))).toEqual([])
  expect(await run(place, ['verify'])).toMatchObject({ code: 0 })
  expect(await run(place, ['fsck'])).toMatchObject({ code: 0 })
}, 120_000)
