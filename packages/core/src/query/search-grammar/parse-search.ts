import { AppError } from '../../errors.js'
import { checkFilter } from '../check-query.js'
import type { Filter } from '../query.js'
import { EVERYTHING, simplify } from '../simplify.js'
import { SearchCompiler } from './compile.js'
import { SEARCH_PROBLEMS_MAX, type SearchProblem, SearchReport } from './problem.js'
import { parseSyntax } from './syntax.js'
import type { TimeRange } from './time-range.js'
import { tokenize } from './tokens.js'

/** What a search text selects; the log is not the text's to choose. */
export interface SearchSelection extends TimeRange {
  readonly filter?: Filter
}

export type ParsedSearch =
  | { readonly ok: true; readonly selection: SearchSelection }
  | { readonly ok: false; readonly problems: readonly SearchProblem[] }

export const SEARCH_CHARS_MAX = 65_536

/**
 * Reads the search language: GitHub's audit log qualifiers and free text. Blanks mean AND, which binds tighter
 * than OR; `SEARCH_KEYS` lists the keys. `now`, in microseconds, is what `since:24h` counts from. The
 * filter is simplified and within all bounds. Never throws.
 */
export function parseSearch(text: string, now: number): ParsedSearch {
  const report = new SearchReport()
  checkCharacters(text, report)
  if (report.problems.length > 0) return refused(report)
  const node = parseSyntax(tokenize(text, report), report)
  if (node === undefined) return report.problems.length > 0 ? refused(report) : { ok: true, selection: {} }
  const compiler = new SearchCompiler(report, now)
  const filter = simplify(compiler.compile(node) ?? EVERYTHING)
  if (report.problems.length === 0)
    for (const { message } of checkFilter(filter)) report.add({ start: 0, end: text.length }, message)
  if (report.problems.length > 0) return refused(report)
  const isEverything = filter.op === 'and' && filter.filters.length === 0
  return { ok: true, selection: { ...compiler.times, ...(isEverything ? {} : { filter }) } }
}

/** What a search text selects. Throws `invalid_search` with the place of each problem in the text. */
export function readSearch(text: string, now: number): SearchSelection {
  const parsed = parseSearch(text, now)
  if (parsed.ok) return parsed.selection
  const { problems } = parsed
  throw new AppError('invalid_search', {
    param: 'query',
    hint: problems[0]?.message ?? 'Write it as in `actor:ada action:order`.',
    details: { problems },
  })
}

function refused(report: SearchReport): ParsedSearch {
  const problems = report.problems.toSorted((a, b) => a.start - b.start || a.end - b.end)
  return { ok: false, problems: problems.slice(0, SEARCH_PROBLEMS_MAX) }
}

function checkCharacters(text: string, report: SearchReport): void {
  if (text.length > SEARCH_CHARS_MAX) {
    const message = `The search is at most ${SEARCH_CHARS_MAX} characters long.`
    report.add({ start: SEARCH_CHARS_MAX, end: text.length }, message)
    return
  }
  const unusable = /\0|\p{Surrogate}/u.exec(text)
  if (unusable !== null)
    report.add(
      { start: unusable.index, end: unusable.index + 1 },
      'This character is in no entry; remove it.',
    )
}
