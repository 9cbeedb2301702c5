import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { Authenticator } from './testing/authenticator.js'
import { expectGoodLooks } from './testing/looks.js'
import {
  emailOf,
  enter,
  fillSignIn,
  PASSWORD,
  type PageWorld,
  person,
  watchEachPage,
} from './testing/page-world.js'

let world: PageWorld
let page: Page
watchEachPage({
  world: async (opened) => {
    world = opened
  },
  page: (opened) => {
    page = opened
  },
})

const go = (path: string) => page.goto(world.server.url + path)
const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const goOnWithCodes = async () => {
  const items = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await items.first().waitFor()
  const codes = await items.allInnerTexts()
  await page.getByLabel('I have kept the codes').check()
  await page.getByRole('button', { name: 'Go on' }).click()
  return codes
}

describe('signing in', () => {
  it('leads to where somebody wanted to go, by the keyboard alone', async () => {
    await go('/keys')
    await heading('Sign in to Counterfoil')
    await page.getByRole('tab', { name: 'E-mail' }).focus()
    await page.keyboard.press('Tab')
    await page.keyboard.type(emailOf('owner'))
    await page.keyboard.press('Tab')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await heading('API keys')
    expect(new URL(page.url()).pathname).toBe('/keys')
  })

  it('says the same of a wrong password and an unknown address, and keeps what was typed', async () => {
    for (const email of [emailOf('owner'), 'nobody@example.com']) {
      await go('/sign-in')
      await fillSignIn(page, email, 'not the password at all')
      await page.getByRole('alert').getByText('Check both and try again.').waitFor()
      expect(await page.getByLabel('E-mail address').inputValue()).toBe(email)
    }
  })

  it('leads nowhere else, whatever a link says', async () => {
    await go('/sign-in?return_to=//evil.example/x')
    await fillSignIn(page, emailOf('owner'))
    await page.waitForURL(`${world.server.url}/logs`)
  })

  it('takes an API key in place of a person', async () => {
    await go('/sign-in')
    await page.getByRole('tab', { name: 'API key' }).click()
    await page.getByRole('textbox', { name: 'API key' }).fill('cf_live_nothing')
    await page.getByRole('button', { name: 'Open the log' }).click()
    await page.getByRole('alert').getByText('The API key is not valid.').waitFor()
    await page.getByRole('textbox', { name: 'API key' }).fill(world.key)
    await page.getByRole('button', { name: 'Open the log' }).click()
    await page.waitForURL(`${world.server.url}/logs`)
  })

  it('at a provider that refuses says why, and offers another way', async () => {
    await go('/sign-in')
    await page.getByRole('tab', { name: 'Single sign-on' }).click()
    await page.getByLabel('Organization').fill('nowhere')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').getByText('There is no single sign-on for “nowhere”').waitFor()
    expect(await page.getByRole('tab', { name: 'Single sign-on' }).getAttribute('aria-selected')).toBe('true')
    expect(await page.getByLabel('Organization').inputValue()).toBe('nowhere')
    await page.getByRole('tab', { name: 'E-mail' }).click()
    await page.getByLabel('E-mail address').waitFor()
  })
})

describe('a second factor', () => {
  it('is scanned, asked for from then on, and replaced by a recovery code where it is lost', async () => {
    await person(world.server, 'second@example.com', { acme: 'auditor' })
    await enter(page, world, 'second@example.com')
    await page.getByRole('button', { name: 'Set up' }).click()
    const dialog = page.getByRole('dialog', { name: 'Set up your second factor' })
    await dialog.getByLabel('Password').fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Go on' }).click()
    const authenticator = await Authenticator.scan(page)
    await dialog.getByLabel('Code of your authenticator').fill('000000')
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Code of your authenticator').fill(authenticator.code())
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    const codes = await goOnWithCodes()
    expect(codes).toHaveLength(10)
    await page.getByText('10 recovery codes are left').waitFor()

    const again = await world.open()
    try {
      const other = again.page
      await other.goto(`${world.server.url}/sign-in?return_to=/profile`)
      await fillSignIn(other, 'second@example.com')
      await other.getByLabel('Code of your authenticator').fill(authenticator.code())
      await other.getByRole('button', { name: 'Sign in' }).click()
      await other.getByRole('heading', { level: 1, name: 'My profile' }).waitFor()
    } finally {
      await again.close()
    }

    const lost = await world.open()
    try {
      const other = lost.page
      await other.goto(`${world.server.url}/sign-in?return_to=/profile`)
      await fillSignIn(other, 'second@example.com')
      await other.getByRole('button', { name: 'Use a recovery code instead' }).click()
      await other.getByLabel('Recovery code', { exact: true }).fill(codes[0] as string)
      await other.getByRole('button', { name: 'Sign in' }).click()
      await other.getByText('9 recovery codes are left').waitFor()
      expect(lost.offences).toEqual([])
    } finally {
      await lost.close()
    }
  })

  it('is set up while signing in where the organization asks for it', async () => {
    await person(world.server, 'must@example.com', { strict: 'owner' })
    const { access } = world.server.counterfoil
    const strict = await access.findOrganization('strict')
    await access.transaction((access) =>
      access.tenants.update(strict?.id ?? '', { secondFactorRequired: true }),
    )
    await go('/sign-in?return_to=/profile')
    await fillSignIn(page, 'must@example.com')
    await heading('Set up your second factor')
    const authenticator = await Authenticator.scan(page)
    await expectGoodLooks(page, 'setting up a second factor')
    await page.getByLabel('Code of your authenticator').fill(authenticator.code())
    await page.getByRole('button', { name: 'Confirm and sign in' }).click()
    expect(await goOnWithCodes()).toHaveLength(10)
    await heading('My profile')
  })
})

describe('links', () => {
  it('of an invitation lead somebody new in, once', async () => {
    await enter(page, world, emailOf('owner'), '/people')
    await page.getByRole('button', { name: 'Invite somebody' }).click()
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
    await dialog.getByLabel('E-mail address').fill('new@example.com')
    await dialog.getByLabel('Role').selectOption('auditor')
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    const link = await page.getByRole('status', { name: 'Link' }).innerText()
    expect(link).toMatch(/\/invitation#/)

    const invited = await world.open()
    try {
      const other = invited.page
      await other.goto(link)
      await other.getByText('You are invited as new@example.com, with the role auditor').waitFor()
      await expectGoodLooks(other, 'an invitation')
      await other.getByLabel('Choose a password').fill('too short')
      await other.getByRole('button', { name: 'Join' }).click()
      expect(await other.getByLabel('Choose a password').evaluate((input) => input.matches(':invalid'))).toBe(
        true,
      )
      await other.getByLabel('Choose a password').fill(PASSWORD)
      await other.getByRole('button', { name: 'Join' }).click()
      await other.getByRole('link', { name: 'Sign in' }).click()
      await fillSignIn(other, 'new@example.com')
      await other.waitForURL(`${world.server.url}/logs`)
      await other.goto('about:blank')
      await other.goto(link)
      await other.getByRole('heading', { name: 'This link does not work' }).waitFor()
      expect(invited.offences).toEqual([])
    } finally {
      await invited.close()
    }
  })

  it('of a reset set a password, which is the only one from then on', async () => {
    await person(world.server, 'forgetful@example.com', { resets: 'member' })
    const admin = await person(world.server, 'resetter@example.com', { resets: 'owner' })
    const { access } = world.server.counterfoil
    const organization = await access.findOrganization('resets')
    const { body } = await world.server.call(
      (await access.sessions.create(admin, organization?.id ?? '', 'live')).token,
      'POST',
      '/v1/invitations',
      { email: 'fresh@example.com', role: 'member' },
    )
    await page.goto(body.link)
    await page.getByLabel('Choose a password').fill('a first password')
    await page.getByRole('button', { name: 'Join' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    const people = await world.server.call(
      (await access.sessions.create(admin, organization?.id ?? '', 'live')).token,
      'GET',
      '/v1/people',
    )
    const { id } = people.body.data.find(({ email }: { email: string }) => email === 'fresh@example.com')
    const reset = await world.server.call(
      (await access.sessions.create(admin, organization?.id ?? '', 'live')).token,
      'POST',
      `/v1/people/${id}/password_reset`,
    )
    await page.goto('about:blank')
    await page.goto(reset.body.link)
    await page.getByLabel('New password').fill('a second password')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await fillSignIn(page, 'fresh@example.com', 'a first password')
    await page.getByRole('alert').waitFor()
    await fillSignIn(page, 'fresh@example.com', 'a second password')
    await page.waitForURL(`${world.server.url}/logs`)
  })

  it('cannot be mailed by a server without mail, which says whom to ask', async () => {
    await go('/sign-in')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await heading('Set a new password')
    await page.getByLabel('E-mail address').fill(emailOf('owner'))
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await page.getByText('This server sends no mail.').waitFor()
    await expectGoodLooks(page, 'a new password')
  })
})

it.each(['E-mail', 'Single sign-on', 'API key'])('signing in by %s looks good', async (tab) => {
  await go('/sign-in?problem=sso_failed&sso=acme')
  await heading('Sign in to Counterfoil')
  await page.getByRole('tab', { name: tab }).click()
  await expectGoodLooks(page, tab)
})
