import { parseSearch, type SearchProblem } from '@counterfoil/core'

/** What is wrong with a search text; nothing for one that can be understood. */
export function problemsIn(text: string): readonly SearchProblem[] {
  const parsed = parseSearch(text, Date.now() * 1_000)
  return parsed.ok ? [] : parsed.problems
}

export { facetOfKey, suggestionsFor, writingAt } from './suggestions.js'
