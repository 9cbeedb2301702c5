import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as Client from './client.js'

const PATH = '/v1/audit_log_entries'
const LONG = 60_000

/** What was sent, in order. */
let sent: { readonly url: string; readonly init: RequestInit }[] = []
/** How many of the next requests are refused. */
let refusals = 0
let client: typeof Client

/** The browser, as far as the client knows it: its address, its storage, its network. */
beforeEach(async () => {
  sent = []
  refusals = 0
  const stored = new Map<string, string>()
  const address = { pathname: '/logs', search: '' }
  vi.stubGlobal('window', new EventTarget())
  vi.stubGlobal('location', address)
  vi.stubGlobal('history', {
    replaceState: (_state: unknown, _title: string, to: string) => {
      const { pathname, search } = new URL(to, 'http://page.invalid')
      Object.assign(address, { pathname, search })
    },
  })
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => void stored.set(name, value),
  })
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    sent.push({ url, init })
    return refusals-- > 0 ? new Response('{}', { status: 401 }) : Response.json({ answer: sent.length })
  })
  vi.resetModules()
  client = await import('./client.js')
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

const ask = (limit = 50) => client.call<{ answer: number }>('GET', PATH, { query: { limit } })

describe('what was asked for ahead', () => {
  it('is given once, to whoever asks the same', async () => {
    client.askAhead(PATH, { limit: 50 }, LONG)
    expect([await ask(20), await ask(), await ask()]).toEqual([{ answer: 2 }, { answer: 1 }, { answer: 3 }])
  })

  it('is not given when it is too old', async () => {
    client.askAhead(PATH, { limit: 50 }, 0)
    expect(await ask()).toEqual({ answer: 2 })
  })

  it('is asked for again when it was refused', async () => {
    refusals = 1
    client.askAhead(PATH, { limit: 50 }, LONG)
    expect(await ask()).toEqual({ answer: 2 })
  })

  it.each(['org=other', 'mode=test'])('is not given under another address: %s', async (search) => {
    const { navigate } = await import('../router/location.js')
    client.askAhead(PATH, { limit: 50 }, LONG)
    navigate(`/logs?${search}`, { replace: true })
    expect(await ask()).toEqual({ answer: 2 })
    expect(sent[1]?.init.headers).not.toEqual(sent[0]?.init.headers)
  })

  it('is not given to whoever pastes a key meanwhile', async () => {
    const { keepKey } = await import('./credentials.js')
    client.askAhead(PATH, { limit: 50 }, LONG)
    keepKey('cf_live_other')
    expect(await ask()).toEqual({ answer: 2 })
  })

  it('is given to nobody after something was changed, as signing in is', async () => {
    client.askAhead(PATH, { limit: 50 }, LONG)
    await client.call('POST', '/v1/session', { body: {} })
    expect(await ask()).toEqual({ answer: 3 })
  })
})
