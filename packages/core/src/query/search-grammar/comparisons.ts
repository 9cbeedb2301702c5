import { isListField } from '../match.js'
import type { Filter, ListField, StringField } from '../query.js'
import type { SearchReport } from './problem.js'
import type { TermValue } from './terms.js'

export type Field = StringField | ListField

/** Turns one value behind a key into a filter; undefined when it cannot, and the report says why. */
export type ValueReader = (value: TermValue, report: SearchReport) => Filter | undefined

/** What a star alone and `has:` ask for. */
export function isPresence(value: TermValue): boolean {
  return value.starLast && value.text === ''
}

/**
 * The reader of a key that compares any of `fields`: `x` and `=x` equal, `x*` starts, `*x*` contains, `*` is
 * present. `plain` replaces what `x` means, `presence` the fields that `*` looks at.
 */
export function fieldReader(
  fields: readonly Field[],
  options: { readonly plain?: ValueReader; readonly presence?: readonly Field[] } = {},
): ValueReader {
  const { plain, presence = fields } = options
  return (value, report) => {
    if (value.operator !== '' && value.operator !== '=')
      return report.add(
        value,
        `Only severity and times compare by ${value.operator}; put it in quotes to search for it.`,
      )
    if (isPresence(value)) return anyOf(presence.map((field) => ({ op: 'present', field })))
    if (value.starFirst || value.starLast) return partReader(fields, value, report)
    if (plain !== undefined && value.operator === '') return plain(value, report)
    return equalsAny(fields, value.text)
  }
}

function partReader(fields: readonly Field[], value: TermValue, report: SearchReport): Filter | undefined {
  if (value.operator === '=')
    return report.add(value, 'After = the whole value is compared; put the star in quotes or leave = out.')
  const texts = fields.filter((field) => !isListField(field))
  if (texts.length < fields.length)
    return report.add(value, 'This key compares whole values only; a star cannot help.')
  if (!value.starLast)
    return report.add(value, `To find what contains the text, write a star at both ends: *${value.text}*.`)
  if (value.starFirst) return anyOf(texts.map((field) => ({ op: 'contains', field, needle: value.text })))
  return anyOf(texts.map((field) => ({ op: 'prefix', field, prefix: value.text })))
}

export function equalsAny(fields: readonly Field[], text: string): Filter {
  return anyOf(fields.map((field) => ({ op: 'equals', field, values: [text] })))
}

type ValuesTerm = Filter & { readonly op: 'equals' | 'metadata_equals' }

/** `or` of the filters in which all `equals` on one field, or on one metadata path, became one. */
export function anyOf(filters: readonly Filter[]): Filter {
  const valuesOf = new Map<string, Set<string>>()
  const parts: Filter[] = []
  for (const filter of filters.flatMap((part) => (part.op === 'or' ? part.filters : [part]))) {
    if (!isValuesTerm(filter)) {
      parts.push(filter)
      continue
    }
    const key = mergeKey(filter)
    const values = valuesOf.get(key)
    if (values === undefined) {
      valuesOf.set(key, new Set(filter.values))
      parts.push(filter)
    } else for (const value of filter.values) values.add(value)
  }
  const merged = parts.map((part) =>
    isValuesTerm(part) ? { ...part, values: [...valuesOf.get(mergeKey(part))!] } : part,
  )
  return merged.length === 1 ? merged[0]! : { op: 'or', filters: merged }
}

function isValuesTerm(filter: Filter): filter is ValuesTerm {
  return filter.op === 'equals' || filter.op === 'metadata_equals'
}

/** A metadata path starts with a slash, which no field does. */
function mergeKey(term: ValuesTerm): string {
  return term.op === 'equals' ? term.field : term.path
}
