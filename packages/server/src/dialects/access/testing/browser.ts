import { request as httpRequest } from 'node:http'
import type { Answer, TestServer } from '../../../testing/test-server.js'

/** What our own page sends with every request that changes something. */
export const OWN_PAGE: Readonly<Record<string, string>> = {
  'sec-fetch-site': 'same-origin',
  'content-type': 'application/json',
  'x-counterfoil-request': '1',
}

export interface BrowserAnswer extends Answer {
  /** `Set-Cookie` headers as they were sent. */
  readonly setCookies: readonly string[]
}

/** As much of a browser as signing in needs: it keeps cookies and sends what our page sends. Headers as they are given, `fetch` would not send all. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #url: string

  constructor({ url }: Pick<TestServer, 'url'>) {
    this.#url = url
  }

  /** The session's cookie. */
  get session(): string | undefined {
    return this.cookies.get('counterfoil')
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<BrowserAnswer> {
    const changes = method !== 'GET' && method !== 'HEAD'
    return this.send(method, path, body, { ...(changes ? OWN_PAGE : {}), ...headers })
  }

  /** A request with these headers and the cookies, and nothing else. */
  send(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string | undefined>>,
  ): Promise<BrowserAnswer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const given = Object.entries({ ...(cookie === '' ? {} : { cookie }), ...headers }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    )
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
      const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
      const request = httpRequest(this.#url + path, {
        method,
        headers: { ...Object.fromEntries(given), ...length },
      })
      request.on('error', reject)
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const setCookies = response.headers['set-cookie'] ?? []
          this.#keep(setCookies)
          const answer = Buffer.concat(chunks).toString('utf8')
          const isJson = response.headers['content-type']?.startsWith('application/json') === true
          resolve({
            status: response.statusCode as number,
            headers: new Headers(
              Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
            ),
            body: isJson && answer !== '' ? JSON.parse(answer) : answer,
            setCookies,
          })
        })
      })
      request.end(text)
    })
  }

  #keep(setCookies: readonly string[]): void {
    for (const cookie of setCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) as unknown as [string, string, string]
      if (value === '' || /Max-Age=0(?:;|$)/.test(cookie)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }
}
