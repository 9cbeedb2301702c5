import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, run, startServer, temporaryPlace, withKey } from './testing/cli-process.js'

let place: ReturnType<typeof temporaryPlace>
beforeAll(async () => {
  place = temporaryPlace({ COUNTERFOIL_DATA: 'data', USER: 'ada' })
  expect(await run(place, ['org', 'create', 'acme'])).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

const inAcme = (...args: readonly string[]) => run(place, [...args, '--org', 'acme', '--json'])

describe('person, role and workspace', () => {
  it('work with the server stopped, and with it running, and everything is in the log', async () => {
    const role = ['role', 'create', 'helpdesk', '--permission', 'entries.read', '--permission', 'people.read']
    expect(jsonLines((await inAcme(...role)).stdout)[0]).toMatchObject({ name: 'helpdesk', built_in: false })
    const added = jsonLines((await inAcme('person', 'add', 'Ada@Example.com', '--role', 'owner')).stdout)[0]
    expect(added).toMatchObject({ email: 'ada@example.com', role: 'owner', password: expect.any(String) })
    const { process, url } = await startServer(place)
    await inAcme('person', 'add', 'bob@example.com', '--role', 'helpdesk', '--name', 'Bob')
    await inAcme('workspace', 'create', 'berlin', '--name', 'Berlin office')
    expect(jsonLines((await inAcme('workspace', 'list')).stdout)).toMatchObject([{ slug: 'berlin' }])
    expect(jsonLines((await inAcme('person', 'list')).stdout)).toMatchObject([
      { email: 'ada@example.com', role: 'owner' },
      { email: 'bob@example.com', role: 'helpdesk', name: 'Bob' },
    ])
    const session = await fetch(`${url}/v1/sessions`, {
      method: 'POST',
      body: JSON.stringify({ email: 'ada@example.com', password: added?.password }),
    })
    expect(session.status).toBe(201)
    expect(await inAcme('role', 'delete', 'helpdesk')).toMatchObject({ code: 1 })
    expect(await inAcme('person', 'role', 'bob@example.com', 'auditor')).toMatchObject({ code: 0 })
    expect(await inAcme('role', 'delete', 'helpdesk')).toMatchObject({ code: 0 })
    expect(await inAcme('person', 'remove', 'bob@example.com')).toMatchObject({ code: 0 })
    expect(await inAcme('workspace', 'delete', 'berlin')).toMatchObject({ code: 0 })
    const client = await withKey(place, url, 'audit:read')
    const deadline = Date.now() + 10_000
    let actions: unknown[] = []
    while (!actions.includes('workspace.deleted') && Date.now() < deadline) {
      const found = await run(client, ['search', 'source:counterfoil category:access', '--json'])
      actions = jsonLines(found.stdout).map(({ action }) => action)
    }
    expect(actions.toReversed().filter((action) => action !== 'api_key.created')).toEqual([
      'organization.created',
      'role.created',
      'person.added',
      'person.added',
      'workspace.created',
      'person.role_changed',
      'role.deleted',
      'person.removed',
      'workspace.deleted',
    ])
    await process.kill('SIGTERM')
  })

  it.each([
    [['person', 'add', 'nonsense', '--role', 'owner'], 2, 'e-mail address'],
    [['person', 'add', 'x@example.com', '--role', 'king'], 2, 'There are: owner, admin, auditor, member'],
    [['person', 'add', 'x@example.com', '--role', 'operator'], 2, 'There is no role "operator"'],
    [['person', 'remove', 'ada@example.com'], 1, 'last owner'],
    [['role', 'create', 'x', '--permission', 'fly'], 2, '"fly" is no permission'],
    [['role', 'create', 'owner', '--permission', 'entries.read'], 1, 'another name'],
    [['role', 'delete', 'owner'], 2, 'built in'],
    [['workspace', 'create', '-x'], 2, ''],
  ])('%j ends with %i', async (args, code, message) => {
    const finished = await run(place, [...args, '--org', 'acme'])
    expect(finished).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
  })

  it('make operators in the organization of the platform', async () => {
    const added = await run(place, [
      'person',
      'add',
      'op@example.com',
      '--role',
      'operator',
      '--org',
      '_platform',
      '--json',
    ])
    expect(jsonLines(added.stdout)[0]).toMatchObject({ role: 'operator' })
    expect((await run(place, ['org', 'list'])).stdout).not.toContain('_platform')
  })
})

describe('key create', () => {
  it('takes an owner, an end and addresses', async () => {
    const options = ['--mode', 'live', '--scope', 'audit:read', '--owner', 'ada@example.com']
    const limits = ['--expires', '2050-01-01T00:00:00Z', '--allow', '10.0.0.0/8', '--allow', '192.0.2.1']
    const made = jsonLines((await inAcme('key', 'create', ...options, ...limits)).stdout)[0]
    expect(made).toMatchObject({
      owner: { email: 'ada@example.com' },
      expiresAt: Date.parse('2050-01-01T00:00:00Z'),
      allowedAddresses: ['10.0.0.0/8', '192.0.2.1'],
    })
    const wrong = await inAcme('key', 'create', ...options, '--allow', '10.0.0.1/8')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('10.0.0.1/8') })
  })
})

describe('secrets rotate', () => {
  it('replaces the master key while the server is stopped, and is refused while it runs', async () => {
    const file = join(place.directory, 'data', 'master.key')
    const before = readFileSync(file, 'utf8')
    expect(await run(place, ['secrets', 'rotate'])).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(file, 'utf8')).not.toBe(before)
    const { process } = await startServer(place)
    expect(await run(place, ['secrets', 'rotate'])).toMatchObject({ code: 1 })
    await process.kill('SIGTERM')
  })

  it('leads to a clear refusal at start when the key is another', async () => {
    const other = { ...place, environment: { ...place.environment, COUNTERFOIL_MASTER_KEY: 'A'.repeat(43) } }
    const { code, stderr } = await run(other, ['serve', '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toContain('COUNTERFOIL_MASTER_KEY is not the key')
    expect(stderr).not.toContain('AAAA')
  })
})
