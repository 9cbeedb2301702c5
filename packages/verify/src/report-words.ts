import type { Checks, Level } from './report.js'

/** What each level means, for people. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  none: 'nothing is proven',
  L0: 'the entries fit together',
  L1: 'the entries are what the log signed',
  L2: 'the entries are what the log signed, and it continues what you kept',
  L3: 'the entries are what the log signed, and witnesses vouch for it',
}

/** What each check compares, in the order in which they build on each other. */
export const CHECK_WORDS: readonly (readonly [check: keyof Checks, what: string])[] = [
  ['content', 'content of entries against their hashes'],
  ['chain', 'place of each entry: log, number, predecessor, time'],
  ['tree', 'entries against the root of the checkpoint'],
  ['signature', "checkpoint against the log's key"],
  ['kept', 'checkpoint against the one that you kept'],
  ['witnesses', 'cosignatures against the policy'],
]
