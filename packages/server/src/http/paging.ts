import {
  AppError,
  CURSOR_REFUSALS,
  decodeCursor,
  type Order,
  type Position,
  type Selection,
} from '@counterfoil/core'
import type { EntryPage } from '../reading/reads.js'

/** The place that a cursor names. Throws `invalid_cursor` for one that is damaged or of another query. */
export function placeOfCursor(
  param: string,
  cursor: string,
  scope: Selection & { readonly order: Order },
): Position {
  const decoded = decodeCursor(cursor, scope)
  if (decoded.ok) return decoded.after
  throw new AppError('invalid_cursor', { param, hint: CURSOR_REFUSALS[decoded.reason] })
}

/**
 * For shapes that have no room to say that something is missing: refuses what is not complete, rather than let a
 * client take it for everything. Throws `index_unavailable`.
 */
export function requireComplete({ complete }: Pick<EntryPage, 'complete'>): void {
  if (complete) return
  throw new AppError('index_unavailable', {
    hint: 'Try again in a moment: the search index has not yet taken in everything that was recorded.',
  })
}
