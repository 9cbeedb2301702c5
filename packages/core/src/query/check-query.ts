import { ipRange } from './fields.js'
import {
  FILTER_DEPTH_MAX,
  FILTER_VALUES_MAX,
  METADATA_PATH_CHARS_MAX,
  NEEDLE_CHARS_MAX,
  PAGE_LIMIT_MAX,
  PAGE_OFFSET_MAX,
  VALUE_CHARS_MAX,
} from './limits.js'
import type { Filter, PageQuery, Selection } from './query.js'

/** What is wrong with a query; `param` names the part, such as `limit` or `filter.filters.0.values`. */
export interface QueryProblem {
  readonly param: string
  readonly message: string
}

/** Everything that is out of bounds in a page query; empty when it may run. */
export function checkQuery(query: PageQuery): readonly QueryProblem[] {
  const problems = [...checkSelection(query)]
  const { limit, after, offset = 0 } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_LIMIT_MAX)
    problems.push({
      param: 'limit',
      message: `The limit is a whole number from 1 to ${count(PAGE_LIMIT_MAX)}.`,
    })
  if (!Number.isInteger(offset) || offset < 0 || offset > PAGE_OFFSET_MAX)
    problems.push({
      param: 'offset',
      message: `The offset is a whole number from 0 to ${count(PAGE_OFFSET_MAX)}.`,
    })
  if (after !== undefined && !(Number.isSafeInteger(after.recorded_at) && isSeq(after.seq)))
    problems.push({ param: 'after', message: 'The place to go on from holds two whole numbers.' })
  return problems
}

/** Everything that is out of bounds in a selection; empty when it may run. */
export function checkSelection(selection: Selection): readonly QueryProblem[] {
  const { from, to, filter } = selection
  const problems: QueryProblem[] = []
  for (const [param, time] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (time !== undefined && !Number.isSafeInteger(time))
      problems.push({ param, message: 'The time is a whole number of microseconds since 1970.' })
  if (from !== undefined && to !== undefined && from > to)
    problems.push({ param: 'from', message: 'The start of the time range lies after its end.' })
  return filter === undefined ? problems : [...problems, ...checkFilter(filter)]
}

/** Everything that is out of bounds in a filter; empty when it may run. */
export function checkFilter(filter: Filter): readonly QueryProblem[] {
  const check = new FilterCheck()
  check.visit(filter, 'filter', 1)
  return check.problems
}

class FilterCheck {
  readonly problems: QueryProblem[] = []
  #values = 0

  visit(filter: Filter, param: string, depth: number): void {
    if (depth > FILTER_DEPTH_MAX) {
      this.#refuse(param, `Filters nest at most ${FILTER_DEPTH_MAX} deep.`)
      return
    }
    if (filter.op === 'not') this.visit(filter.filter, `${param}.filter`, depth + 1)
    else if (filter.op === 'and' || filter.op === 'or') {
      for (const [i, part] of filter.filters.entries()) {
        this.visit(part, `${param}.filters.${i}`, depth + 1)
        // One problem for the lot, and no work on the rest of a filter that is far too large.
        if (this.#values > FILTER_VALUES_MAX) return
      }
    } else {
      this.#countValues('values' in filter ? filter.values.length : 1, param)
      this.#visitTerm(filter, param)
    }
  }

  #visitTerm(filter: Term, param: string): void {
    switch (filter.op) {
      case 'equals':
        this.#checkValues(filter.values, `${param}.values`)
        return
      case 'prefix':
        this.#checkText(filter.prefix, `${param}.prefix`, 1, NEEDLE_CHARS_MAX)
        return
      case 'contains':
      case 'text':
        this.#checkText(filter.needle, `${param}.needle`, 1, NEEDLE_CHARS_MAX)
        return
      case 'cidr':
        if (ipRange(filter.block) === undefined) this.#refuse(`${param}.block`, CIDR_MESSAGE)
        return
      case 'metadata_equals':
        this.#checkPath(filter.path, `${param}.path`)
        this.#checkValues(filter.values, `${param}.values`)
        return
      case 'metadata_present':
        this.#checkPath(filter.path, `${param}.path`)
        return
      case 'present':
      case 'severity_at_least':
        return
    }
  }

  #countValues(values: number, param: string): void {
    const within = this.#values <= FILTER_VALUES_MAX
    this.#values += Math.max(1, values)
    if (within && this.#values > FILTER_VALUES_MAX)
      this.#refuse(param, `A filter holds at most ${count(FILTER_VALUES_MAX)} values in total.`)
  }

  #checkValues(values: readonly string[], param: string): void {
    if (values.length > FILTER_VALUES_MAX) return
    for (const [i, value] of values.entries()) this.#checkText(value, `${param}.${i}`, 0, VALUE_CHARS_MAX)
  }

  #checkPath(path: string, param: string): void {
    this.#checkText(path, param, 0, METADATA_PATH_CHARS_MAX)
    if (!METADATA_PATH.test(path))
      this.#refuse(
        param,
        'A metadata path is a JSON pointer such as /order/total; write ~1 for / and ~0 for ~.',
      )
  }

  #checkText(text: string, param: string, charsMin: number, charsMax: number): void {
    if (text.length < charsMin || text.length > charsMax)
      this.#refuse(
        param,
        `The text is ${charsMin} to ${count(charsMax)} characters long; it has ${count(text.length)}.`,
      )
    // No entry holds either, and engines that keep UTF-8 would answer a half pair in their own ways.
    if (text.includes('\u0000')) this.#refuse(param, 'The text holds a NUL character.')
    if (LONE_SURROGATE.test(text)) this.#refuse(param, 'The text holds half of a surrogate pair.')
  }

  #refuse(param: string, message: string): void {
    this.problems.push({ param, message })
  }
}

type Term = Exclude<Filter, { readonly op: 'and' | 'or' | 'not' }>

/** Starts with a slash: the empty pointer is metadata itself, which is no scalar. */
const METADATA_PATH = /^\/(?:[^~]|~[01])*$/s
/** With the u flag a pair counts as one character, so that only halves are surrogates. */
const LONE_SURROGATE = /\p{Surrogate}/u
const CIDR_MESSAGE =
  'The block is an address and a prefix length, such as 10.0.0.0/8 or 2001:db8::/32, with no bit set behind the prefix.'

function isSeq(seq: number): boolean {
  return Number.isSafeInteger(seq) && seq >= 0
}

/** A number as a person reads it: 1,000. */
function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
