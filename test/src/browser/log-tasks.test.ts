import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { tokenOf } from '../../../packages/server/dist/dialects/access/testing/people.js'
import { ROOT } from '../tidy/source-tree.js'
import { atRest } from './testing/at-rest.js'
import { eraseAs, REASON } from './testing/erase.js'
import { Keyboard } from './testing/keyboard.js'
import { logEntries } from './testing/log-entries.js'
import { emailOf, enter, fillSignIn, PASSWORD, type PageWorld, watchEachPage } from './testing/page-world.js'

// What people come for, from the question to the answer: by mouse, and by keyboard alone.

const PATH = '/v1/audit_log_entries'
const VERIFIER = join(ROOT, 'packages/verify/bin/counterfoil-verify.js')
const HOSTILE = '<img src=x onerror=alert(1)>{{7*7}}\u202egnp.exe'

let world: PageWorld
let page: Page
let orderId: string
watchEachPage({
  world: async (opened) => {
    world = opened
    await plant()
  },
  page: (opened) => {
    page = opened
  },
})

async function plant(): Promise<void> {
  for (let seed = 1; seed <= 2; seed++) await record(logEntries(seed, 200))
  const [receipt] = await record([
    {
      action: 'order.cancelled',
      severity: 'warning',
      actor: {
        type: 'user',
        id: 'usr_mallory',
        name: 'Mallory Quintero',
        email: 'mallory@northwind.example',
      },
      resource: { type: 'order', id: 'ord_4711', label: 'Order 4711' },
      context: { ip_address: '192.0.2.77', request_id: 'req_4711' },
      before: { status: 'open', total: 120 },
      after: { status: 'cancelled', total: 120 },
      metadata: { reason: 'customer asked', nested: { deep: { answer: 42 } } },
    },
    { action: 'note.written', actor: { type: 'user', id: HOSTILE, name: HOSTILE }, description: HOSTILE },
  ])
  orderId = receipt?.id as string
}

async function record(entries: readonly unknown[]): Promise<readonly { readonly id: string }[]> {
  const { status, body } = await world.server.call(world.key, 'POST', PATH, entries)
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body.data
}

/** How somebody does things: the same steps with either hand. */
interface Hand {
  readonly name: string
  signIn(email: string): Promise<void>
  press(control: Locator): Promise<void>
  write(text: string): Promise<void>
  /** Opens the row that has this text. */
  open(text: string): Promise<void>
}

const searchBox = () => page.getByRole('combobox', { name: 'Search the log' })
const rows = () => page.getByRole('row').filter({ has: page.getByRole('gridcell') })
const drawer = () => page.getByRole('complementary', { name: 'Entry' })
const counted = (text: string) => page.locator('.logs-count').getByText(text, { exact: true }).waitFor()

/** Entries of people, newest first. */
const newest = async (query: string) =>
  (await world.server.call(world.key, 'GET', `${PATH}?query=-source:counterfoil&${query}`)).body
/** Of the first row that is seen as a whole. */
const topRank = () =>
  page.locator('.log-rows').evaluate((list) => {
    const top = (list.previousElementSibling as Element).getBoundingClientRect().bottom - 1
    const seen = [...list.children].find((row) => row.getBoundingClientRect().top >= top)
    return Number((seen as HTMLElement | undefined)?.dataset.rank)
  })

const MOUSE: Hand = {
  name: 'mouse',
  signIn: (email) => fillSignIn(page, email),
  press: (control) => control.click(),
  write: async (text) => {
    await searchBox().click()
    await searchBox().fill(text)
    await searchBox().press('Enter')
  },
  open: (text) => rows().filter({ hasText: text }).first().click(),
}

const KEYBOARD: Hand = {
  name: 'keyboard',
  signIn: async (email) => {
    const keyboard = new Keyboard(page)
    await keyboard.write(page.getByLabel('E-mail address'), email)
    await keyboard.write(page.getByLabel('Password', { exact: true }), PASSWORD)
    await page.keyboard.press('Enter')
  },
  press: (control) => new Keyboard(page).press(control),
  write: async (text) => {
    await searchBox().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  },
  open: async (text) => {
    const grid = page.getByRole('grid', { name: 'Entries' })
    await new Keyboard(page).reach(grid)
    for (let i = 0; i < 40; i++) {
      const active = await grid.getAttribute('aria-activedescendant')
      const row = page.locator(`#${active}`).locator('xpath=..')
      if ((await row.textContent())?.includes(text)) return page.keyboard.press('Enter')
      await page.keyboard.press('ArrowDown')
    }
    throw new Error(`no row with ${text}`)
  },
}

const goTo = (path: string) => enter(page, world, emailOf('auditor'), path)

describe.each([MOUSE, KEYBOARD])('by $name', (hand) => {
  /** Follows a link, which leads by way of the sign-in. */
  const goTo = async (path: string) => {
    await page.goto(world.server.url + path)
    await hand.signIn(emailOf('auditor'))
  }

  it('an admin signs in and finds who changed an order, and what', async () => {
    await page.goto(`${world.server.url}/`)
    await hand.signIn(emailOf('admin'))
    await rows().first().waitFor()
    await hand.write('resource:ord_4711')
    await counted('1 entry')
    await hand.open('order.cancelled')
    await drawer().getByText('Mallory Quintero').first().waitFor()
    await drawer().locator('del').getByText('open').waitFor()
    await drawer().locator('ins').getByText('cancelled').waitFor()
    expect(new URL(page.url()).pathname).toBe(`/logs/entries/${orderId}`)
    await page.keyboard.press('Escape')
    await drawer().waitFor({ state: 'detached' })
  })

  it('a security engineer hunts an address over 90 days', async () => {
    await goTo('/logs')
    await hand.press(page.getByRole('button', { name: /^Time range/ }))
    await hand.press(page.getByRole('button', { name: 'Last 90 days' }))
    await hand.write('ip:192.0.2.0/24')
    await counted('1 entry')
    expect(page.url()).toContain('range=90d')
    await rows().getByText('192.0.2.77').waitFor()
  })

  it('an auditor takes exactly what is filtered as a file', async () => {
    await goTo('/logs?q=severity:critical,error')
    const total = Number((await page.locator('.logs-count strong').textContent())?.split(' ')[0])
    expect(total).toBeGreaterThan(5)
    if (hand === KEYBOARD) await page.keyboard.press('e')
    else await hand.press(page.getByRole('button', { name: 'Export', exact: true }))
    const saving = page.waitForEvent('download')
    await hand.press(page.getByRole('button', { name: `Export ${total} rows` }))
    const text = readFileSync(await (await saving).path(), 'utf8')
    expect(text.split('\r\n')[0]).toBe(
      'recorded_at,severity,actor_name,actor_email,actor_id,action,resource_type,resource_id,resource_label,ip_address,user_agent,region',
    )
    expect(text.trimEnd().split('\r\n')).toHaveLength(total + 1)
    expect(text).not.toMatch(/,(?:info|notice|debug),/)
    await page.getByRole('dialog').getByText(`${total} rows,`).waitFor()
  })

  it('an auditor takes evidence of what is filtered, which verifies offline', async () => {
    await goTo('/logs?q=resource:ord_4711')
    await counted('1 entry')
    await hand.press(page.getByRole('button', { name: 'Export', exact: true }))
    const evidence = page.getByRole('radio', { name: /^Evidence/ })
    if (hand === MOUSE) await evidence.check()
    else {
      await new Keyboard(page).reach(page.getByRole('radio', { name: /^CSV/ }))
      for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown')
    }
    const saving = page.waitForEvent('download')
    await hand.press(page.getByRole('button', { name: 'Export evidence' }))
    const path = await (await saving).path()
    const verified = await promisify(execFile)(process.execPath, [VERIFIER, path, '--json'])
    expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: 'verified' })
  })

  it('an auditor verifies the log, and one entry in the browser', async () => {
    await goTo('/integrity')
    await hand.press(page.getByRole('button', { name: 'Verify' }))
    await page.getByText('every hash is what its entry and the one before make it').waitFor()
    await page.goto(`${world.server.url}/logs/entries/${orderId}`)
    await hand.press(drawer().getByRole('button', { name: 'Verify in this browser' }))
    await drawer().getByText('This browser computed the very same hash').waitFor()
  })

  it('a support person pastes an entry id', async () => {
    await goTo('/logs')
    await hand.write(orderId)
    await counted('1 entry')
    await hand.open('order.cancelled')
    await drawer().getByText('Order 4711').first().waitFor()
    await hand.press(drawer().getByRole('button', { name: /^Close/ }))
    await drawer().waitFor({ state: 'detached' })
    const grid = page.getByRole('grid', { name: 'Entries' })
    await expect.poll(() => grid.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('somebody picks a person from the facets, and narrows by severity', async () => {
    await goTo('/logs')
    const asked = () => new URL(page.url()).searchParams.get('q')
    await hand.press(page.getByRole('button', { name: 'Filters' }))
    const facets = page.getByRole('complementary', { name: 'Filters' })
    await hand.press(facets.getByRole('button', { name: /^ada\.lindqvist@/ }))
    await expect.poll(asked).toBe('actor.email:ada.lindqvist@northwind.example')
    await hand.press(
      page.getByRole('group', { name: 'Severities' }).getByRole('button', { name: /^warning/ }),
    )
    await expect.poll(asked).toBe('actor.email:ada.lindqvist@northwind.example severity:warning')
    await rows().first().getByText('warning').waitFor()
    await page.goBack()
    await expect.poll(asked).toBe('actor.email:ada.lindqvist@northwind.example')
  })

  it('somebody includes and excludes what a cell says', async () => {
    await goTo('/logs?q=order')
    if (hand === MOUSE) {
      await rows().getByText('order.cancelled').hover()
      await page.getByRole('button', { name: 'Only with this action' }).click()
    } else {
      await hand.open('order.cancelled')
      await page.keyboard.press('Escape')
      await page.keyboard.press('Home')
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
      await page.keyboard.press('f')
    }
    await counted('1 entry')
    expect(new URL(page.url()).searchParams.get('q')).toBe('order action:=order.cancelled')
  })

  it('somebody completes a key and a value, and is told what cannot be understood', async () => {
    await goTo('/logs')
    await rows().first().waitFor()
    if (hand === MOUSE) await searchBox().click()
    else await page.keyboard.press('/')
    await page.keyboard.type('outc')
    await page.getByRole('option', { name: /^outcome:/ }).waitFor()
    if (hand === MOUSE) await page.getByRole('option', { name: /^outcome:/ }).click()
    else await page.keyboard.press('ArrowDown').then(() => page.keyboard.press('Enter'))
    await page.getByRole('option', { name: 'denied' }).waitFor()
    if (hand === MOUSE) await page.getByRole('option', { name: 'denied' }).click()
    else for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('outcome:denied')
    await hand.write('nokey:1')
    await page.getByText('There is no key').first().waitFor()
    expect(await page.locator('.search-wrong').textContent()).toBe('nokey')
  })

  it('somebody zooms into a part of the activity, and comes back', async () => {
    await goTo('/logs?range=hour')
    const chart = page.getByRole('application')
    await chart.waitFor()
    if (hand === MOUSE) {
      const { x, y, width } = (await chart.boundingBox()) as { x: number; y: number; width: number }
      await page.mouse.move(x + width * 0.2, y + 20)
      await page.mouse.down()
      await page.mouse.move(x + width * 0.6, y + 20, { steps: 4 })
      await page.mouse.up()
    } else {
      await new Keyboard(page).reach(chart)
      await page.keyboard.press('Home')
      for (let i = 0; i < 5; i++) await page.keyboard.press('Shift+ArrowRight')
      await page.keyboard.press('Enter')
    }
    await expect.poll(() => new URL(page.url()).searchParams.has('from')).toBe(true)
    await page.goBack()
    await expect.poll(() => new URL(page.url()).searchParams.get('range')).toBe('hour')
  })

  it('somebody chooses columns, and leafs through pages', async () => {
    await goTo('/logs')
    await hand.press(page.getByRole('button', { name: 'Columns' }))
    const region = page.getByRole('checkbox', { name: 'Region' })
    if (hand === MOUSE) await region.uncheck()
    else await new Keyboard(page).check(region)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('columnheader', { name: 'Region' }).count()).toBe(0)
    expect(page.url()).toContain('cols=time,severity,user,action,resource,ip,agent')
    const size = page.getByRole('combobox', { name: 'Rows' })
    if (hand === MOUSE) await size.selectOption('100')
    else await new Keyboard(page).choose(size, '100')
    await page.getByText('Page 1 of').waitFor()
    const first = await rows().first().getAttribute('aria-rowindex')
    await hand.press(page.getByRole('button', { name: 'Next page' }))
    await expect.poll(() => rows().first().getAttribute('aria-rowindex')).toBe(String(Number(first) + 100))
    await page.getByText('Page 2 of 5').waitFor()
  })
})

describe('the filters', () => {
  it('have actions under their groups, take a second value of a key, and let go of each', async () => {
    const owner = await tokenOf(world.server, emailOf('owner'))
    for (const action of ['order.created', 'order.viewed'])
      await world.server.call(owner, 'PUT', `/v1/catalogue/actions/${action}`, { group: 'Orders' })
    await goTo('/logs?facets=1&q=-source:counterfoil')
    const asked = () => new URL(page.url()).searchParams.get('q')
    const facets = page.getByRole('complementary', { name: 'Filters' })
    const value = (name: RegExp) => facets.getByRole('button', { name })
    await value(/^Orders/).click()
    await expect
      .poll(asked)
      .toMatch(/^-source:counterfoil action:=order\.(?:created,=order\.viewed|viewed,=order\.created)$/)
    await value(/^session\.created/).click()
    await expect.poll(asked).toContain(',=session.created')
    await value(/^Orders/).click()
    await expect.poll(asked).toBe('-source:counterfoil action:=session.created')
    await value(/^eu-west-1/).click()
    await value(/^us-east-1/).click()
    await expect.poll(asked).toBe('-source:counterfoil action:=session.created region:eu-west-1,us-east-1')
    expect(await value(/^us-east-1/).getAttribute('aria-pressed')).toBe('true')
    await rows().first().getByText('session.created').waitFor()
  })
})

describe('a view', () => {
  it('is kept, shared, and found again by a colleague', async () => {
    await goTo('/logs?q=resource:ord_4711&range=7d&cols=action,user')
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByLabel('Keep what you see as').fill('Order 4711')
    await page.getByLabel('Share with everybody here').check()
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await page.getByText('Order 4711').first().waitFor()
    await enter(page, world, emailOf('admin'), '/logs')
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('button', { name: /^Order 4711/ }).click()
    await counted('1 entry')
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      q: 'resource:ord_4711',
      range: '7d',
      cols: 'action,user',
    })
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('button', { name: 'Delete Order 4711' }).click()
    await page.getByText('Nothing is kept yet').waitFor()
  })
})

describe('an entry of which something was erased', () => {
  it('says what, and by which recorded erasure; what is left is verified', async () => {
    const [planted] = await record([
      {
        action: 'order.viewed',
        actor: { type: 'user', id: 'usr_gone', name: 'Gone Girl' },
        resource: { type: 'order', id: 'ord_gone' },
        metadata: { note: 'secret' },
      },
    ])
    const id = planted?.id as string
    await eraseAs(world.server, emailOf('owner'), id, ['/actor', '/payload'])
    await goTo(`/logs?q=resource:ord_gone`)
    await rows().filter({ hasText: 'order.viewed' }).getByText('erased').click()
    await drawer().getByText('Erased: who did it; metadata and changes.').waitFor()
    await drawer().getByRole('button', { name: 'Verify in this browser' }).click()
    await drawer().getByText('Redacted.').waitFor()
    expect(await drawer().getByText('Verified.', { exact: true }).count()).toBe(0)
    await drawer().getByText(REASON).waitFor()
    await drawer()
      .getByRole('link', { name: /^Erasure of/ })
      .click()
    await drawer().getByText('log.redacted').first().waitFor()
    await goTo('/integrity')
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('1 redacted').waitFor()
  })
})

describe('the list', () => {
  it('shows what is recorded by itself while it is live, and leaves what is being read where it is', async () => {
    // Without what Counterfoil records of the reader.
    await goTo('/logs?live=1&q=-source:counterfoil')
    await rows().first().waitFor()
    await record([{ action: 'live.first' }])
    await rows().getByText('live.first').waitFor()
    const grid = page.getByRole('grid', { name: 'Entries' })
    await grid.evaluate((element) => element.scrollTo(0, 2_000))
    const seen = () => rows().nth(15).textContent()
    await page.waitForFunction(() => document.querySelector('.log-waiting') === null)
    const before = await atRest(seen)
    await record([{ action: 'live.second' }, { action: 'live.third' }])
    await page.getByRole('button', { name: '2 new entries' }).waitFor()
    expect(await seen()).toBe(before)
    await page.getByRole('button', { name: '2 new entries' }).click()
    await rows().getByText('live.third').waitFor()
  })

  it('draws no more rows than are in sight, in a narrow window too', async () => {
    await page.setViewportSize({ width: 320, height: 640 })
    await goTo('/logs?q=-source:counterfoil')
    await rows().first().waitFor()
    const grid = page.getByRole('grid', { name: 'Entries' })
    expect(await grid.evaluate((element) => element.clientHeight)).toBeLessThanOrEqual(640)
    expect(await rows().count()).toBeLessThan(40)
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await page.locator(`#cell-${(await newest('limit=1&include_count=true')).total_count - 1}-0`).waitFor()
    expect(await rows().count()).toBeLessThan(40)
  })

  it('shows hostile text as text', async () => {
    await goTo('/logs?q=action:note')
    await rows().getByText(HOSTILE).first().waitFor()
    await rows().first().click()
    await drawer().getByRole('heading', { name: HOSTILE }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
  })

  it('is the same from a link, and relative times stay relative', async () => {
    await goTo('/logs?q=resource:ord_4711&range=7d&cols=action,user:300&tz=UTC&rows=25')
    await counted('1 entry')
    expect(await page.getByRole('columnheader').allTextContents()).toEqual(['Action', 'User'])
    await page.getByRole('button', { name: /times are shown in UTC/i }).waitFor()
    await page.getByRole('button', { name: 'Last 7 days' }).waitFor()
  })

  it('is reached by j from anywhere, and t shows the zones', async () => {
    await goTo('/logs')
    await rows().first().waitFor()
    await page.keyboard.press('j')
    const grid = page.getByRole('grid', { name: 'Entries' })
    expect(await grid.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await grid.getAttribute('aria-activedescendant')).toBe('cell-0-0')
    await page.keyboard.press('t')
    await page.getByLabel('Find a time zone').waitFor()
    await page.keyboard.type('UTC')
    await page.keyboard.press('Enter')
    await page.getByRole('columnheader', { name: 'Time UTC' }).waitFor()
    // The second key of a pair does nothing by itself.
    for (const key of ['g', 'l']) await page.keyboard.press(key)
    expect(new URL(page.url()).searchParams.has('live')).toBe(false)
  })

  it('has one tab stop, and its keys do not wrap', async () => {
    await goTo('/logs')
    await rows().first().waitFor()
    const grid = page.getByRole('grid', { name: 'Entries' })
    expect(await grid.locator('[tabindex="0"], a, button:not([tabindex="-1"])').count()).toBe(0)
    await grid.focus()
    const active = () => grid.getAttribute('aria-activedescendant')
    await page.keyboard.press('ArrowLeft')
    expect(await active()).toBe('cell-0-0')
    await page.keyboard.press('Control+End')
    const last = Number(await grid.getAttribute('aria-rowcount')) - 2
    await expect.poll(active).toBe(`cell-${last}-7`)
    await page.locator(`#cell-${last}-7`).waitFor()
    await page.keyboard.press('ArrowDown')
    expect(await active()).toBe(`cell-${last}-7`)
    await page.keyboard.press('Control+Home')
    await expect.poll(active).toBe('cell-0-0')
  })

  it('goes to a time, and shows the same place from its link', async () => {
    const time = (await newest('limit=1&offset=150')).data[0].created_at
    const counted = async (window: string) =>
      (await newest(`limit=1&include_count=true&${window}`)).total_count
    // Entries that were recorded together have the same time.
    const first = (await counted(`from_date=${time}`)) - (await counted(`from_date=${time}&to_date=${time}`))
    const [at, rank] = [`${time}~${150 - first}`, 150]
    await goTo(`/logs?range=all&q=-source:counterfoil&at=${at}`)
    await expect.poll(topRank).toBe(rank)
    const grid = page.getByRole('grid', { name: 'Entries' })
    await grid.evaluate((element) => element.scrollBy(0, 340))
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).not.toBe(at)
    expect(await topRank()).toBe(rank + 10)
    await page.reload()
    await expect.poll(topRank).toBe(rank + 10)
    for (const key of ['g', 't']) await page.keyboard.press(key)
    await page.getByLabel(/^Time in/).fill('2001-02-03T04:05:06')
    await page.keyboard.press('Enter')
    const last = Number(await grid.getAttribute('aria-rowcount')) - 2
    await page.locator(`#cell-${last}-0`).waitFor()
    await expect.poll(() => grid.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('tells somebody without permission, and somebody whose entry is not there', async () => {
    await enter(page, world, emailOf('member'), '/logs?range=all&q=resource:ord_4711')
    await page.getByText('No entry matches').waitFor()
    await page.goto(`${world.server.url}/logs/entries/0193b1c2-0000-7000-8000-00000000ffff`)
    await drawer().getByText('There is no such entry').waitFor()
  })
})
