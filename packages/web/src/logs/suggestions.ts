import { type FacetField, SEARCH_KEYS } from '@counterfoil/core'
import { writeTerm } from '../query/query-text.js'

/** What could stand where somebody writes. */
export interface Suggestion {
  readonly label: string
  readonly note: string
  /** Takes the place of the text between the two. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The word that is being written: a key, or a value behind one. */
export interface Writing {
  readonly start: number
  readonly end: number
  readonly minus: string
  readonly key: string | undefined
  readonly part: string
}

/** Facets that know the values of a key. */
const FACETS: Readonly<Record<string, FacetField>> = {
  action: 'action',
  category: 'category',
  actor: 'actor.email',
  user: 'actor.email',
  'actor.id': 'actor.id',
  'actor.email': 'actor.email',
  resource: 'resource.type',
  'resource.type': 'resource.type',
  'resource.id': 'resource.id',
  ip: 'ip_address',
  ip_address: 'ip_address',
  ua: 'user_agent',
  user_agent: 'user_agent',
  session: 'session_id',
  session_id: 'session_id',
  region: 'region',
  source: 'source.name',
  workspace: 'workspace.id',
  'workspace.id': 'workspace.id',
}
const SHOWN_MAX = 12
const WORD = /(-?)(?:([A-Za-z][\w.-]*):)?((?:"[^"]*"?|[^\s"(),])*)$/

/** What stands before the caret; undefined within something else. */
export function writingAt(text: string, caret: number): Writing | undefined {
  const match = WORD.exec(text.slice(0, caret))
  if (match === null) return undefined
  const [whole, minus = '', key, part = ''] = match
  if (whole !== '' && match.index > 0 && !/[\s(,]/.test(text[match.index - 1] as string)) return undefined
  return { start: match.index, end: caret, minus, key: key?.toLowerCase(), part }
}

/** The facet whose values complete a key; undefined where there is none. */
export function facetOfKey(key: string | undefined): FacetField | undefined {
  return key !== undefined && Object.hasOwn(FACETS, key) ? FACETS[key] : undefined
}

/** Keys for a word, values behind a key. */
export function suggestionsFor(
  writing: Writing,
  values: readonly { readonly value: string; readonly count: number }[],
): readonly Suggestion[] {
  const { start, end, minus, key, part } = writing
  const wanted = part.replaceAll('"', '').toLowerCase()
  if (key === undefined) {
    return SEARCH_KEYS.filter(({ key: name }) => name.startsWith(wanted))
      .slice(0, SHOWN_MAX)
      .map(({ key: name, description }) => ({
        label: `${name}:`,
        note: description,
        text: `${minus}${name}:`,
        start,
        end,
      }))
  }
  const known = SEARCH_KEYS.find(
    ({ key: name, aliases }) => name === key || (aliases as readonly string[]).includes(key),
  )
  const fixed = known !== undefined && 'values' in known ? known.values : []
  const all = [
    ...fixed.map((value) => ({ value, note: '' })),
    ...values.map(({ value, count }) => ({ value, note: count.toLocaleString('en-US') })),
  ]
  return all
    .filter(({ value }) => value.toLowerCase().includes(wanted))
    .slice(0, SHOWN_MAX)
    .map(({ value, note }) => ({ label: value, note, text: `${minus}${writeTerm(key, value)} `, start, end }))
}
