import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { emailOf, enter, type PageWorld, person, watchEachPage } from './testing/page-world.js'

let world: PageWorld
let page: Page
const archives = mkdtempSync(join(tmpdir(), 'counterfoil-archives-'))
afterAll(() => rmSync(archives, { recursive: true }))
watchEachPage({
  world: async (opened) => {
    world = opened
  },
  page: (opened) => {
    page = opened
  },
  settings: { archive_directory: archives },
})

const dialog = () => page.getByRole('dialog')
const row = (text: string) => page.getByRole('row').filter({ hasText: text })

/** Moves the focus with Tab alone until something has it. */
async function tabTo(name: string | RegExp, role: 'button' | 'tab' | 'textbox' = 'button'): Promise<void> {
  const wanted = page.getByRole(role, { name })
  await wanted.first().waitFor()
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if (await wanted.first().evaluate((element) => element.matches(':focus'))) return
  }
  throw new Error(`${name} is not reached by Tab`)
}

describe('people', () => {
  it('get another role, and are removed once that is confirmed', async () => {
    await person(world.server, 'leaving@example.com', { acme: 'member' })
    await enter(page, world, emailOf('owner'), '/people')
    await page.getByRole('button', { name: 'Role of leaving@example.com' }).click()
    await dialog().getByLabel('Role').selectOption('auditor')
    await dialog().getByRole('button', { name: 'Change the role' }).click()
    await row('leaving@example.com').getByText('auditor').waitFor()
    await page.getByRole('button', { name: 'Remove leaving@example.com' }).click()
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    expect(await row('leaving@example.com').count()).toBe(1)
    await page.getByRole('button', { name: 'Remove leaving@example.com' }).click()
    await dialog().getByRole('button', { name: 'Remove' }).click()
    await row('leaving@example.com').waitFor({ state: 'detached' })
  })

  it('keep their last owner, and the page says why', async () => {
    await enter(page, world, emailOf('owner'), '/people')
    await page.getByRole('button', { name: 'Remove owner@example.com' }).click()
    await dialog().getByRole('button', { name: 'Remove' }).click()
    await dialog().getByRole('alert').getByText('is the last owner').waitFor()
  })

  it('get roles of the organization’s own, made by the keyboard alone', async () => {
    await enter(page, world, emailOf('admin'), '/people')
    await tabTo('People', 'tab')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await tabTo('New role')
    await page.keyboard.press('Enter')
    await dialog().getByLabel('Name').waitFor()
    await tabTo('Name', 'textbox')
    await page.keyboard.type('reader')
    // What an admin lacks cannot be given: the box cannot be checked.
    expect(await dialog().getByLabel('owners.manage').isDisabled()).toBe(true)
    const box = dialog().getByLabel('entries.read', { exact: true })
    for (let i = 0; i < 40 && !(await box.evaluate((input) => input.matches(':focus'))); i++)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('Enter')
    await row('reader').getByRole('button', { name: 'Delete reader' }).waitFor()
    const token = await world.server.makeKey({ scopes: ['access:read'] })
    const { body } = await world.server.call(token, 'GET', '/v1/roles')
    expect(body.data.find(({ name }: { name: string }) => name === 'reader').permissions).toEqual([
      'entries.read',
    ])
  })

  it('are signed out from here', async () => {
    const other = await world.open()
    await enter(other.page, world, emailOf('auditor'))
    await enter(page, world, emailOf('owner'), '/people')
    await page.getByRole('tab', { name: 'Signed in' }).click()
    await page.getByRole('button', { name: 'End the session of auditor@example.com' }).first().click()
    await dialog().getByRole('button', { name: 'End' }).click()
    await page.getByText('The session has ended').waitFor()
    await other.page.goto(`${world.server.url}/profile`)
    await other.page.getByRole('heading', { name: 'Sign in to Counterfoil' }).waitFor()
    await other.close()
  })
})

describe('keys', () => {
  it('are made with scopes and addresses, shown once, used, and revoked', async () => {
    await enter(page, world, emailOf('owner'), '/keys')
    await page.getByRole('button', { name: 'New key' }).click()
    await dialog().getByLabel('What it is for').fill('Billing service')
    await dialog().getByLabel('Record entries', { exact: true }).uncheck()
    await dialog().getByLabel('Read, count, export and verify every entry').check()
    await dialog().getByLabel('Only from these addresses').fill('127.0.0.0/8, not an address')
    await dialog().getByRole('button', { name: 'Make the key' }).click()
    await dialog().getByRole('alert').getByText('allowed_addresses').waitFor()
    await dialog().getByLabel('Only from these addresses').fill('127.0.0.0/8')
    await dialog().getByRole('button', { name: 'Make the key' }).click()
    const token = await page.getByRole('status', { name: 'Key' }).innerText()
    expect((await world.server.call(token, 'GET', '/v1/audit_log_entries')).status).toBe(200)
    await dialog().getByRole('button', { name: 'I have copied it' }).click()
    expect(await page.getByText(token).count()).toBe(0)
    await row('Billing service').getByText('only from 127.0.0.0/8').waitFor()
    await page.getByRole('button', { name: 'Revoke Billing service' }).click()
    await dialog().getByRole('button', { name: 'Revoke' }).click()
    await row('Billing service').waitFor({ state: 'detached' })
    expect((await world.server.call(token, 'GET', '/v1/audit_log_entries')).status).toBe(401)
    await page.getByLabel(/^Show revoked and expired keys/).check()
    await row('Billing service').getByText('revoked').waitFor()
  })

  it('come in pairs for clients that want it so', async () => {
    await enter(page, world, emailOf('owner'), '/keys')
    await page.getByRole('button', { name: 'New key' }).click()
    await dialog().getByLabel('What it is for').fill('Paired')
    await dialog().getByLabel('Kind').selectOption('key_pair')
    await dialog().getByRole('button', { name: 'Make the key' }).click()
    await page.getByRole('status', { name: 'Secret' }).waitFor()
  })
})

describe('one’s own account', () => {
  it('has a name, tokens that are shown once, and sessions', async () => {
    await enter(page, world, emailOf('admin'))
    await page.getByLabel('How this organization calls you').fill('Grace H.')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your name is saved').waitFor()
    await page.getByRole('button', { name: /^Grace H\./ }).waitFor()
    await page.getByRole('button', { name: 'New token' }).click()
    await dialog().getByLabel('What it is for').fill('Nightly report')
    await dialog().getByRole('button', { name: 'Make the token' }).click()
    const token = await page.getByRole('status', { name: 'Token' }).innerText()
    expect((await world.server.call(token, 'GET', '/v1/audit_log_entries')).status).toBe(200)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Delete Nightly report' }).click()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await row('Nightly report').waitFor({ state: 'detached' })
    expect((await world.server.call(token, 'GET', '/v1/audit_log_entries')).status).toBe(401)
    await row('this one').getByText('Chrome on Linux').waitFor()
  })

  it('shows tokens again where the organization lets people', async () => {
    await person(world.server, 'viewing@example.com', { viewing: 'owner' })
    await enter(page, world, 'viewing@example.com', '/settings')
    await page.getByLabel('Personal tokens can be shown again').click()
    await dialog().getByRole('button', { name: 'Switch on' }).click()
    await page.getByText('The policy is changed').waitFor()
    expect(await page.getByLabel('Personal tokens can be shown again').isChecked()).toBe(true)
    await page.goto(`${world.server.url}/profile`)
    await page.getByRole('button', { name: 'New token' }).click()
    await dialog().getByLabel('What it is for').fill('Again')
    await dialog().getByRole('button', { name: 'Make the token' }).click()
    const token = await page.getByRole('status', { name: 'Token' }).innerText()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Show Again' }).click()
    expect(await page.getByRole('status', { name: 'Token' }).innerText()).toBe(token)
  })

  it('changes its password, which ends the other sessions', async () => {
    await person(world.server, 'changing@example.com', { acme: 'member' })
    const other = await world.open()
    await enter(other.page, world, 'changing@example.com')
    await enter(page, world, 'changing@example.com')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await dialog().getByLabel('Present password').fill('a wrong password')
    await dialog().getByLabel('New password').fill('another password of mine')
    await dialog().getByRole('button', { name: 'Change' }).click()
    await dialog().getByRole('alert').waitFor()
    await dialog().getByLabel('Present password').fill('correct horse battery staple')
    await dialog().getByRole('button', { name: 'Change' }).click()
    await page.getByText('Your password is changed').waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'My profile' }).waitFor()
    await other.page.reload()
    await other.page.getByRole('heading', { name: 'Sign in to Counterfoil' }).waitFor()
    await other.close()
  })
})

describe('workspaces', () => {
  it('are made, renamed, and deleted once that is confirmed', async () => {
    await enter(page, world, emailOf('owner'), '/workspaces')
    await page.getByText('There is no workspace yet').waitFor()
    await page.getByRole('button', { name: 'New workspace' }).first().click()
    await dialog().getByLabel('Short name').fill('eu')
    await dialog().getByLabel('Name', { exact: true }).fill('Europe')
    await dialog().getByRole('button', { name: 'Make the workspace' }).click()
    await page.getByRole('button', { name: 'Rename Europe' }).click()
    await dialog().getByLabel('Name').fill('<b>EU</b> \u202ekcab')
    await dialog().getByRole('button', { name: 'Save' }).click()
    await row('<b>EU</b>').waitFor()
    await row('<b>EU</b>')
      .getByRole('button', { name: /^Delete/ })
      .click()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await page.getByText('There is no workspace yet').waitFor()
  })
})

describe('a session that leads in no more', () => {
  it('leads to where one signs in, and back from there', async () => {
    await enter(page, world, emailOf('auditor'), '/people')
    await row('owner@example.com').waitFor()
    await page.context().clearCookies()
    await page.getByRole('tab', { name: 'Roles' }).click()
    await page.getByRole('heading', { name: 'Sign in to Counterfoil' }).waitFor()
    expect(new URL(page.url()).searchParams.get('return_to')).toBe('/people')
  })

  it('says why where that is another reason, and what to do', async () => {
    await person(world.server, 'later@example.com', { later: 'owner' })
    await enter(page, world, 'later@example.com', '/settings')
    await page.getByLabel('Everybody needs a second factor').click()
    await dialog().getByRole('button', { name: 'Switch on' }).click()
    await page.getByRole('heading', { name: 'Your organization asks for a second factor' }).waitFor()
    await page.getByRole('button', { name: 'Sign in again' }).click()
    await page.getByRole('heading', { name: 'Sign in to Counterfoil' }).waitFor()
    await enter(page, world, emailOf('auditor'), '/people?org=elsewhere')
    await page.getByRole('heading', { name: 'There is no such organization for you' }).waitFor()
  })
})

describe('those who may not', () => {
  it('are not tempted: a member sees no page of the administration but what is everybody’s', async () => {
    await enter(page, world, emailOf('member'))
    await page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: 'API', exact: true })
      .waitFor()
    const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts()
    expect(links).not.toContain('People and roles')
    expect(links).not.toContain('API keys')
    expect(await page.getByRole('button', { name: 'New token' }).count()).toBe(0)
  })

  it.each(['/keys', '/people'])('are told so where they go all the same: %s', async (path) => {
    await enter(page, world, emailOf('member'), path)
    await page.getByRole('heading', { name: 'You may not see this' }).waitFor()
  })

  it('see what they may read without what they may not do', async () => {
    await enter(page, world, emailOf('auditor'), '/people')
    await row('owner@example.com').waitFor()
    expect(await page.getByRole('button', { name: 'Invite somebody' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: /^Remove/ }).count()).toBe(0)
    await page.goto(`${world.server.url}/settings`)
    expect(await page.getByLabel('Everybody needs a second factor').isDisabled()).toBe(true)
    expect(await page.getByRole('heading', { name: 'Single sign-on' }).count()).toBe(0)
  })
})

describe('the catalogue', () => {
  it('gets an action that the log has, with what its metadata must hold', async () => {
    const entry = { action: 'order.created', metadata: {} }
    await world.server.call(world.key, 'POST', '/v1/audit_log_entries', entry)
    await enter(page, world, emailOf('admin'), '/catalogue')
    await page.getByText('You have no catalogue yet').waitFor()
    await page.getByRole('tab', { name: /^Unknown/ }).click()
    await page.getByRole('button', { name: 'Add order.created' }).click()
    await dialog().getByLabel('Group').fill('Orders')
    await dialog()
      .getByLabel(/as JSON Schema$/)
      .fill('{"type": "object", "required": ["order_id"')
    await dialog().getByRole('button', { name: 'Save' }).click()
    await dialog().getByRole('alert').getByText('The schema is no JSON').waitFor()
    await dialog()
      .getByLabel(/as JSON Schema$/)
      .fill('{"type": "object", "required": ["order_id"]}')
    await dialog().getByRole('button', { name: 'Save' }).click()
    await page.getByText('Nothing is unknown').waitFor()
    await page.getByRole('tab', { name: 'Policies' }).click()
    const live = page.locator('section').filter({ hasText: 'Live log' }).last()
    await live.getByLabel('Metadata that do not fit the schema').selectOption('refuse')
    await live.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The policies of the live log are changed').waitFor()
    const refused = await world.server.call(world.key, 'POST', '/v1/audit_log_entries', entry)
    expect([refused.status, refused.body.param]).toEqual([400, '/metadata'])
    await page.getByRole('tab', { name: 'Actions' }).click()
    await page.getByRole('button', { name: 'Delete order.created' }).click()
    await dialog().getByRole('button', { name: 'Delete' }).click()
    await page.getByText('order.created is out of the catalogue').waitFor()
  })
})

describe('retention', () => {
  it('is set in days and megabytes with archives; holds are made and lifted; a period is archived', async () => {
    await world.server.call(world.key, 'POST', '/v1/audit_log_entries', { action: 'order.created' })
    await enter(page, world, emailOf('owner'), '/settings')
    await page.getByRole('button', { name: 'Set a policy' }).click()
    await dialog().getByRole('button', { name: 'Set' }).click()
    await dialog().getByRole('alert').getByText('keep_days').waitFor()
    await dialog().getByLabel('Days to keep entries').fill('400')
    await dialog().getByLabel('Megabytes to keep').fill('2.5')
    await dialog().getByLabel('What goes then').selectOption('entries')
    await dialog().getByLabel('Archive what goes first').check()
    await dialog().getByRole('button', { name: 'Set' }).click()
    await row('400 days, at most 2.5 MB').getByText('the whole entry, archived').waitFor()
    await page.getByRole('button', { name: 'Make a legal hold' }).click()
    await dialog().getByLabel('Name').fill('Case 7')
    await dialog().getByLabel('Reason').fill('A lawsuit')
    await dialog().getByLabel('Entries').fill('actor:ada')
    await dialog().getByRole('button', { name: 'Make' }).click()
    await row('Case 7').getByText('actor:ada').waitFor()
    await page.getByRole('button', { name: 'Archive a period' }).click()
    await dialog().getByLabel('From').fill('2020-01-01')
    await dialog().getByRole('button', { name: 'Archive' }).click()
    await row(archives).getByText('0 to ').waitFor()
    await page.getByRole('button', { name: 'Archive a period' }).click()
    await dialog().getByLabel('To').fill('2020-01-01')
    await dialog().getByRole('button', { name: 'Archive' }).click()
    await row('not made').getByText('No entry').waitFor()
    await page.getByRole('button', { name: 'Lift Case 7' }).click()
    await dialog().getByLabel('Reason').fill('It was settled')
    await dialog().getByRole('button', { name: 'Lift' }).click()
    await row('Case 7').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Remove the policy for all' }).click()
    await dialog().getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Everything is kept.', { exact: true }).waitFor()
  })

  it('shows erasures, those that cannot be carried out with the reason', async () => {
    const { access } = world.server.counterfoil
    const organization = await access.findOrganization('acme')
    const id = '01990000-0000-7000-8000-00000000000e'
    await access.transaction(async (access) => {
      // As a damaged entry makes it: lifecycle's tests meet one.
      await access.erasures.add({
        ...{ id, log: { organization_id: organization?.id as string, mode: 'live' }, cause: 'request' },
        ...{ entryId: id, sections: ['/actor'], runs: [[0, 0]], entries: 1, reason: 'They asked.' },
        ...{ legalBasis: 'none', requestedBy: { type: 'user', label: 'ada' }, requestedAt: Date.now() },
      })
      await access.erasures.fail(id, 'Entry 0 is not what was recorded.')
    })
    await enter(page, world, emailOf('owner'), '/settings')
    await row('They asked.').getByText('Entry 0 is not what was recorded.').waitFor()
    await row('They asked.').getByText('failing').waitFor()
  })
})

describe('operators', () => {
  it('give a log another key, and are told when it cannot be begun anew', async () => {
    await person(world.server, 'keeper@example.com', { _platform: 'operator' })
    await world.server.call(world.key, 'POST', '/v1/audit_log_entries?wait=checkpoint', { action: 'a.b' })
    await enter(page, world, 'keeper@example.com', '/all-logs')
    await row('acme.live').getByText('sound').waitFor()
    await page.getByRole('button', { name: 'New key for acme.live' }).click()
    await dialog().getByRole('button', { name: 'Give it a new key' }).click()
    await row('acme.live').getByRole('cell', { name: '2', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Begin anew acme.live' }).click()
    await dialog().getByLabel('Why').fill('For no good reason')
    await dialog().getByRole('button', { name: 'Begin anew' }).click()
    await dialog().getByRole('alert').getByText('not frozen').waitFor()
  })

  it('make an organization, read it for support with a reason, and suspend it', async () => {
    await person(world.server, 'op@example.com', { _platform: 'operator' })
    await enter(page, world, 'op@example.com', '/organizations')
    await page.getByRole('button', { name: 'New organization' }).click()
    await dialog().getByLabel('Short name').fill('initech')
    await dialog().getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('button', { name: 'Support initech' }).click()
    await dialog().getByLabel('Why').fill('They asked us to look at a missing entry')
    await dialog().getByRole('button', { name: 'Start' }).click()
    await row('They asked us to look').getByText('now', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'End the access to initech' }).click()
    await dialog().getByRole('button', { name: 'End' }).click()
    await page.getByText('The access has ended').waitFor()
    await page.getByRole('button', { name: 'Suspend initech' }).click()
    await dialog().getByLabel('Why').fill('They left')
    await dialog().getByRole('button', { name: 'Suspend' }).click()
    await row('initech').getByText('suspended').first().waitFor()
    await page.getByRole('button', { name: 'Let in initech' }).click()
    await dialog().getByRole('button', { name: 'Let in' }).click()
    await page.getByRole('button', { name: 'Suspend initech' }).waitFor()
  })
})
