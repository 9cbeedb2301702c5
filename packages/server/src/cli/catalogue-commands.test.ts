import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, run, startServer, temporaryPlace, withKey } from './testing/cli-process.js'

let place: ReturnType<typeof temporaryPlace>
beforeAll(async () => {
  place = temporaryPlace({ COUNTERFOIL_DATA: 'data', USER: 'ada' })
  for (const slug of ['acme', 'globex'])
    expect(await run(place, ['org', 'create', slug])).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

const inOrganization = (slug: string, ...args: readonly string[]) =>
  run(place, ['catalogue', ...args, '--org', slug, '--json'])
const inAcme = (...args: readonly string[]) => inOrganization('acme', ...args)
const file = (name: string, content: unknown) => {
  writeFileSync(join(place.directory, name), typeof content === 'string' ? content : JSON.stringify(content))
  return name
}

describe('catalogue', () => {
  it('sets, shows, lists and removes actions, and keeps what is not named', async () => {
    const schema = { required: ['total'] }
    await inAcme('set', 'order.created', '--group', 'Orders', '--schema', file('order.json', schema))
    await inAcme('set', 'order.created', '--description', 'An order came in.')
    expect(jsonLines((await inAcme('show', 'order.created')).stdout)).toMatchObject([
      { group: 'Orders', description: 'An order came in.', schema_version: 1, metadata_schema: schema },
    ])
    await inAcme('set', 'order.created', '--schema', 'none')
    expect(jsonLines((await inAcme('list')).stdout)).toMatchObject([
      { action: 'order.created', schema_version: 2, metadata_schema: null },
    ])
    const text = await run(place, ['catalogue', 'list', '--org', 'acme'])
    expect(text.stdout).toBe('order.created\tOrders\t\tAn order came in.\n')
    expect(await inAcme('remove', 'order.created')).toMatchObject({ code: 0 })
    expect((await inAcme('list')).stdout).toBe('')
  })

  it('shows policies and sets one', async () => {
    const set = await inAcme('policy', '--mode', 'test', '--unknown-action', 'flag')
    expect(jsonLines(set.stdout)).toMatchObject([
      { mode: 'test', unknown_action: 'flag', metadata_mismatch: 'accept' },
    ])
    expect(jsonLines((await inAcme('policy')).stdout)).toMatchObject([
      { mode: 'live', unknown_action: 'accept' },
      { mode: 'test', unknown_action: 'flag' },
    ])
  })

  it('imports a ready catalogue, and exports what another organization can import whole', async () => {
    expect(jsonLines((await inAcme('import', 'wherobots')).stdout)).toMatchObject([{ actions: 48 }])
    await inAcme('set', 'UploadFile', '--schema', file('upload.json', { maxProperties: 3 }))
    const exported = (await inAcme('export')).stdout
    expect(await inOrganization('globex', 'import', file('acme.json', exported))).toMatchObject({ code: 0 })
    expect((await inOrganization('globex', 'export')).stdout).toBe(exported)
    expect(JSON.parse(exported).actions).toHaveLength(48)
  })

  it('imports nothing of a file in which something is wrong', async () => {
    const before = (await inOrganization('globex', 'export')).stdout
    const actions = [{ action: 'fine' }, { action: 'wrong', metadata_schema: { pattern: 'x' } }]
    const refused = await inOrganization('globex', 'import', file('wrong.json', { actions }))
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/actions/1/metadata_schema/pattern'),
    })
    expect((await inOrganization('globex', 'export')).stdout).toBe(before)
  })

  it.each([
    [['show', 'nothing'], 1, 'no such action'],
    [['remove', 'nothing'], 1, 'no such action'],
    [['import', 'nobody'], 2, 'There are: arcus, arcwise, arize, paradime, wherobots.'],
    [['import', 'package.json'], 2, 'neither a ready catalogue nor a file'],
    [['set', 'a b'], 2, 'none of them white space'],
    [['set', 'a', '--schema', 'missing.json'], 2, 'cannot be read as JSON'],
    [['policy', '--unknown-action', 'refuse'], 2, 'Give --mode'],
    [['policy', '--mode', 'both', '--unknown-action', 'refuse'], 2, 'live, test'],
    [['policy', '--mode', 'live', '--unknown-action', 'deny'], 2, 'accept, flag, refuse'],
  ])('%j ends with %i', async (args, code, message) => {
    const finished = await run(place, ['catalogue', ...args, '--org', 'acme'])
    expect(finished).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
  })

  it('refuses with problems that "record" lists and exit code 3, or flags in what it prints', async () => {
    await run(place, ['catalogue', 'policy', '--org', 'acme', '--mode', 'live', '--unknown-action', 'refuse'])
    const { process, url } = await startServer(place)
    const client = await withKey(place, url, 'audit:write')
    const refused = await run(client, ['record', '--action', 'UplaodFile'])
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('"UplaodFile" is not in') })
    expect(await run(client, ['record', '--action', 'UploadFile'])).toMatchObject({ code: 0 })
    await run(place, ['catalogue', 'policy', '--org', 'acme', '--mode', 'live', '--unknown-action', 'flag'])
    const flagged = await run(client, ['record', '--action', 'UplaodFile'])
    expect(flagged).toMatchObject({ code: 0, stdout: expect.stringContaining('flagged at /action: ') })
    await process.kill('SIGTERM')
    expect(readFileSync(join(place.directory, 'acme.json'), 'utf8')).toContain('UploadFile')
  })
})
