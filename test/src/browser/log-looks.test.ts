import type { Page } from 'playwright-core'
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
  ['light', 1280, 800, {}],
  ['dark', 1280, 800, { rules: 'of colours', isOverlayOnly: true }],
  ['light', 320, 640, { isOverlayOnly: true }],
] as const

/** A window of 1280 by 800 at 200 %. */
const ZOOMED = { width: 640, height: 400 }
const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth)

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

it.each(STATES)('axe finds nothing wrong with %s, and it fits', async (_what, path, step) => {
  const watched = await world.open()
  const { page } = watched
  await enter(page, world, emailOf('auditor'), path())
  await step(watched)
  for (const [colorScheme, width, height, scope] of WINDOWS) {
    const where = `${colorScheme}, ${width}`
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    // Colours fade from one theme to the other.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
    expect([where, ...(await axeViolations(page, scope))]).toEqual([where])
    expect([where, await widthOf(page)]).toEqual([where, width])
  }
  await page.setViewportSize(ZOOMED)
  expect(await widthOf(page)).toBe(ZOOMED.width)
  expect(watched.offences).toEqual([])
  await watched.close()
})

describe('on paper', () => {
  /** Whole pages, of the size that the document asks for. */
  const sheetsOf = async (page: Page) =>
    [
      ...(await page.pdf({ preferCSSPageSize: true }))
        .toString('latin1')
        .matchAll(/\/MediaBox \[0 0 (\d+) (\d+)/g),
    ].map(([, width, height]) => (Number(width) > Number(height) ? 'landscape' : 'portrait'))
  const onPaper = async (path: string, width: number, height: number) => {
    const watched = await world.open({ colorScheme: 'dark', viewport: { width, height } })
    await enter(watched.page, world, emailOf('auditor'), path)
    return watched
  }

  it('the list is whole, dark on white, and says what it is a list of', async () => {
    const watched = await onPaper('/logs?q=-source:counterfoil&tz=UTC', 1123, 794)
    const { page } = watched
    await page.getByRole('gridcell').first().waitFor()
    const sheets = await sheetsOf(page)
    expect(sheets.length).toBeGreaterThan(1)
    expect(new Set(sheets)).toEqual(new Set(['landscape']))
    await page.emulateMedia({ media: 'print' })
    await page.getByText('120 entries from').waitFor()
    await page.getByText('found by -source:counterfoil').waitFor()
    expect(await page.locator('.log-rows .log-row').count()).toBe(120)
    for (const hidden of ['.side', '.logs-tools', '.pager'])
      expect(await page.locator(hidden).isVisible()).toBe(false)
    const looks = await page.evaluate(() => {
      const rows = [...document.querySelectorAll('.log-rows .log-row')].map((row) =>
        row.getBoundingClientRect(),
      )
      return {
        scheme: getComputedStyle(document.documentElement).colorScheme,
        isOneBelowTheOther: rows.every(({ top }, i) => i === 0 || top >= (rows[i - 1]?.bottom ?? 0) - 1),
        isCutOff: [...document.querySelectorAll('.log-cell')].some(
          (cell) => cell.scrollWidth > cell.clientWidth + 1,
        ),
      }
    })
    expect(looks).toEqual({ scheme: 'light', isOneBelowTheOther: true, isCutOff: false })
    expect(await widthOf(page)).toBeLessThanOrEqual(1123)
    await watched.close()
  })

  it('an entry is whole, without the list beside it', async () => {
    const watched = await onPaper(`/logs/entries/${entryId}`, 794, 1123)
    const { page } = watched
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await page.getByText('computed the very same hash').waitFor()
    expect(new Set(await sheetsOf(page))).toEqual(new Set(['portrait']))
    await page.emulateMedia({ media: 'print' })
    await page.getByText('Entry hash').waitFor()
    expect(await page.getByRole('grid').isVisible()).toBe(false)
    expect(await page.getByRole('button').count()).toBe(0)
    const { height, content } = await page
      .getByRole('complementary', { name: 'Entry' })
      .evaluate((drawer) => ({
        height: drawer.clientHeight,
        content: drawer.scrollHeight,
      }))
    expect(height).toBe(content)
    await watched.close()
  })
})

it('nothing moves for those who asked for less motion', async () => {
  const longest = async (reducedMotion: 'reduce' | 'no-preference') => {
    const watched = await world.open({ reducedMotion })
    await enter(watched.page, world, emailOf('owner'), '/profile')
    await watched.page.getByRole('heading', { name: 'My profile' }).waitFor()
    const seconds = await watched.page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element)
        return `${transitionDuration}, ${animationDuration}`.split(', ').map(Number.parseFloat)
      }),
    )
    await watched.close()
    return Math.max(...seconds)
  }
  expect(await longest('no-preference')).toBeGreaterThan(0.05)
  expect(await longest('reduce')).toBeLessThan(0.001)
})
