import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { logEntries } from './testing/log-entries.js'
import { expectGoodLooks } from './testing/looks.js'
import { emailOf, enter, type PageWorld, watchEachPage } from './testing/page-world.js'

// The log's own pages, as everybody must be able to use them: axe finds nothing, and nothing is wider than its window.

let world: PageWorld
let page: Page
let entryId: string
watchEachPage({
  world: async (opened) => {
    world = opened
    const body = logEntries(3, 120)
    const answer = await world.server.call(world.key, 'POST', '/v1/audit_log_entries', body)
    entryId = answer.body.data[body.findIndex((entry) => entry.action === 'order.updated')].id
  },
  page: (opened) => {
    page = opened
  },
})

type Step = () => Promise<unknown>
/** What lies over the list is looked at over a few rows: all of them are looked at by themselves. */
const FEW_ROWS = '/logs?q=severity:security'
const STATES: readonly (readonly [what: string, path: () => string, step: Step])[] = [
  ['the log', () => '/logs?q=outcome:failure,denied', () => page.getByRole('gridcell').first().waitFor()],
  [
    'the log with filters',
    () => '/logs?facets=1&rows=25&q=severity:warning',
    () => page.getByRole('heading', { name: 'Action' }).waitFor(),
  ],
  ['a search without matches', () => '/logs?q=nobody', () => page.getByText('No entry matches').waitFor()],
  [
    'a search that cannot be understood',
    () => '/logs?q=nokey:1',
    () => page.getByText('The search text cannot be understood').waitFor(),
  ],
  [
    'an entry',
    () => `/logs/entries/${entryId}?q=severity:security`,
    async () => {
      await page.getByRole('button', { name: 'Verify in this browser' }).click()
      await page.getByText('computed the very same hash').waitFor()
    },
  ],
  [
    'the export',
    () => FEW_ROWS,
    async () => {
      await page.getByRole('button', { name: 'Export', exact: true }).click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'the times',
    () => FEW_ROWS,
    async () => {
      await page.getByRole('button', { name: /^Time range/ }).click()
      await page.getByRole('button', { name: 'Apply' }).waitFor()
    },
  ],
  [
    'the saved views',
    () => FEW_ROWS,
    async () => {
      await page.getByRole('button', { name: 'Saved views' }).click()
      await page.getByText('Nothing is kept yet').waitFor()
    },
  ],
  [
    'the columns',
    () => FEW_ROWS,
    async () => {
      await page.getByRole('button', { name: 'Columns' }).click()
      await page.getByRole('checkbox', { name: 'Region' }).waitFor()
    },
  ],
  [
    'the shortcuts',
    () => FEW_ROWS,
    async () => {
      await page.getByRole('grid').waitFor()
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'the integrity of the log',
    () => '/integrity',
    async () => {
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByText('every hash is what its entry').waitFor()
    },
  ],
]

it.each(STATES)('axe finds nothing wrong with %s, and it fits', async (what, path, step) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await enter(page, world, emailOf('auditor'), path())
  await step()
  await expectGoodLooks(page, what)
})

it('says in a narrow window all of the times, and on cards what the chosen columns do', async () => {
  await page.setViewportSize({ width: 320, height: 640 })
  const times = '2026-01-01 00:00 – 2096-12-31 12:00'
  const path = '/logs?from=2026-01-01T00:00:00Z&to=2096-12-31T12:00:00Z&tz=UTC&q=-source:counterfoil'
  await enter(page, world, emailOf('auditor'), path)
  const label = page.getByRole('button', { name: times }).getByText(times)
  expect(await label.evaluate((text) => text.scrollWidth - text.clientWidth)).toBe(0)
  const rows = page.getByRole('gridcell')
  await rows.locator('.severity').first().waitFor()
  expect(await rows.getByText('ses_').count()).toBe(0)
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Severity' }).uncheck()
  await page.getByRole('checkbox', { name: 'Session' }).check()
  await expect.poll(() => rows.locator('.severity').count()).toBe(0)
  await rows.getByText('ses_').first().waitFor()
})

it('columns are made wider by mouse and by keyboard, change places, and come back', async () => {
  const heads = () =>
    page.getByRole('columnheader').evaluateAll((cells) => cells.map((cell) => cell.textContent))
  const width = () =>
    page
      .getByRole('columnheader', { name: 'User' })
      .nth(0)
      .evaluate((cell) => (cell as HTMLElement).offsetWidth)
  await enter(page, world, emailOf('auditor'), FEW_ROWS)
  await page.getByRole('gridcell').first().waitFor()
  const [usual, first] = [await heads(), await width()]
  const handle = page.locator('[data-head=user] .head-handle')
  const { x, y } = (await handle.boundingBox()) as { x: number; y: number }
  await page.mouse.move(x + 4, y + 4)
  await page.mouse.down()
  await page.mouse.move(x + 44, y + 4, { steps: 3 })
  // As it would be, while it is dragged; kept once it is let go of.
  await expect.poll(width).toBe(first + 40)
  expect(page.url()).not.toContain('user:')
  await page.mouse.up()
  await expect.poll(() => page.url()).toContain(`user:${first + 40}`)
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('button', { name: 'User: wider' }).press('Enter')
  await expect.poll(width).toBe(first + 60)
  await page.getByRole('button', { name: 'User: earlier' }).press('Enter')
  await expect.poll(heads).toEqual([usual[0], 'User', 'Severity', ...usual.slice(3)])
  // What this device remembers is there without a word in the address.
  await page.goto(world.server.url + FEW_ROWS)
  await expect.poll(heads).toEqual([usual[0], 'User', 'Severity', ...usual.slice(3)])
  expect(await width()).toBe(first + 60)
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('button', { name: 'Back to the usual columns' }).click()
  await expect.poll(heads).toEqual(usual)
  expect(await width()).toBe(first)
})

describe('on paper', () => {
  /** Whole pages, of the size that the document asks for. */
  const sheetsOf = async () =>
    [
      ...(await page.pdf({ preferCSSPageSize: true }))
        .toString('latin1')
        .matchAll(/\/MediaBox \[0 0 (\d+) (\d+)/g),
    ].map(([, width, height]) => (Number(width) > Number(height) ? 'landscape' : 'portrait'))
  const onPaper = async (path: string, width: number, height: number) => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width, height })
    await enter(page, world, emailOf('auditor'), path)
  }

  it('the list is whole, dark on white, and says what it is a list of', async () => {
    await onPaper('/logs?q=-source:counterfoil&tz=UTC', 1123, 794)
    await page.getByRole('gridcell').first().waitFor()
    const sheets = await sheetsOf()
    expect(sheets.length).toBeGreaterThan(1)
    expect(new Set(sheets)).toEqual(new Set(['landscape']))
    await page.emulateMedia({ media: 'print' })
    await page.getByText('120 entries from').waitFor()
    await page.getByText('found by -source:counterfoil').waitFor()
    // The second block of them is loaded when paper has room for it.
    await expect.poll(() => page.locator('.log-rows .log-row').count()).toBe(120)
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
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1123)
  })

  it('an entry is whole, without the list beside it', async () => {
    await onPaper(`/logs/entries/${entryId}`, 794, 1123)
    await page.getByRole('button', { name: 'Verify in this browser' }).click()
    await page.getByText('computed the very same hash').waitFor()
    expect(new Set(await sheetsOf())).toEqual(new Set(['portrait']))
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
  })
})
