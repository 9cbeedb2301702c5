import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { person } from '../../../packages/server/dist/dialects/access/testing/people.js'
import { openTestServer, type TestServer } from '../../../packages/server/dist/testing/test-server.js'
import { ROOT } from '../tidy/source-tree.js'
import { eraseAs } from './testing/erase.js'
import {
  axeViolations,
  closePages,
  openWatched,
  sharedChromium,
  type WatchedPage,
} from './testing/watched-page.js'

const HOSTILE = '<img src=x onerror=alert(1)> \u202egnp.exe'

let browser: Browser
let server: TestServer
let example: ChildProcess
let origin: string
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  const port = await freePort()
  origin = `http://127.0.0.1:${port}`
  ;[browser, server] = await Promise.all([sharedChromium(), openTestServer({ viewer_origins: origin })])
  const key = await server.makeKey({ scopes: ['audit:read', 'audit:write', 'viewer_tokens:create'] })
  const recorded = await server.call(key, 'POST', '/v1/audit_log_entries', [
    ...Array.from({ length: 60 }, (_, place) => ({
      action: place % 2 === 0 ? 'order.created' : 'order.shipped',
      severity: place === 7 ? 'critical' : 'info',
      actor: { type: 'user', id: `u_${place}`, name: `Person ${place}`, email: `p${place}@example.com` },
      resource: { type: 'order', id: `ord_${place}` },
      context: { ip_address: '203.0.113.9' },
      ...(place === 59 ? { before: { state: 'open', total: 12 }, after: { state: 'paid', total: 12 } } : {}),
    })),
    { action: 'note.written', actor: { type: 'user', id: 'h', name: HOSTILE }, description: HOSTILE },
    { action: 'order.viewed', actor: { type: 'user', id: 'u_gone' }, context: { correlation_id: 'gone' } },
  ])
  await person(server, 'owner@example.com', { acme: 'owner' })
  await eraseAs(server, 'owner@example.com', recorded.body.data.at(-1).id, ['/actor', '/context', '/event'])
  example = spawn(process.execPath, [join(ROOT, 'examples/embedded-viewer/server.mjs')], {
    env: { ...process.env, COUNTERFOIL_URL: server.url, COUNTERFOIL_KEY: key, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (example.stdout === null) throw new Error('the example says nothing')
  await once(example.stdout, 'data')
})
afterAll(async () => {
  example.kill()
  await Promise.all([closePages(browser), server.close()])
})
beforeEach(async () => {
  watched = await openWatched(browser, [origin, server.url])
  page = watched.page
  await page.goto(origin)
  await page.locator('tr.entry').first().waitFor()
})
afterEach(async () => {
  expect(watched.offences).toEqual([])
  await watched.close()
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const rows = () => page.locator('tr.entry')
const state = () => page.locator('.state')
const search = async (text: string) => {
  await page.getByLabel('Search').fill(text)
  await page.getByLabel('Search').press('Enter')
}

describe('the viewer in a page of another origin, under a strict policy', () => {
  it('shows what is left of an entry that was erased', async () => {
    const erased = rows().filter({ has: page.locator('td.actor', { hasText: 'erased' }) })
    await erased.locator('td.action', { hasText: 'erased' }).click()
    await page.locator('.details').getByText('What this entry said was erased.').waitFor()
  })

  it('shows entries, leads to the page after, and back', async () => {
    expect(await rows().count()).toBe(25)
    const first = await rows().first().innerText()
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByText('26–50 of').waitFor()
    expect(await rows().first().innerText()).not.toBe(first)
    await page.getByRole('button', { name: 'Newer' }).click()
    await page.getByText('1–25 of').waitFor()
    expect(await rows().first().innerText()).toBe(first)
  })

  it('searches, and says what is wrong with a search', async () => {
    await search('action:order.shipped severity:critical')
    await page.getByText('1–1 of 1').waitFor()
    expect(await rows().innerText()).toContain('Person 7')
    await search('nonsense:1')
    await page.getByRole('alert').getByText('There is no key').waitFor()
    expect(await page.getByLabel('Search').getAttribute('aria-invalid')).toBe('true')
    await search('there-is-no-such-word')
    await state().getByText('Nothing found').waitFor()
  })

  it('shows what changed in an entry, by the keyboard alone', async () => {
    await search('resource:ord_59')
    await page.getByText('1–1 of 1').waitFor()
    const toggle = page.getByRole('button', { name: /^Details of order.shipped by Person 59/ })
    await page.getByLabel('Search').focus()
    for (let i = 0; i < 12 && !(await toggle.evaluate((one) => one.matches(':focus'))); i++)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const changes = page.getByRole('region', { name: 'What changed' })
    await changes.waitFor()
    expect((await changes.innerText()).replaceAll(/\s+/g, ' ')).toContain('state open paid')
    expect(await changes.getByText('total').count()).toBe(0)
    expect(await toggle.getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Enter')
    await changes.waitFor({ state: 'detached' })
  })

  it('shows hostile texts as texts, and what would turn or hide them', async () => {
    await search('action:note.written')
    await page.getByText('1–1 of 1').waitFor()
    await page.getByRole('button', { name: /^Details of note.written/ }).click()
    const shown = '<img src=x onerror=alert(1)> \\u202egnp.exe'
    await page.locator('.sentence').waitFor()
    expect(await page.locator('.sentence').innerText()).toBe(shown)
    expect(await rows().innerText()).toContain(shown)
    expect(await page.locator('counterfoil-viewer img').count()).toBe(0)
  })

  it('exports what is searched for as CSV', async () => {
    await search('action:order.shipped')
    await page.getByText('of 30').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^audit-log-\d{4}-\d\d-\d\d\.csv$/)
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split(/\r?\n/)
    expect(lines).toHaveLength(31)
  })

  it('fetches a fresh token when the one it has ends, and says so where it cannot', async () => {
    const ended = { status: 401, contentType: 'application/json', body: '{"code":"invalid_api_key"}' }
    const headers = { 'access-control-allow-origin': origin }
    // Not with `times`: the request after it may come while Playwright stops looking at requests, and then it was never answered.
    let refused = 0
    await page.route('**/v1/audit_log_entries?*', (route) =>
      refused++ === 0 ? route.fulfill({ ...ended, headers }) : route.continue(),
    )
    const [again] = await Promise.all([
      page.waitForRequest(`${origin}/viewer-token`),
      page.getByRole('button', { name: 'Refresh' }).click(),
    ])
    expect(again.method()).toBe('POST')
    await page.getByText('1–25 of').waitFor()
    await page.route('**/v1/audit_log_entries?*', (route) => route.fulfill({ ...ended, headers }))
    await page.getByRole('button', { name: 'Refresh' }).click()
    await state().getByText('Your access to this log has ended').waitFor()
  })

  it('says that the server is away, and goes on when it is back', async () => {
    await page.route('**/v1/audit_log_entries?*', (route) => route.abort('connectionrefused'), { times: 1 })
    await page.getByRole('button', { name: 'Refresh' }).click()
    await state().getByText('cannot be reached').waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('1–25 of').waitFor()
  })

  it('says what is missing when the page has given it no server and no token', async () => {
    const told = await page.evaluate(async () => {
      const kinds: string[] = []
      const viewer = document.createElement('counterfoil-viewer')
      viewer.addEventListener('counterfoil-trouble', (event) => {
        kinds.push((event as CustomEvent<{ kind: string }>).detail.kind)
      })
      document.querySelector('counterfoil-viewer')?.replaceWith(viewer)
      await new Promise((resolve) => setTimeout(resolve, 50))
      viewer.setAttribute('src', location.origin)
      await new Promise((resolve) => setTimeout(resolve, 50))
      return kinds
    })
    expect(told).toEqual(['no_source', 'no_token'])
    await state().getByText('Waiting for access').waitFor()
  })

  it.each(['light', 'dark'])(
    'has nothing that axe finds, %s, wide and narrow, with an entry open',
    async (theme) => {
      await page.evaluate((chosen) => {
        document.querySelector('counterfoil-viewer')?.setAttribute('theme', chosen)
        document.documentElement.style.colorScheme = chosen
      }, theme)
      await page
        .getByRole('button', { name: /^Details of/ })
        .first()
        .click()
      await page.locator('dl').waitFor()
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await axeViolations(page)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      }
    },
  )
})
