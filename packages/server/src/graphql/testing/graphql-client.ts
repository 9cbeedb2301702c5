import type { Mode } from '@counterfoil/core'
import type { Scope } from '../../access/api-key.js'
import type { TestServer } from '../../testing/test-server.js'

export interface GraphQlAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any
  readonly ms: number
}

export type Headed = Readonly<Record<string, string>>

/** Sends a document as clients do. */
export async function ask(
  server: TestServer,
  headers: Headed,
  query: string,
  variables?: object,
  path = '/graphql',
): Promise<GraphQlAnswer> {
  return send(
    server,
    headers,
    JSON.stringify({ query, ...(variables === undefined ? {} : { variables }) }),
    path,
  )
}

/** Sends a body as it is. */
export async function send(
  server: TestServer,
  headers: Headed,
  body: string,
  path = '/graphql',
): Promise<GraphQlAnswer> {
  const start = performance.now()
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  const text = await response.text()
  const ms = performance.now() - start
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : text,
    ms,
  }
}

export interface KeyOptions {
  readonly slug?: string
  readonly mode?: Mode
  readonly scopes?: readonly Scope[]
}

/** Headers of a new key pair, as Paradime's documents send it. */
export async function pairHeaders(server: TestServer, options: KeyOptions = {}): Promise<Headed> {
  const { slug = 'acme', mode = 'live', scopes = ['audit:read'] } = options
  const { access } = server.counterfoil
  const organization = (await access.findOrganization(slug)) ?? (await access.createOrganization(slug))
  const { token, secret = '' } = await access.createKey({
    organization,
    mode,
    scopes,
    name: '',
    kind: 'key_pair',
  })
  return { 'x-api-key': token, 'x-api-secret': secret }
}

/** Headers of a new bearer token with a vendor's head. */
export async function styledHeaders(
  server: TestServer,
  style: 'prdm_cmp' | 'prdm_wsp',
  { slug = 'acme', mode = 'live', scopes = ['audit:read'] }: KeyOptions = {},
): Promise<Headed> {
  const { access } = server.counterfoil
  const organization = (await access.findOrganization(slug)) ?? (await access.createOrganization(slug))
  const { token } = await access.createKey({ organization, mode, scopes, name: '', style })
  return { authorization: `Bearer ${token}` }
}
