import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CounterfoilViewer } from '@counterfoil/viewer/react'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from '../tidy/source-tree.js'
import { openPageWorld, type PageWorld } from './testing/page-world.js'
import { openWatched } from './testing/watched-page.js'

/** A page of somebody's own that uses the wrapper as the docs say. */
const APP = `
import { createElement, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { CounterfoilViewer } from '@counterfoil/viewer/react'

function App() {
  const [opened, setOpened] = useState('none')
  return createElement('main', null,
    createElement(CounterfoilViewer, {
      src: window.counterfoil,
      fetchToken: async () => window.viewerToken,
      columns: ['time', 'action'],
      onEntry: setOpened,
    }),
    createElement('output', null, opened))
}
createRoot(document.getElementById('root')).render(createElement(App))
`

let world: PageWorld
let host: Server
let origin: string
let script = ''

beforeAll(async () => {
  host = createServer((request, response) => {
    const isScript = request.url === '/app.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript ? script : '<!doctype html><div id="root"></div><script type="module" src="/app.js"></script>',
    )
  }).listen(0, '127.0.0.1')
  await once(host, 'listening')
  origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  world = await openPageWorld({ viewer_origins: origin })
  await world.server.call(world.key, 'POST', '/v1/audit_log_entries', { action: 'order.created' })
})
afterAll(async () => {
  await world.close()
  host.close()
})

it('is the same component in React, in a page that is built with it', async () => {
  const { token } = (await world.server.call(world.key, 'POST', '/v1/viewer_tokens', {})).body
  script = await bundled(APP)
  const { page, offences, close } = await openWatched(world.browser, [origin, world.server.url])
  await page.addInitScript(`window.counterfoil = '${world.server.url}'; window.viewerToken = '${token}'`)
  await page.goto(origin)
  await page.locator('tr.entry').filter({ hasText: 'order.created' }).waitFor()
  expect(await page.getByRole('columnheader').allInnerTexts()).toEqual(['Time', 'What'])
  await page.getByRole('button', { name: /^Details of order.created/ }).click()
  const list = await world.server.call(world.key, 'GET', '/v1/audit_log_entries?action=order.created')
  const { id } = list.body.data[0]
  await page.locator('output').filter({ hasText: id }).waitFor()
  expect(offences).toEqual([])
  await close()
})

it('is drawn by a server, which has no custom elements', () => {
  const html = renderToString(
    createElement(CounterfoilViewer, { src: 'https://audit.example.com', columns: ['time'], pageSize: 10 }),
  )
  expect(html).toBe(
    '<counterfoil-viewer src="https://audit.example.com" columns="time" page-size="10"></counterfoil-viewer>',
  )
})

/** The script as a bundler makes it of a page's own source. */
async function bundled(source: string): Promise<string> {
  const built = await build({
    root: join(ROOT, 'test'),
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      rolldownOptions: { input: 'virtual:app', output: { codeSplitting: false } },
    },
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === 'virtual:app' ? join(ROOT, 'test/virtual-app.js') : null),
        load: (id) => (id.endsWith('virtual-app.js') ? source : null),
      },
    ],
  })
  const { output } = (Array.isArray(built) ? built[0] : built) as Rolldown.RolldownOutput
  return output[0].code
}
