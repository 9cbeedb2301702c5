// Edits a search text as somebody would by hand: terms that stand at its top are added, taken out, or turned around,
// and everything else stays to the letter.

/** A term that stands by itself: `-action:order.created`. */
export interface TextTerm {
  readonly start: number
  readonly end: number
  readonly isExcluded: boolean
  /** Lower case; empty for free text and for what stands in parentheses. */
  readonly key: string
  /** As written behind the key's colon. */
  readonly value: string
}

const KEY = /^(meta(?:data)?\.(?:"(?:[^"\\]|\\.)*"|[^\s:"])+|[A-Za-z][\w.-]*):/

/** The terms at the top of a search text, in order. */
export function termsOf(text: string): readonly TextTerm[] {
  const terms: TextTerm[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at++
      continue
    }
    const end = endOfTerm(text, at)
    const isExcluded = text[at] === '-'
    const word = text.slice(isExcluded ? at + 1 : at, end)
    const key = KEY.exec(word)?.[1]
    terms.push({
      start: at,
      end,
      isExcluded,
      key: key?.toLowerCase() ?? '',
      value: key === undefined ? word : word.slice(key.length + 1),
    })
    at = end
  }
  return terms
}

/** Where the term that begins at `start` ends: at a blank that is in no quotes and no parentheses. */
function endOfTerm(text: string, start: number): number {
  let depth = 0
  let quoted = false
  for (let at = start; at < text.length; at++) {
    const char = text[at] as string
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (quoted) continue
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (depth <= 0 && /\s/.test(char)) return at
  }
  return text.length
}

/**
 * `key:value`, in quotes where the value would mean something else without; `"value"` for free text, whose key is empty.
 * `exact` is for keys that look further.
 */
export function writeTerm(
  key: string,
  value: string,
  { exact = false }: { readonly exact?: boolean } = {},
): string {
  const isPlain = key !== '' && /^[\p{L}\p{N}_.@/+#:-]+$/u.test(value)
  const written = isPlain ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  return key === '' ? written : `${key}:${exact ? '=' : ''}${written}`
}

/** The text with one more term; what says the opposite goes, and nothing is said twice. */
export function withTerm(
  text: string,
  term: string,
  { exclude = false }: { readonly exclude?: boolean } = {},
): string {
  const wanted = exclude ? `-${term}` : term
  const opposite = exclude ? term : `-${term}`
  const without = withoutTerms(text, ({ start, end }) => text.slice(start, end) === opposite)
  if (termsOf(without).some(({ start, end }) => without.slice(start, end) === wanted)) return without
  return without === '' ? wanted : `${without} ${wanted}`
}

/** The text without the terms that `isUnwanted`. */
export function withoutTerms(text: string, isUnwanted: (term: TextTerm) => boolean): string {
  let rest = text
  for (const term of termsOf(text).toReversed()) {
    if (isUnwanted(term)) rest = `${rest.slice(0, term.start).trimEnd()} ${rest.slice(term.end).trimStart()}`
  }
  return rest.trim()
}

/** The text without what it says of a key, excluded values and all. */
export function withoutKey(text: string, key: string): string {
  return withoutTerms(text, (term) => term.key === key)
}

/** The plain values that the text asks for by a key: `severity:error,critical` and `severity:error severity:critical`. */
export function valuesOf(text: string, key: string): readonly string[] {
  return termsOf(text)
    .filter((term) => term.key === key && !term.isExcluded)
    .flatMap(({ value }) => splitValues(value))
}

/**
 * Puts values among those of a key, or takes them out when all of them are there; the key has one term afterwards, or none.
 */
export function toggleValues(text: string, key: string, toggled: readonly string[], exact = false): string {
  const values = valuesOf(text, key)
  const others = values.filter((one) => !toggled.includes(one))
  const next = toggled.every((one) => values.includes(one)) ? others : [...others, ...toggled]
  const rest = withoutTerms(text, (term) => term.key === key && !term.isExcluded)
  if (next.length === 0) return rest
  const written = next.map((one) => writeTerm(key, one, { exact }).slice(key.length + 1)).join(',')
  return rest === '' ? `${key}:${written}` : `${rest} ${key}:${written}`
}

/** Values between commas, without quotes and without the sign that makes them exact. */
function splitValues(text: string): readonly string[] {
  const values: string[] = []
  let value = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (quoted && char === '\\') value += text[++at] ?? ''
    else if (char === '"') quoted = !quoted
    else if (char === ',' && !quoted) {
      values.push(value)
      value = ''
    } else if (!(char === '=' && value === '' && !quoted)) value += char
  }
  return [...values, value].filter((one) => one !== '')
}
