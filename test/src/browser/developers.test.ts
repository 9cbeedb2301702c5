import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { emailOf, enter, type PageWorld, person, watchEachPage } from './testing/page-world.js'

let world: PageWorld
let page: Page
watchEachPage({
  world: async (opened) => {
    world = opened
    await world.server.call(world.key, 'POST', '/v1/audit_log_entries', [
      { action: 'order.created', actor: { type: 'user', id: 'u_1', label: 'Ada' } },
      { action: 'order.shipped', actor: { type: 'user', id: 'u_2', label: 'Grace' } },
    ])
  },
  page: (opened) => {
    page = opened
  },
})

describe('the API as it describes itself', () => {
  it('is found by a word, and shown with a command that names one’s own key', async () => {
    const { access } = world.server.counterfoil
    const organization = await access.findOrganization('acme')
    if (organization === undefined) throw new Error('no organization')
    await access.createKey({ organization, mode: 'live', scopes: ['audit:read'], name: 'Billing service' })
    await enter(page, world, emailOf('owner'), '/reference')
    await page.getByLabel('Find').fill('recompute')
    const found = page.locator('.endpoint')
    await found.filter({ hasText: '/v1/audit_log_entries/verify' }).waitFor()
    expect(await found.count()).toBeLessThan(5)
    await page.getByLabel('Key in the commands').selectOption('Billing service')
    await found
      .locator('summary')
      .filter({ hasText: /POST.*\/v1\/audit_log_entries\/verify/ })
      .click()
    const command = page.getByRole('region', { name: 'Command' })
    await command.waitFor()
    const text = await command.innerText()
    expect(text).toContain(`curl -X POST ${world.server.url}/v1/audit_log_entries/verify`)
    expect(text).toContain('-H "Authorization: Bearer $BILLING_SERVICE_KEY"')
    await page.getByLabel('Find').fill('there is nothing like that')
    await page.getByText('Nothing like that').waitFor()
  })
})

describe('the console of /graphql', () => {
  it('runs a query by the keyboard, with its variables, and shows what comes back', async () => {
    await enter(page, world, emailOf('owner'), '/graphql')
    await page
      .getByLabel('Query')
      .fill('query Q($query: String) { auditLogs(query: $query) { nodes { action } } }')
    await page.getByLabel('Variables, as JSON').fill('{ "query": "actor:Grace" ')
    await page.getByLabel('Query').press('Control+Enter')
    await page.getByRole('alert').getByText('The variables are no JSON').waitFor()
    await page.getByLabel('Variables, as JSON').fill('{ "query": "actor:Grace" }')
    await page.getByLabel('Variables, as JSON').press('Control+Enter')
    const result = page.locator('.console-text')
    await result.getByText('order.shipped').waitFor()
    expect(JSON.parse(await result.innerText())).toEqual({
      data: { auditLogs: { nodes: [{ action: 'order.shipped' }] } },
    })
    await page.getByLabel('Query').fill('{ nothing }')
    await page.getByRole('button', { name: 'Run' }).click()
    await result.getByText('validation_failed').waitFor()
  })

  it('shows the schema, a type at a time', async () => {
    await enter(page, world, emailOf('owner'), '/graphql')
    await page.getByRole('button', { name: 'EntryConnection!' }).click()
    await page.getByRole('heading', { name: 'EntryConnection' }).waitFor()
    await page.getByRole('button', { name: 'Query', exact: true }).click()
    await page.getByRole('heading', { name: 'Query', exact: true }).waitFor()
  })

  it('is for those who are signed in; programs are answered there as ever', async () => {
    await page.goto(`${world.server.url}/graphql`)
    await page.getByRole('heading', { name: 'Sign in to Counterfoil' }).waitFor()
    const visit = { accept: 'text/html' }
    const asked = await world.server.call(
      world.key,
      'GET',
      '/graphql?query=%7B__typename%7D',
      undefined,
      visit,
    )
    expect([asked.status, asked.body]).toEqual([200, { data: { __typename: 'Query' } }])
    expect((await world.server.call(undefined, 'GET', '/graphql')).status).toBe(401)
  })
})

describe('embedding', () => {
  it('is tried out with a key, in the very component', async () => {
    await enter(page, world, emailOf('owner'), '/embed')
    await page.getByRole('textbox', { name: 'API key' }).fill('cf_live_nothing')
    await page.getByRole('button', { name: 'Show the viewer' }).click()
    await page.getByRole('alert').getByText('The API key is not valid.').waitFor()
    await page.getByRole('textbox', { name: 'API key' }).fill(world.key)
    await page.getByLabel('Show only').fill('action:order.created')
    await page.getByRole('button', { name: 'Show the viewer' }).click()
    await page.locator('counterfoil-viewer').getByText('1–1 of 1').waitFor()
    expect(await page.locator('counterfoil-viewer tr.entry').innerText()).toContain('order.created')
    expect(await page.locator('counterfoil-viewer').getByRole('button', { name: 'Export CSV' }).count()).toBe(
      0,
    )
  })
})

describe('the first entry', () => {
  it('appears by itself in a log that has told of nothing but its own organization', async () => {
    await person(world.server, 'new@example.com', { newcomers: 'owner' })
    await enter(page, world, 'new@example.com', '/logs')
    await page.getByText('Nothing was recorded by your services yet').waitFor()
    const key = await world.server.makeKey({ slug: 'newcomers' })
    await world.server.call(key, 'POST', '/v1/audit_log_entries', { action: 'report.printed' })
    await page.getByRole('gridcell').getByText('report.printed').waitFor()
    expect(await page.getByText('Nothing was recorded by your services yet').count()).toBe(0)
  })

  it('appears by itself once it is recorded with the key that was made', async () => {
    await person(world.server, 'first@example.com', { beginners: 'owner' })
    await enter(page, world, 'first@example.com', '/start')
    await page.getByText('Waiting for the first entry').waitFor()
    await page.getByRole('button', { name: 'Make a key that records' }).click()
    const command = page.getByRole('region', { name: 'Record an entry' })
    await command.getByText('cf_live_').waitFor()
    const token = /Bearer (\S+)"/.exec(await command.innerText())?.[1]
    const sent = await world.server.call(token, 'POST', '/v1/audit_log_entries', {
      action: 'report.opened',
      actor: { type: 'user', id: 'u_1', label: 'Ada' },
    })
    expect(sent.status).toBe(201)
    await page.getByText('Ada did report.opened').waitFor()
  })
})
