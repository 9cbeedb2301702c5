import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { Keyboard } from './testing/keyboard.js'
import { emailOf, enter, PASSWORD, type PageWorld, person, watchEachPage } from './testing/page-world.js'

// The administration without a mouse. Nothing here clicks, and every stop on the way must show that it has the focus.

const OPERATOR = 'operator@example.com'

let world: PageWorld
let page: Page
let keyboard: Keyboard
watchEachPage({
  world: async (opened) => {
    world = opened
    await person(world.server, OPERATOR, { _platform: 'operator' })
    const entry = { action: 'order.created', metadata: {} }
    await world.server.call(world.key, 'POST', '/v1/audit_log_entries', entry)
  },
  page: (opened) => {
    page = opened
  },
})
beforeEach(() => {
  keyboard = new Keyboard(page)
})

const dialog = () => page.getByRole('dialog')
const button = (name: string | RegExp) => page.getByRole('button', { name })
const row = (text: string) => page.getByRole('row').filter({ hasText: text })

describe('by keyboard alone', () => {
  it('an owner signs in, finds the people, invites somebody and takes that back', async () => {
    await page.goto(`${world.server.url}/`)
    await keyboard.write(page.getByLabel('E-mail address'), emailOf('owner'))
    await keyboard.write(page.getByLabel('Password', { exact: true }), PASSWORD)
    await page.keyboard.press('Enter')
    await keyboard.press(page.getByRole('link', { name: 'People and roles' }))
    await keyboard.press(button('Invite somebody'))
    await keyboard.write(dialog().getByLabel('E-mail address'), 'new@example.com')
    await keyboard.choose(dialog().getByLabel('Role'), 'auditor')
    await keyboard.press(dialog().getByRole('button', { name: 'Invite', exact: true }))
    await keyboard.press(dialog().getByRole('button', { name: 'Done' }))
    await keyboard.reach(page.getByRole('tab', { name: 'People' }))
    await page.keyboard.press('ArrowRight')
    await row('new@example.com').getByText('auditor').waitFor()
    await keyboard.press(row('new@example.com').getByRole('button').last())
    await keyboard.press(dialog().getByRole('button').last())
    await row('new@example.com').waitFor({ state: 'detached' })
  })

  it('a key is made and revoked, and the focus comes back from each dialog', async () => {
    await enter(page, world, emailOf('owner'), '/keys')
    await keyboard.press(button('New key'))
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    expect(await button('New key').evaluate((element) => element === document.activeElement)).toBe(true)
    await keyboard.press(button('New key'))
    await keyboard.write(dialog().getByLabel('What it is for'), 'Billing')
    await keyboard.choose(dialog().getByLabel('Kind'), 'Pair')
    await keyboard.check(dialog().getByLabel('Record entries', { exact: true }))
    await keyboard.check(dialog().getByLabel('Read, count, export and verify every entry'))
    await keyboard.press(dialog().getByRole('button', { name: 'Make the key' }))
    await keyboard.press(dialog().getByRole('button', { name: 'I have copied it' }))
    await keyboard.press(button('Revoke Billing'))
    await keyboard.press(dialog().getByRole('button', { name: 'Revoke' }))
    await row('Billing').waitFor({ state: 'detached' })
    // What was pressed is gone; the keyboard goes on in the page, not at its beginning.
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content')
  })

  it('a workspace is made, renamed and deleted', async () => {
    await enter(page, world, emailOf('owner'), '/workspaces')
    await keyboard.press(button('New workspace'))
    await keyboard.write(dialog().getByLabel('Short name'), 'eu')
    await keyboard.write(dialog().getByLabel('Name', { exact: true }), 'Europe')
    await page.keyboard.press('Enter')
    await keyboard.press(button('Rename Europe'))
    await keyboard.write(dialog().getByLabel('Name'), 'Elsewhere')
    await page.keyboard.press('Enter')
    await keyboard.press(button('Delete Elsewhere'))
    await keyboard.press(dialog().getByRole('button', { name: 'Delete' }))
    await page.getByText('There is no workspace yet').waitFor()
  })

  it('the catalogue gets an action, and a policy', async () => {
    await enter(page, world, emailOf('owner'), '/catalogue')
    await keyboard.reach(page.getByRole('tab', { name: 'Actions' }))
    await page.keyboard.press('ArrowRight')
    await keyboard.press(button('Add order.created'))
    await keyboard.write(dialog().getByLabel('Group'), 'Orders')
    await keyboard.press(dialog().getByRole('button', { name: 'Save' }))
    await page.getByText('Nothing is unknown').waitFor()
    await keyboard.reach(page.getByRole('tab', { name: /^Unknown/ }))
    await page.keyboard.press('End')
    const live = page.locator('section').filter({ hasText: 'Live log' }).last()
    await keyboard.choose(live.getByLabel('Metadata that do not fit the schema'), 'Flag')
    await keyboard.press(live.getByRole('button', { name: 'Save' }))
    await page.getByText('The policies of the live log are changed').waitFor()
  })

  it('the organization gets another name and a stricter policy', async () => {
    await enter(page, world, emailOf('owner'), '/settings')
    await keyboard.write(page.getByLabel('Name', { exact: true }), 'Acme, Inc.')
    await page.keyboard.press('Enter')
    await page.getByText('The name is saved').waitFor()
    await keyboard.check(page.getByLabel('Personal tokens can be shown again'))
    await keyboard.press(dialog().getByRole('button', { name: 'Switch on' }))
    await page.getByText('The policy is changed').waitFor()
  })

  it('somebody makes a token, and chooses a theme and a zone', async () => {
    await enter(page, world, emailOf('admin'))
    await keyboard.choose(page.getByRole('combobox', { name: 'Theme' }), 'Dark')
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    await keyboard.press(page.getByRole('main').getByRole('button', { name: /times are shown in/i }))
    await page.getByLabel('Find a time zone').waitFor()
    await page.keyboard.type('UTC')
    await page.keyboard.press('Enter')
    await button(/times are shown in UTC/i)
      .first()
      .waitFor()
    await keyboard.press(button('New token'))
    await keyboard.write(dialog().getByLabel('What it is for'), 'Nightly report')
    await page.keyboard.press('Enter')
    await page.getByRole('status', { name: 'Token' }).waitFor()
  })

  it('an operator makes an organization, reads it for support, ends that, and suspends it', async () => {
    await enter(page, world, OPERATOR, '/organizations')
    await keyboard.press(button('New organization'))
    await keyboard.write(dialog().getByLabel('Short name'), 'initech')
    await page.keyboard.press('Enter')
    await keyboard.press(button('Support initech'))
    await keyboard.write(dialog().getByLabel('Why'), 'They asked us to look at an entry')
    await keyboard.choose(dialog().getByLabel('For'), '4 hours')
    await keyboard.press(dialog().getByRole('button', { name: 'Start' }))
    await keyboard.press(button('End the access to initech'))
    await keyboard.press(dialog().getByRole('button', { name: 'End' }))
    await page.getByText('The access has ended').waitFor()
    await keyboard.press(button('Suspend initech'))
    await keyboard.write(dialog().getByLabel('Why'), 'They left')
    await page.keyboard.press('Enter')
    await row('initech').getByText('suspended').first().waitFor()
  })

  it.each([
    '/logs?facets=1&rows=25',
    '/integrity',
    '/people',
    '/keys',
    '/workspaces',
    '/catalogue',
    '/settings',
    '/profile',
    '/reference',
    '/graphql',
    '/embed',
    '/start',
    '/organizations',
    '/all-logs',
  ])('every stop of %s shows that it has the focus', async (path) => {
    const isOfPlatform = path === '/organizations' || path === '/all-logs'
    await enter(page, world, isOfPlatform ? OPERATOR : emailOf('owner'), path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    const stops = await keyboard.stops()
    expect(stops[0]).toContain('Skip to the content')
    expect(stops.length).toBeGreaterThan(10)
  })
})
