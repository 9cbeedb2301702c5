import { checkFilter } from '../check-query.js'
import type { Filter } from '../query.js'
import { anyOf } from './comparisons.js'
import { findMeaning, type KeyMeaning } from './key-table.js'
import type { SearchReport, Span } from './problem.js'
import type { SyntaxNode } from './syntax.js'
import { type KeyTerm, readTerm, type TermValue, type TextTerm } from './terms.js'
import { readTimeRange, type TimeRange } from './time-range.js'
import type { WordToken } from './tokens.js'

/** A filter that parts with the same `mergeKey` widen instead of narrowing. */
interface Part {
  readonly filter: Filter
  readonly mergeKey?: string
}

/** Gives the words of a syntax tree their meaning: one filter, and one time range. */
export class SearchCompiler {
  readonly #report: SearchReport
  readonly #now: number
  #times: TimeRange = {}

  constructor(report: SearchReport, now: number) {
    this.#report = report
    this.#now = now
  }

  /** What all time keys together leave. */
  get times(): TimeRange {
    return this.#times
  }

  /** The node's filter; undefined when it holds times alone, or problems. */
  compile(node: SyntaxNode): Filter | undefined {
    return this.#part(node, true)?.filter
  }

  /** `top`: the node narrows the whole search, so that times may stand there. */
  #part(node: SyntaxNode, top: boolean): Part | undefined {
    switch (node.kind) {
      case 'word':
        return this.#word(node, top)
      case 'group': {
        const part = this.#part(node.part, top)
        return part && { filter: part.filter }
      }
      case 'not': {
        const part = this.#part(node.part, false)
        return part && { filter: { op: 'not', filter: part.filter } }
      }
      case 'or': {
        const filters = node.parts.flatMap((part) => this.#part(part, false)?.filter ?? [])
        return { filter: { op: 'or', filters } }
      }
      case 'and':
        return this.#all(node.parts, top)
    }
  }

  /** As on GitHub, a key that is repeated widens, `actor:a actor:b`, and different keys narrow. */
  #all(nodes: readonly SyntaxNode[], top: boolean): Part | undefined {
    const filters: Filter[] = []
    const merged = new Map<string, { readonly at: number; readonly filters: Filter[] }>()
    for (const node of nodes) {
      const part = this.#part(node, top)
      if (part === undefined) continue
      const earlier = part.mergeKey === undefined ? undefined : merged.get(part.mergeKey)
      if (earlier !== undefined) {
        earlier.filters.push(part.filter)
        continue
      }
      if (part.mergeKey !== undefined)
        merged.set(part.mergeKey, { at: filters.length, filters: [part.filter] })
      filters.push(part.filter)
    }
    for (const { at, filters: same } of merged.values()) if (same.length > 1) filters[at] = anyOf(same)
    return filters.length === 0 ? undefined : { filter: { op: 'and', filters } }
  }

  #word(word: WordToken, top: boolean): Part | undefined {
    const term = this.#report.isFull ? undefined : readTerm(word, this.#report)
    if (term === undefined) return undefined
    if (term.kind === 'text') return this.#text(term)
    const meaning = findMeaning(term.key, term.keySpan, this.#report)
    switch (meaning?.kind) {
      case undefined:
        return undefined
      case 'time':
        return this.#narrowTimes(term, meaning, top)
      case 'has':
        return this.#anyValue(term.values, (value) => this.#presence(value))
      case 'values': {
        const part = this.#anyValue(term.values, (value) => meaning.read(value, this.#report))
        // `severity:>=notice severity:<error` are two bounds, not two values.
        const isBound = term.values.some(({ operator }) => operator !== '' && operator !== '=')
        return part && (isBound ? part : { ...part, mergeKey: meaning.name })
      }
    }
  }

  #text({ value }: TextTerm): Part | undefined {
    if (value.text === '')
      return this.#report.add(value, 'There is nothing to search for here; leave it out to find everything.')
    return this.#checked({ op: 'text', needle: value.text }, value)
  }

  #anyValue(values: readonly TermValue[], read: (value: TermValue) => Filter | undefined): Part | undefined {
    const filters = values.flatMap((value) => {
      const filter = read(value)
      return (filter && this.#checked(filter, value)?.filter) ?? []
    })
    return filters.length === 0 ? undefined : { filter: anyOf(filters) }
  }

  #checked(filter: Filter, span: Span): Part | undefined {
    const problems = checkFilter(filter)
    for (const message of new Set(problems.map((problem) => problem.message))) this.#report.add(span, message)
    return problems.length > 0 ? undefined : { filter }
  }

  #presence(value: TermValue): Filter | undefined {
    if (value.operator !== '' || value.starFirst || value.starLast)
      return this.#report.add(value, '“has” takes the name of a key, such as has:error.')
    const meaning = findMeaning(value.text, value, this.#report)
    if (meaning === undefined) return undefined
    if (meaning.kind !== 'values')
      return this.#report.add(value, `“${meaning.name}” is no key that an entry may lack.`)
    return meaning.read({ ...value, text: '', raw: '*', starLast: true, quoted: false }, this.#report)
  }

  #narrowTimes(term: KeyTerm, { name }: KeyMeaning & { kind: 'time' }, top: boolean): undefined {
    if (!top)
      return this.#report.add(
        term,
        `“${name}” limits the whole search: it cannot stand within OR or be negated.`,
      )
    const [value] = term.values
    if (value === undefined || term.values.length > 1)
      return this.#report.add(
        term,
        `“${name}” takes one value; write a range as created:2014-07-01..2014-07-31.`,
      )
    const range = readTimeRange(name, value, this.#now, this.#report)
    if (range === undefined) return undefined
    this.#times = intersection(this.#times, range)
    const { from, to } = this.#times
    if (from !== undefined && to !== undefined && from > to)
      this.#report.add(term, 'No time is left: the range ends before it starts.')
    return undefined
  }
}

function intersection(a: TimeRange, b: TimeRange): TimeRange {
  const froms = [a.from, b.from].filter((from) => from !== undefined)
  const tos = [a.to, b.to].filter((to) => to !== undefined)
  return {
    ...(froms.length > 0 ? { from: Math.max(...froms) } : {}),
    ...(tos.length > 0 ? { to: Math.min(...tos) } : {}),
  }
}
