import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { IndexUnavailable, type SearchIndex } from '../../../packages/server/dist/index/search-index.js'
import { openTestServer, type TestServer } from '../../../packages/server/dist/testing/test-server.js'
import { closePages, openWatched, sharedChromium, type WatchedPage } from './testing/watched-page.js'

// What the log says when not everything is as it should be, and what somebody does about it then.

const PATH = '/v1/audit_log_entries'
let server: TestServer
let browser: Browser
let isAway = false

/** The real index, while it is there. */
function sometimesAway(index: SearchIndex): SearchIndex {
  return new Proxy(index, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (isAway) throw new IndexUnavailable('away for a test')
        return value.apply(target, args) as unknown
      }
    },
  })
}

beforeAll(async () => {
  const variations = { wrapIndex: sometimesAway, looksNearby: false }
  ;[browser, server] = await Promise.all([sharedChromium(), openTestServer({}, undefined, variations)])
})
afterAll(async () => {
  await Promise.all([closePages(browser), server.close()])
})
beforeEach(() => {
  isAway = false
})

/** A page whose reader has pasted a key. */
async function openWith(key: string, path: string): Promise<WatchedPage> {
  const watched = await openWatched(browser, [server.url])
  await watched.page.goto(`${server.url}/sign-in`)
  await watched.page.getByRole('tab', { name: 'API key' }).click()
  await watched.page.getByRole('textbox', { name: 'API key' }).fill(key)
  await watched.page.getByRole('button', { name: 'Open the log' }).click()
  await watched.page.getByRole('search').waitFor()
  await watched.page.goto(server.url + path)
  return watched
}

describe('the log', () => {
  it('shows the command for a first entry, which then appears by itself', async () => {
    const key = await server.makeKey({ slug: 'newcomers' })
    const { page, offences, close } = await openWith(key, '/logs?range=all')
    await page.getByText('Record a first entry').waitFor()
    await page.getByText(`curl ${server.url}${PATH}`).waitFor()
    await server.call(key, 'POST', PATH, { action: 'first.entry' })
    await page.getByRole('gridcell').getByText('first.entry').waitFor()
    expect(offences).toEqual([])
    await close()
  })

  it('goes on without the index, and says how far it looked', async () => {
    const key = await server.makeKey({ slug: 'patient' })
    await server.call(key, 'POST', PATH, [{ action: 'found.one' }, { action: 'other.one' }])
    isAway = true
    const { page, offences, close } = await openWith(key, '/logs?range=all&q=action:found')
    await page.getByRole('gridcell').getByText('found.one').waitFor()
    await page.getByText('The search index is').first().waitFor()
    await page.getByText('No activity can be counted').waitFor()
    isAway = false
    await page.getByRole('button', { name: 'Load anew' }).click()
    await page.getByRole('application').waitFor()
    await page.getByText('The search index is').waitFor({ state: 'detached' })
    expect(offences).toEqual([])
    await close()
  })

  it('says when the server cannot be reached, and tries again when told to', async () => {
    const key = await server.makeKey({ slug: 'offline' })
    await server.call(key, 'POST', PATH, { action: 'still.there' })
    const { page, close } = await openWith(key, '/logs?range=all')
    await page.getByRole('gridcell').getByText('still.there').waitFor()
    const entries = `**${PATH}?**`
    await page.route(entries, (route) => route.abort())
    await page.getByRole('combobox', { name: 'Search the log' }).fill('still')
    await page.getByRole('combobox', { name: 'Search the log' }).press('Enter')
    await page.getByText('The server cannot be reached').waitFor()
    await page.unroute(entries)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('gridcell').getByText('still.there').waitFor()
    await close()
  })

  it('leads to the sign-in when the key is revoked, and back to where one was', async () => {
    const key = await server.makeKey({ slug: 'revoked' })
    const { page, close } = await openWith(key, '/logs?range=7d&q=nothing')
    await page.getByText('No entry matches').waitFor()
    await server.counterfoil.access.revokeKey(key.split('_')[2] as string)
    await page.reload()
    await page.getByRole('heading', { name: /Sign in/ }).waitFor()
    await page.getByRole('tab', { name: 'API key' }).click()
    await page.getByRole('textbox', { name: 'API key' }).fill(await server.makeKey({ slug: 'revoked' }))
    await page.getByRole('button', { name: 'Open the log' }).click()
    await page.getByText('No entry matches').waitFor()
    expect(new URL(page.url()).search).toBe('?range=7d&q=nothing')
    await close()
  })

  it('says what somebody lacks who may not read', async () => {
    const key = await server.makeKey({ slug: 'writers', scopes: ['audit:write'] })
    const { page, close } = await openWith(key, '/logs')
    await page.getByText('You may not see this').waitFor()
    await close()
  })
})
