import { canonicalFilter } from '../canonical-filter.js'
import type { Filter } from '../query.js'
import { simplify } from '../simplify.js'
import { parseSearch, type SearchSelection } from './parse-search.js'
import { mergeKeyOf, spellings, widerKeyOf } from './spellings.js'
import { printTimeRange } from './time-range.js'

/** Text of a filter: one word that a minus may stand before, or several that need parentheses first. */
interface Printed {
  readonly text: string
  readonly isWord: boolean
  /** The key that would widen, were it repeated beside this word. */
  readonly mergeKey?: string | undefined
}

/**
 * The selection as search text: `parseSearch` reads it back as the same times and the simplified filter, whatever
 * the clock says. Meant for what passes `checkSelection`; other filters print, but may be refused when read.
 */
export function printSearch({ filter, ...times }: SearchSelection): string {
  const time = printTimeRange(times)
  const simple = filter && simplify(filter)
  if (simple === undefined || (simple.op === 'and' && simple.filters.length === 0)) return time
  if (time === '') return print(simple).text
  return `${time} ${simple.op === 'or' ? printItem(simple) : print(simple).text}`
}

function print(filter: Filter): Printed {
  switch (filter.op) {
    case 'not':
      return { text: `-${printItem(filter.filter)}`, isWord: true }
    case 'and':
      return { text: printAll(filter.filters), isWord: false }
    case 'or':
      return printShort(filter) ?? { text: filter.filters.map(printItem).join(' OR '), isWord: false }
    default:
      return {
        text: firstThatReadsBack(spellings(filter), filter),
        isWord: true,
        mergeKey: mergeKeyOf(filter),
      }
  }
}

function printItem(filter: Filter): string {
  const { text, isWord } = print(filter)
  return isWord ? text : `(${text})`
}

/** A key that was used before is put in parentheses: `(actor.id:a) (actor.id:b)` narrows, without them it widens. */
function printAll(filters: readonly Filter[]): string {
  const used = new Set<string>()
  const items = filters.map((filter) => {
    const { text, isWord, mergeKey } = print(filter)
    const isRepeated = mergeKey !== undefined && used.has(mergeKey)
    if (mergeKey !== undefined) used.add(mergeKey)
    return isWord && !isRepeated ? text : `(${text})`
  })
  return items.join(' ')
}

/** An `or` that one key says, such as `action:order` or `actor:ada`; and the one that never holds. */
function printShort(filter: Filter & { op: 'or' }): Printed | undefined {
  const [first] = filter.filters
  // Every entry has an id.
  if (first === undefined) return { text: '-has:id', isWord: true }
  const key = widerKeyOf(first)
  if (key === undefined) return undefined
  const text = spellings(first, key).find((spelling) => readsBackAs(spelling, filter))
  return text === undefined ? undefined : { text, isWord: true, mergeKey: key }
}

/** Trying is surer than knowing: whatever a key makes of its values, the text chosen means this filter. */
function firstThatReadsBack(texts: readonly string[], filter: Filter): string {
  return texts.find((text) => readsBackAs(text, filter)) ?? texts.at(-1)!
}

function readsBackAs(text: string, filter: Filter): boolean {
  const parsed = parseSearch(text, 0)
  if (!parsed.ok || parsed.selection.filter === undefined) return false
  return canonicalFilter(parsed.selection.filter) === canonicalFilter(filter)
}
