import { AppError, parseSearch, SEARCH_KEYS } from '@counterfoil/core'

/** The words of the command line as one search text. Throws `invalid_search` with a caret under each problem. */
export function readSearchText(words: readonly string[]): string {
  const text = words.join(' ')
  // The server reads it again and decides; asking here first shows a slip without a round trip.
  const parsed = parseSearch(text, Date.now() * 1_000)
  if (parsed.ok) return text
  const lines = parsed.problems.flatMap(({ start, end, message }) => [
    '',
    visible(text),
    `${' '.repeat(visible(text.slice(0, start)).length)}${'^'.repeat(Math.max(1, visible(text.slice(start, end)).length))}`,
    message,
  ])
  throw new AppError('invalid_search', { param: 'query', details: { problems: parsed.problems, lines } })
}

/** One line, as wide as it is long, so that carets stand where they belong. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Surrogate}/gu, '?')
}

/** The keys of the search language, for the help page. */
export function searchNotes(): string {
  const width = Math.max(...SEARCH_KEYS.map(({ key }) => key.length))
  const keys = SEARCH_KEYS.map(({ key, description }) => `  ${key.padEnd(width)}  ${description}`)
  return `
Search text: keys as in GitHub's audit log search, and free text.
  action:order actor:ada          both; "OR" and parentheses for alternatives
  actor:a actor:b                 the same key twice: either
  -outcome:success                not; quotes hold words together: resource:"My order"
  since:24h refund                recorded in the last day, with "refund" anywhere in it

Keys:
${keys.join('\n')}`
}
