import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenOf } from '../../../packages/server/dist/dialects/access/testing/people.js'
import { ROOT } from '../tidy/source-tree.js'
import { logEntries } from './testing/log-entries.js'
import { emailOf, enter, openPageWorld, type PageWorld, person } from './testing/page-world.js'

// `npm run screenshots` writes what the documents show; every other run holds that each page has its pictures.

const FOLDER = join(ROOT, 'docs/screenshots')
const BYTES_MAX = 2_000_000
const THEMES = ['light', 'dark'] as const
const SECONDS = 64
const isWriting = process.env.SCREENSHOTS === 'write'

type Shown = readonly [
  name: string,
  path: (world: Ids) => string,
  ready: (page: Page) => Promise<unknown>,
  /** Whose page it is; the owner's when left out. */
  email?: string,
]
const OPERATOR = 'operator@example.com'
interface Ids {
  readonly entry: string
  /** The time in which everything was recorded, as the page's address says it. */
  readonly times: string
}

const heading = (name: string | RegExp) => (page: Page) =>
  page.getByRole('heading', { name }).first().waitFor()
const rows = (page: Page) => page.getByRole('gridcell').first().waitFor()

const PAGES: readonly Shown[] = [
  ['logs', ({ times }) => `/logs?${times}`, rows],
  [
    'logs-filters',
    ({ times }) => `/logs?${times}&facets=1&q=-severity:debug`,
    (page) => page.getByRole('button', { name: /^Orders/ }).waitFor(),
  ],
  [
    'entry',
    ({ entry, times }) => `/logs/entries/${entry}?${times}`,
    async (page) => {
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      await page.getByText('computed the very same hash').waitFor()
      await page.locator('.drawer').evaluate((drawer) => drawer.scrollTo(0, 0))
    },
  ],
  [
    'export',
    ({ times }) => `/logs?${times}&q=severity:warning`,
    async (page) => {
      await rows(page)
      await page.getByRole('button', { name: 'Export', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'integrity',
    () => '/integrity',
    async (page) => {
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByText('every hash is what its entry').waitFor()
    },
  ],
  ['profile', () => '/profile', heading(/profile/i)],
  ['people', () => '/people', heading('People and roles')],
  ['keys', () => '/keys', heading('API keys')],
  ['workspaces', () => '/workspaces', heading('Workspaces')],
  ['catalogue', () => '/catalogue', heading('Catalogue')],
  ['settings', () => '/settings', heading('Settings')],
  ['api', () => '/reference', heading('API')],
  ['graphql', () => '/graphql', heading('GraphQL')],
  ['embed', () => '/embed', heading('Embedding')],
  ['start', () => '/start', heading('Record your first entry')],
  ['organizations', () => '/organizations', (page) => page.getByRole('cell').first().waitFor(), OPERATOR],
  ['all-logs', () => '/all-logs', (page) => page.getByRole('cell').first().waitFor(), OPERATOR],
]
const NAMES = ['sign-in', ...PAGES.map(([name]) => name)].flatMap((name) =>
  THEMES.map((theme) => `${name}-${theme}.webp`),
)

describe('pictures of every page', () => {
  it('are there in both themes, and small', () => {
    if (isWriting) return
    const files = readdirSync(FOLDER)
    expect(files.toSorted()).toEqual(NAMES.toSorted())
    const bytes = files.map((name) => statSync(join(FOLDER, name)).size)
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(BYTES_MAX)
  })
})

describe.runIf(isWriting)('taking them', () => {
  let world: PageWorld
  let ids: Ids
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true })
    world = await openPageWorld()
    await furnish(world)
    ids = await recordAMinute(world)
    // Its key has no name, and nobody would keep such a one.
    await world.server.counterfoil.access.revokeKey(world.key.split('_')[2] as string)
  }, 180_000)
  afterAll(() => world?.close())

  it.each(THEMES)('in %s', { timeout: 180_000 }, async (colorScheme) => {
    const watched = await world.open({ colorScheme, viewport: { width: 1280, height: 800 } })
    const { page } = watched
    await page.goto(`${world.server.url}/sign-in`)
    await heading(/Sign in/)(page)
    await write(page, `sign-in-${colorScheme}.webp`)
    for (const [name, path, ready, email] of PAGES) {
      await enter(page, world, email ?? emailOf('owner'), path(ids))
      await ready(page)
      await write(page, `${name}-${colorScheme}.webp`)
    }
    expect(watched.offences).toEqual([])
    await watched.close()
  })
})

const PEOPLE = [
  ['Farah Nakamura', 'owner'],
  ['Ada Lindqvist', 'admin'],
  ['Björn Haddad', 'auditor'],
  ['Chiara Duarte', 'member'],
] as const
const CATALOGUE = [
  ['order.created', 'Orders', 'Somebody has placed an order.'],
  ['order.updated', 'Orders', 'What an order says was changed.'],
  ['order.viewed', 'Orders', 'Somebody has looked at an order.'],
  ['invoice.paid', 'Money', 'An invoice was paid.'],
  ['payment.refunded', 'Money', 'A customer got their money back.'],
  ['session.created', 'Signing in', 'Somebody has signed in.'],
  ['session.refused', 'Signing in', 'Somebody was not let in.'],
  ['role.assigned', 'Access', 'Somebody may do something else from now on.'],
  ['report.exported', 'Access', 'Somebody has taken figures along.'],
] as const
const WORKSPACES = [
  ['main', 'Main'],
  ['stores', 'Stores'],
  ['wholesale', 'Wholesale'],
] as const

/** What a company has after its first weeks: names, workspaces, keys and a catalogue. */
async function furnish({ server }: PageWorld): Promise<void> {
  await person(server, OPERATOR, { _platform: 'operator' })
  for (const [name, role] of PEOPLE)
    await server.call(await tokenOf(server, emailOf(role)), 'PATCH', '/v1/me', { name })
  const owner = await tokenOf(server, emailOf('owner'))
  const make = async (method: string, path: string, body: object) => {
    const answer = await server.call(owner, method, path, body)
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
  }
  await make('PATCH', '/v1/organization', { name: 'Northwind' })
  for (const [slug, name] of WORKSPACES) await make('POST', '/v1/workspaces', { slug, name })
  for (const [action, group, description] of CATALOGUE)
    await make('PUT', `/v1/catalogue/actions/${action}`, { group, description })
  const keys = [
    ['Storefront', 'live', ['audit:write']],
    ['Security team’s collector', 'live', ['audit:read']],
    ['Storefront, staging', 'test', ['audit:write', 'audit:read']],
  ]
  for (const [name, mode, scopes] of keys) await make('POST', '/v1/api_keys', { name, mode, scopes })
  await make('POST', '/v1/me/personal_tokens', { name: 'Weekly report' })
}

/** Entries over a minute, with a rush now and then, so that there is activity to be seen. */
async function recordAMinute({ server, key }: PageWorld): Promise<Ids> {
  let entry = ''
  const from = new Date().toISOString()
  for (let second = 0; second < SECONDS; second++) {
    const rush = second % 23 > 18 ? 60 : 0
    const body = logEntries(second, 6 + rush + ((second * 17) % 31))
    const answer = await server.call(key, 'POST', '/v1/audit_log_entries', body)
    const at = body.findIndex(({ action }) => action === 'order.updated')
    entry = answer.body.data[at]?.id ?? entry
    await delay(1_000)
  }
  return { entry, times: `from=${from}&to=${new Date().toISOString()}` }
}

/** A picture as WebP, a fifth of its size as PNG; the browser itself makes it. */
async function write(page: Page, name: string): Promise<void> {
  // What fades in and what is on its way has come.
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => document.fonts.ready)
  await delay(300)
  const png = (await page.screenshot()).toString('base64')
  const blank = await page.context().newPage()
  const webp = await blank.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = new OffscreenCanvas(image.width, image.height)
    canvas.getContext('2d')?.drawImage(image, 0, 0)
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.82 })
    return Array.from(new Uint8Array(await blob.arrayBuffer()))
  }, png)
  await blank.close()
  writeFileSync(join(FOLDER, name), Uint8Array.from(webp))
}
