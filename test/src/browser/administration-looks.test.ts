import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectGoodLooks } from './testing/looks.js'
import { emailOf, enter, openPageWorld, type PageWorld, person } from './testing/page-world.js'
import type { WatchedPage } from './testing/watched-page.js'

// Every page of account and administration, and the dialogs in which most is asked: whole for everybody, in both themes,
// wide and as narrow as a telephone at four hundred percent.

let world: PageWorld
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  world = await openPageWorld()
  const { server, key } = world
  await person(server, 'operator@example.com', { _platform: 'operator' })
  await server.call(key, 'POST', '/v1/audit_log_entries', { action: 'order.created', metadata: {} })
  const { access } = server.counterfoil
  const acme = await access.findOrganization('acme')
  const owner = await access.people.find(emailOf('owner'))
  const token = (await access.sessions.create(owner?.personId ?? '', acme?.id ?? '', 'live')).token
  const make = (path: string, body: object, method = 'POST') => server.call(token, method, path, body)
  await make('/v1/workspaces', {
    slug: 'eu',
    name: 'A workspace whose name is so long that it has to be broken somewhere',
  })
  await make('/v1/invitations', {
    email: 'somebody.with.a.long.address@subsidiary.example.com',
    role: 'member',
  })
  await make('/v1/roles', { name: 'reader', description: 'Reads.', permissions: ['entries.read'] })
  await make('/v1/me/personal_tokens', { name: 'Nightly report' })
  // A whole ready catalogue is more of the same, and more to look at.
  const described = { group: 'Orders', description: 'Somebody has bought something.' }
  await make('/v1/catalogue/actions/order.bought', described, 'PUT')
  await make('/v1/api_keys', {
    name: 'Billing',
    mode: 'test',
    scopes: ['audit:read'],
    allowed_addresses: ['2001:db8::/32'],
  })
  watched = await world.open()
  page = watched.page
}, 60_000)
afterAll(async () => {
  await watched.close()
  await world.close()
})

/** A page, and what is opened on it before it is looked at. */
const VIEWS: readonly (readonly [path: string, title: string, open?: () => Promise<void>])[] = [
  ['/profile', 'My profile'],
  ['/profile', 'New personal access token', () => page.getByRole('button', { name: 'New token' }).click()],
  ['/people', 'People and roles'],
  ['/people', 'People and roles', () => page.getByRole('tab', { name: 'Invitations' }).click()],
  [
    '/people',
    'New role',
    async () => {
      await page.getByRole('tab', { name: 'Roles' }).click()
      await page.getByRole('button', { name: 'New role' }).click()
      await page.getByRole('dialog').getByLabel('people.manage').waitFor()
    },
  ],
  ['/people', 'Invite somebody', () => page.getByRole('button', { name: 'Invite somebody' }).click()],
  ['/keys', 'API keys'],
  ['/keys', 'New API key', () => page.getByRole('button', { name: 'New key' }).click()],
  ['/workspaces', 'Workspaces'],
  ['/catalogue', 'Catalogue'],
  ['/catalogue', 'Catalogue', () => page.getByRole('tab', { name: /^Unknown/ }).click()],
  ['/catalogue', 'Catalogue', () => page.getByRole('tab', { name: 'Policies' }).click()],
  ['/catalogue', 'New action', () => page.getByRole('button', { name: 'New action' }).click()],
  ['/settings', 'Settings'],
  ['/settings', 'Single sign-on', () => page.getByRole('button', { name: 'Set up' }).click()],
  [
    '/reference',
    'API',
    async () => {
      await page.getByLabel('Find').fill('exportEntries')
      await page.locator('.endpoint summary').click()
    },
  ],
  ['/graphql', 'GraphQL', () => page.getByRole('heading', { level: 2, name: 'Query' }).waitFor()],
  ['/embed', 'Embedding'],
  ['/start', 'Record your first entry'],
]

describe('axe finds nothing, and nothing is wider than the window', () => {
  it.each(VIEWS.map((view, place) => [`${view[0]} “${view[1]}”`, place] as const))(
    '%s (%i)',
    async (_name, place) => {
      const [path, title, open] = VIEWS[place] as (typeof VIEWS)[number]
      await page.emulateMedia({ colorScheme: 'light' })
      await enter(page, world, emailOf('owner'), path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await open?.()
      await page.getByRole('heading', { name: title, exact: true }).first().waitFor()
      await expectGoodLooks(page, title)
      expect(watched.offences).toEqual([])
    },
  )

  it('/organizations, for operators', async () => {
    await enter(page, world, 'operator@example.com', '/organizations')
    await page.getByRole('button', { name: 'Support acme' }).waitFor()
    await expectGoodLooks(page, 'Organizations')
  })

  it('/all-logs, for operators', async () => {
    await enter(page, world, 'operator@example.com', '/all-logs')
    await page.getByRole('button', { name: 'Begin anew acme.live' }).waitFor()
    await expectGoodLooks(page, 'All logs')
  })
})
