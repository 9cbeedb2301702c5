import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

const visit = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { accept: 'text/html,*/*;q=0.8', ...headers } })
const assetOf = async (extension: string) => {
  const html = await (await visit('/')).text()
  return new RegExp(`/assets/[\\w-]+\\.${extension}`).exec(html)?.[0] as string
}

describe('the page', () => {
  it.each(['/', '/logs', '/logs/entries/0193b1c2-0000-7000-8000-000000000001?q=a', '/nowhere'])(
    'answers a browser that goes to %s',
    async (path) => {
      const answer = await visit(path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(await answer.text()).toContain('<div id="page">')
    },
  )

  it.each(['/v1/nothing', '/assets/nothing.js', '/api/nothing', '/v2/x', '/graphql/x'])(
    'leaves %s to programs, also in a browser',
    async (path) => {
      const answer = await visit(path)
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ code: 'not_found' })
    },
  )

  it('tells programs what is no route, and browsers which method a route takes', async () => {
    expect((await fetch(`${server.url}/logs`)).status).toBe(404)
    expect((await visit('/v1/sessions/second_factor')).status).toBe(405)
  })

  it('lets nothing in but what this server sends, and nobody frame it', async () => {
    const policy = (await visit('/')).headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })

  it('holds no script and no style of its own', async () => {
    const html = await (await visit('/')).text()
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)| on\w+=/)
  })

  it('names its files by their content, and lets browsers keep them for ever', async () => {
    for (const extension of ['js', 'css']) {
      const path = await assetOf(extension)
      expect(path).toMatch(/-[\w-]{8}\./)
      const answer = await visit(path)
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it.each([
    ['br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['identity', null],
  ])('sends what a browser that takes %s can read', async (accepted, encoding) => {
    const path = await assetOf('js')
    const answer = await visit(path, { 'accept-encoding': accepted })
    expect(answer.headers.get('content-encoding')).toBe(encoding)
    expect(answer.headers.get('vary')).toBe('accept-encoding')
    expect(await answer.text()).toContain('createRoot')
  })

  it('never leaves the folder of its files', async () => {
    for (const path of [
      '/assets/../index.html',
      '/assets/%2e%2e%2findex.html',
      '/assets/..%2f..%2fpackage.json',
    ])
      expect(await (await fetch(server.url + path)).text()).not.toMatch(/"name"|<html/)
  })
})
