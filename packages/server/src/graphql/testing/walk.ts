import type { TestServer } from '../../testing/test-server.js'
import { ask, type Headed } from './graphql-client.js'

export interface Page {
  readonly ids: readonly string[]
  readonly hasNextPage: boolean
  readonly endCursor: string | null
}

/** Walks a connection to its end, page after page. Throws when it has more pages than it can. */
export async function walk(
  server: TestServer,
  headers: Headed,
  query: string,
  variables: object,
  // biome-ignore lint/suspicious/noExplicitAny: an answer's data.
  toPage: (data: any) => Page,
): Promise<readonly string[]> {
  const seen: string[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < 5_000; pages++) {
    const { status, body } = await ask(server, headers, query, { ...variables, cursor })
    if (status !== 200) throw new Error(JSON.stringify(body))
    const page = toPage(body.data)
    seen.push(...page.ids)
    if (!page.hasNextPage) return seen
    cursor = page.endCursor
  }
  throw new Error('the walk has no end')
}
