import { busiestActorIds, RARE_PHRASES } from '../corpus/corpus.js'
import type { Wanted } from '../corpus/matches.js'

export const READ_KINDS = ['newest', 'filtered', 'rare_substring', 'common_substring', 'histogram'] as const
export type ReadKind = (typeof READ_KINDS)[number]

/** Entries on a page. */
export const PAGE_LIMIT = 50

/**
 * What each kind of read asks, in turn: never one question over and over, which a cache of conditions or
 * results would answer without reading anything.
 */
export type Questions = Readonly<Record<ReadKind, readonly Wanted[]>>

export function questionsOf(seed: number): Questions {
  const actors = busiestActorIds(seed, 24)
  const actions = ['order.updated', 'order.created', 'invoice.viewed', 'session.created']
  return {
    newest: [{}],
    filtered: actors.map((actorId, place) => ({ actorId, action: actions[place % actions.length]! })),
    // The needles start and end inside words: a search by whole words does not find them.
    rare_substring: RARE_PHRASES.map((phrase) => ({ needle: phrase.slice(2, -2) })),
    common_substring: [
      { needle: 'hipping addr' },
      { needle: 'next carrier st' },
      { needle: 'pproved a ref' },
      { needle: 'quarterly num' },
      { needle: 'a second fact' },
    ],
    histogram: [{}],
  }
}
