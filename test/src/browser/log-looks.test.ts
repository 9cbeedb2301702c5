import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logEntries } from './testing/log-entries.js'
import { emailOf, enter, openPageWorld, type PageWorld } from './testing/page-world.js'
import { axeViolations, type WatchedPage } from './testing/watched-page.js'

// The log's own pages, as everybody must be able to use them: axe finds nothing, and nothing is wider than its window.

let world: PageWorld
let entryId: string
beforeAll(async () => {
  world = await openPageWorld()
  const body = logEntries(3, 120)
  const answer = await world.server.call(world.key, 'POST', '/v1/audit_log_entries', body)
  entryId = answer.body.data[body.findIndex((entry) => entry.action === 'order.updated')].id
})
afterAll(() => world.close())

const WINDOWS = [
  ['light', 1280, 800],
  ['dark', 1280, 800],
  ['light', 320, 640],
] as const

type Step = (watched: WatchedPage) => Promise<unknown>
const STATES: readonly (readonly [what: string, path: () => string, step: Step])[] = [
  ['the log', () => '/logs', ({ page }) => page.getByRole('gridcell').first().waitFor()],
  [
    'the log with filters',
    () => '/logs?facets=1&rows=25&q=severity:warning',
    ({ page }) => page.getByRole('heading', { name: 'Action' }).waitFor(),
  ],
  [
    'a search without matches',
    () => '/logs?q=nobody',
    ({ page }) => page.getByText('No entry matches').waitFor(),
  ],
  [
    'a search that cannot be understood',
    () => '/logs?q=nokey:1',
    ({ page }) => page.getByText('The search text cannot be understood').waitFor(),
  ],
  [
    'an entry',
    () => `/logs/entries/${entryId}`,
    async ({ page }) => {
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      await page.getByText('computed the very same hash').waitFor()
    },
  ],
  [
    'the export',
    () => '/logs',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Export', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'the times',
    () => '/logs',
    async ({ page }) => {
      await page.getByRole('button', { name: /^Time range/ }).click()
      await page.getByRole('button', { name: 'Apply' }).waitFor()
    },
  ],
  [
    'the saved views',
    () => '/logs',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Saved views' }).click()
      await page.getByText('Nothing is kept yet').waitFor()
    },
  ],
  [
    'the columns',
    () => '/logs',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Columns' }).click()
      await page.getByRole('checkbox', { name: 'Region' }).waitFor()
    },
  ],
  [
    'the shortcuts',
    () => '/logs',
    async ({ page }) => {
      await page.getByRole('grid').waitFor()
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'the integrity of the log',
    () => '/integrity',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByText('every hash is what its entry').waitFor()
    },
  ],
]

describe.each(WINDOWS)('in %s at %i by %i', (colorScheme, width, height) => {
  it.each(STATES)('axe finds nothing wrong with %s', async (_what, path, step) => {
    const watched = await world.open({ colorScheme, viewport: { width, height } })
    await enter(watched.page, world, emailOf('auditor'), path())
    await step(watched)
    expect(await axeViolations(watched.page)).toEqual([])
    expect(await watched.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(watched.offences).toEqual([])
    await watched.close()
  })
})
