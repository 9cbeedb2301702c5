import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import {
  CHEAP,
  NO_LIMITS,
  PASSWORD,
  person,
} from '../../../../packages/server/dist/dialects/access/testing/people.js'
import { openTestServer, type TestServer } from '../../../../packages/server/dist/testing/test-server.js'
import {
  closePages,
  openWatched,
  openWatchedBrowser,
  sharedChromium,
  type WatchedBrowser,
  type WatchedPage,
} from './watched-page.js'

export { PASSWORD, person }

/** Who belongs to Acme from the start: an address for each role. */
export const ROLES = ['owner', 'admin', 'auditor', 'member'] as const
export const emailOf = (role: (typeof ROLES)[number]) => `${role}@example.com`

/** A server with people and entries, and a browser. */
export interface PageWorld {
  readonly server: TestServer
  readonly browser: Browser
  /** A key of Acme that records, reads, and makes viewer tokens. */
  readonly key: string
  open(options?: Parameters<typeof openWatched>[2]): Promise<WatchedPage>
  close(): Promise<void>
}

export async function openPageWorld(settings: Parameters<typeof openTestServer>[0] = {}): Promise<PageWorld> {
  const [browser, server] = await Promise.all([
    sharedChromium(),
    openTestServer(settings, undefined, { hashingCost: CHEAP, signInLimits: NO_LIMITS }),
  ])
  // Made the first time that somebody asks for it.
  await server.counterfoil.access.tenants.platform()
  for (const role of ROLES) await person(server, emailOf(role), { acme: role })
  const key = await server.makeKey({ scopes: ['audit:read', 'audit:write', 'viewer_tokens:create'] })
  return {
    server,
    browser,
    key,
    open: (options) => openWatched(browser, [server.url], options),
    close: async () => {
      await Promise.all([closePages(browser), server.close()])
    },
  }
}

/**
 * A world for all tests of a file, and a page of its own for each test, which must neither break the policy nor ask anybody
 * else. Each is handed over as soon as it is there.
 */
export function watchEachPage({
  world: takeWorld,
  page: takePage,
  settings = {},
}: {
  readonly world: (world: PageWorld) => Promise<unknown>
  readonly page: (page: Page) => void
  readonly settings?: Parameters<typeof openTestServer>[0]
}): void {
  let world: PageWorld
  let reader: WatchedBrowser
  let watched: WatchedPage
  beforeAll(async () => {
    world = await openPageWorld(settings)
    reader = await openWatchedBrowser(world.browser, [world.server.url])
    await takeWorld(world)
  })
  afterAll(() => world.close())
  beforeEach(async () => {
    watched = await reader.open()
    takePage(watched.page)
  })
  afterEach(async () => {
    expect(watched.offences).toEqual([])
    await watched.close()
  })
}

/** Fills the form where one signs in, and sends it. */
export async function fillSignIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Goes to a path of the page as somebody who has signed in before, which takes less time than signing in. */
export async function enter(
  page: Page,
  { server }: PageWorld,
  email: string,
  path = '/profile',
): Promise<void> {
  const { access } = server.counterfoil
  const membership = (await access.memberships.ofPerson((await access.people.find(email))?.personId ?? ''))[0]
  if (membership === undefined) throw new Error(`${email} belongs nowhere`)
  const { token } = await access.sessions.create(membership.personId, membership.organizationId, 'live', {
    form: 'cookie',
    userAgent: await page.evaluate(() => navigator.userAgent),
  })
  await page.context().addCookies([{ name: 'counterfoil', value: token, url: server.url }])
  await page.goto(server.url + path)
}
