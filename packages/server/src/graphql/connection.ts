import {
  AppError,
  encodeCursor,
  type Order,
  PAGE_LIMIT_MAX,
  type PageQuery,
  placeOf,
  type Selection,
} from '@counterfoil/core'
import { placeOfCursor } from '../http/paging.js'
import type { EntryPage, ReadEntry, Reads } from '../reading/reads.js'

/** Arguments of a Relay connection that goes one way. */
export interface PageArguments {
  readonly first: number
  readonly after?: string | null
}

/** A page of entries as a Relay connection, and the page itself. */
export interface Connection<Node> {
  readonly page: EntryPage
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  readonly edges: readonly { readonly node: Node; readonly cursor: () => string }[]
}

/**
 * Reads a page. Its `endCursor` is null when it is empty, hasNextPage or not: some clients go on until there is no
 * cursor. Throws `invalid_request` for `first`, `invalid_cursor` for a cursor of another query.
 */
export async function readConnection<Node>(
  reads: Reads,
  selection: Selection,
  order: Order,
  { first, after }: PageArguments,
  toNode: (entry: ReadEntry) => Node,
): Promise<Connection<Node>> {
  if (first < 1 || first > PAGE_LIMIT_MAX) {
    throw new AppError('invalid_request', {
      param: 'first',
      hint: `"first" is a whole number from 1 to ${PAGE_LIMIT_MAX}.`,
    })
  }
  const place =
    after === undefined || after === null
      ? {}
      : { after: placeOfCursor('after', after, { ...selection, order }) }
  const query: PageQuery = { ...selection, order, limit: first, ...place }
  const page = await reads.page(query)
  const cursorOf = (entry: ReadEntry) => encodeCursor(placeOf(entry), query)
  const last = page.entries.at(-1)
  return {
    page,
    pageInfo: { hasNextPage: page.hasMore, endCursor: last === undefined ? null : cursorOf(last) },
    // Made only when they are asked for: the filter's fingerprint is in each.
    edges: page.entries.map((entry) => ({ node: toNode(entry), cursor: () => cursorOf(entry) })),
  }
}
