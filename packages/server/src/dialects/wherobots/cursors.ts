import {
  AppError,
  CURSOR_REFUSALS,
  decodeCursor,
  encodeCursor,
  type Order,
  type PageQuery,
  type Position,
  type Selection,
} from '@counterfoil/core'
import type { ItemPage } from '../../reading/reads.js'
import type { WherobotsPage } from './schema.js'

/**
 * Where a page begins and which way it looks. Forwards is from new to old, as pages show events; backwards goes from
 * old to new, and its items are turned round. A cursor's order is its direction.
 */
export interface PageStart {
  readonly order: Order
  /** Left out at the newest or the oldest entry. */
  readonly after?: Position
}

/** Stands for "from the oldest entry": no entry has this place. */
const BEGINNING: Position = { recorded_at: 0, seq: 0 }

/** Throws `invalid_cursor` for one that is damaged or was made for another log or search term. */
export function readCursor(cursor: string | undefined, selection: Selection): PageStart {
  if (cursor === undefined) return { order: 'newest_first' }
  const forwards = decodeCursor(cursor, { ...selection, order: 'newest_first' })
  if (forwards.ok) return { order: 'newest_first', after: forwards.after }
  const backwards = decodeCursor(cursor, { ...selection, order: 'oldest_first' })
  if (backwards.ok) {
    const { recorded_at, seq } = backwards.after
    if (recorded_at === BEGINNING.recorded_at && seq === BEGINNING.seq) return { order: 'oldest_first' }
    return { order: 'oldest_first', after: backwards.after }
  }
  const reason = forwards.reason === 'other_order' ? backwards.reason : forwards.reason
  throw new AppError('invalid_cursor', { param: 'cursor', hint: CURSOR_REFUSALS[reason] })
}

type PageCursors = Omit<WherobotsPage, 'items' | 'total'>

/** The cursors of a page whose entries go from the newest to the oldest. */
export function pageCursors(
  { hasMore, first, last }: Pick<ItemPage, 'hasMore' | 'first' | 'last'>,
  query: Pick<PageQuery, 'log' | 'filter' | 'order' | 'after'>,
): PageCursors {
  if (first === undefined || last === undefined) return NO_CURSORS
  const cursor = (place: Position, order: Order) => encodeCursor(place, { ...query, order })
  const backwards = query.order === 'oldest_first'
  // The page came from a place on one side; what it was asked for on the other side is known by `hasMore`.
  const hasNewer = backwards ? hasMore : query.after !== undefined
  const hasOlder = backwards ? query.after !== undefined : hasMore
  return {
    // Places are exclusive: one entry before the first shows the first again, and nothing that came after it.
    current_page: cursor(neighbour(first, 1), 'newest_first'),
    current_page_backwards: cursor(last.seq === 0 ? BEGINNING : neighbour(last, -1), 'oldest_first'),
    previous_page: hasNewer ? cursor(neighbour(first, 0), 'oldest_first') : null,
    next_page: hasOlder ? cursor(neighbour(last, 0), 'newest_first') : null,
  }
}

export const NO_CURSORS: PageCursors = {
  current_page: null,
  current_page_backwards: null,
  previous_page: null,
  next_page: null,
}

/** The place `steps` further towards new; within one time that is exact, as `seq` has no gaps and decides last. */
function neighbour({ recorded_at, seq }: Position, steps: -1 | 0 | 1): Position {
  return { recorded_at, seq: seq + steps }
}
