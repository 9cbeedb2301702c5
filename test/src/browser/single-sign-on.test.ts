import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  type Acting,
  CLIENT_SECRET,
  openProvider,
} from '../../../packages/server/dist/dialects/access/testing/openid-provider.js'
import { emailOf, enter, fillSignIn, openPageWorld, type PageWorld } from './testing/page-world.js'
import { openWatched, type WatchedPage } from './testing/watched-page.js'

// A real provider, set up in the page by an owner, and people who sign in at it.

let world: PageWorld
let provider: Server
let issuer: string
let watched: WatchedPage
let page: Page
const acting: Acting = { account: {}, tamper: {} }

beforeAll(async () => {
  world = await openPageWorld({ sso_private_addresses: 'allow' })
  provider = createServer().listen(0, '127.0.0.1')
  await once(provider, 'listening')
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const redirectUri = `${world.server.url}/v1/sso/acme/callback`
  provider.on('request', openProvider({ issuer, redirectUri, acting }).callback())
})
afterAll(async () => {
  await world.close()
  provider.closeAllConnections()
  provider.close()
})
beforeEach(async () => {
  watched = await openWatched(world.browser, [world.server.url, issuer])
  page = watched.page
})
afterEach(async () => {
  expect(watched.offences).toEqual([])
  await watched.close()
})

it('is set up by an owner; people come in at the provider, and are told when it does not vouch for them', async () => {
  await enter(page, world, emailOf('owner'), '/settings')
  await page.getByRole('button', { name: 'Set up' }).click()
  const dialog = page.getByRole('dialog', { name: 'Single sign-on' })
  await dialog.getByLabel('Issuer').fill('http://127.0.0.1:1')
  await dialog.getByLabel('Client id').fill('counterfoil')
  await dialog.getByLabel('Client secret').fill(CLIENT_SECRET)
  await dialog.getByLabel('Domains of e-mail addresses').fill('example.com')
  await dialog.getByRole('button', { name: 'Check and save' }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByLabel('Issuer').fill(issuer)
  await dialog.getByRole('button', { name: 'Check and save' }).click()
  await page.getByRole('status', { name: 'Where people begin' }).waitFor()
  await page.context().clearCookies()

  acting.account = { sub: 'a1', email: emailOf('auditor'), email_verified: true, name: 'Alan' }
  await page.goto(`${world.server.url}/sign-in?return_to=/profile`)
  await page.getByRole('tab', { name: 'Single sign-on' }).click()
  await page.getByLabel('Organization').fill('Acme')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText(`You are ${emailOf('auditor')}`).waitFor()
  // The provider looks after password and second factor.
  expect(await page.getByRole('button', { name: 'Change the password' }).count()).toBe(0)
  await page.context().clearCookies()

  acting.account = { sub: 'a2', email: 'stranger@example.com', email_verified: true }
  await page.goto(`${world.server.url}/sign-in?sso=acme`)
  await page.getByRole('tab', { name: 'Single sign-on' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').getByText('did not let you in').waitFor()
})

it('is what somebody is led to whose organization takes passwords no more', async () => {
  await enter(page, world, emailOf('owner'), '/settings')
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByRole('dialog').getByLabel('Passwords lead in no more').check()
  await page.getByRole('dialog').getByRole('button', { name: 'Check and save' }).click()
  await page.getByRole('heading', { name: 'Your organization signs in at its own provider' }).waitFor()
  await page.getByRole('button', { name: 'Sign in again' }).click()
  acting.account = { sub: 'm1', email: emailOf('member'), email_verified: true }
  await fillSignIn(page, emailOf('member'))
  await page.getByRole('alert').getByRole('link', { name: 'Continue there' }).click()
  await page.waitForURL(`${world.server.url}/logs`)
})
