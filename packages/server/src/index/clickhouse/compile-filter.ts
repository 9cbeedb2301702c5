import {
  type Filter,
  foldCase,
  ipRange,
  type ListField,
  SEVERITIES,
  SEVERITY_RANK,
  type StringField,
} from '@counterfoil/core'
import { addressText } from '../rows.js'
import { isListField, LIST_COLUMNS, METADATA_SEPARATOR, TEXT_COLUMNS, type TextField } from './columns.js'
import type { Parameters } from './parameters.js'

/**
 * The filter as a condition with two values, never NULL, so that NOT means what `matches` means by it. Values
 * go into `parameters`; the SQL holds their placeholders alone.
 */
export function compileFilter(filter: Filter, parameters: Parameters): string {
  switch (filter.op) {
    case 'and':
      return compileAll(filter.filters, ' AND ', '1', parameters)
    case 'or':
      return compileAll(filter.filters, ' OR ', '0', parameters)
    case 'not':
      return `NOT (${compileFilter(filter.filter, parameters)})`
    case 'equals':
      return compileEquals(filter.field, filter.values, parameters)
    case 'prefix':
      return compilePrefix(filter.field, filter.prefix, parameters)
    case 'contains':
      return compileContains(filter.field, filter.needle, parameters)
    case 'present':
      return compilePresent(filter.field)
    case 'cidr':
      return compileCidr(filter.block, parameters)
    case 'severity_at_least':
      return `severity >= ${SEVERITY_RANK[filter.severity]}`
    case 'metadata_equals': {
      const pairs = filter.values.map((value) => filter.path + METADATA_SEPARATOR + value)
      return compileHasAny('metadata', pairs, parameters)
    }
    case 'metadata_present':
      return `has(metadata_paths, ${parameters.text(filter.path)})`
    case 'text':
      return compileText(filter.needle, parameters)
  }
}

function compileAll(
  filters: readonly Filter[],
  connective: string,
  whenEmpty: string,
  parameters: Parameters,
): string {
  if (filters.length === 0) return whenEmpty
  return `(${filters.map((filter) => compileFilter(filter, parameters)).join(connective)})`
}

function compileEquals(
  field: StringField | ListField,
  values: readonly string[],
  parameters: Parameters,
): string {
  if (isListField(field)) return compileHasAny(LIST_COLUMNS[field], values, parameters)
  if (field === 'severity') return compileSeverity((severity) => values.includes(severity))
  if (values.length === 0) return '0'
  return `${TEXT_COLUMNS[field]} IN (${values.map((value) => parameters.text(value)).join(', ')})`
}

function compilePrefix(field: StringField, prefix: string, parameters: Parameters): string {
  if (field === 'severity') return compileSeverity((severity) => severity.startsWith(prefix))
  return `startsWith(${TEXT_COLUMNS[field]}, ${parameters.text(prefix)})`
}

function compilePresent(field: StringField | ListField): string {
  if (isListField(field)) return `notEmpty(${LIST_COLUMNS[field]})`
  if (field === 'severity') return '1'
  return `${TEXT_COLUMNS[field]} != ''`
}

function compileSeverity(fits: (severity: string) => boolean): string {
  const ranks = SEVERITIES.filter(fits).map((severity) => SEVERITY_RANK[severity])
  return ranks.length === 0 ? '0' : `severity IN (${ranks.join(', ')})`
}

function compileHasAny(column: string, values: readonly string[], parameters: Parameters): string {
  if (values.length === 0) return '0'
  if (values.length === 1) return `has(${column}, ${parameters.text(values[0]!)})`
  return `hasAny(${column}, [${values.map((value) => parameters.text(value)).join(', ')}])`
}

/** Fields that `searchText` leaves out. */
const NOT_IN_SEARCH_TEXT: ReadonlySet<TextField> = new Set(['outcome', 'operation.type'])

/** lower() folds ASCII; where that is not what `foldCase` gives, the row holds the folded text. */
function compileContains(field: StringField, needle: string, parameters: Parameters): string {
  const foldedNeedle = foldCase(needle)
  if (field === 'severity') return compileSeverity((severity) => severity.includes(foldedNeedle))
  const column = TEXT_COLUMNS[field]
  const name = parameters.text(field)
  const folded = `if(mapContains(folded, ${name}), folded[${name}], lower(${column}))`
  const condition = `position(${folded}, ${parameters.text(foldedNeedle)}) > 0`
  // What a field contains, the search text contains, and that has an index of n-grams.
  return NOT_IN_SEARCH_TEXT.has(field)
    ? condition
    : `(indexHint(${compileText(needle, parameters)}) AND ${condition})`
}

function compileText(needle: string, parameters: Parameters): string {
  return `search_text LIKE ${parameters.text(containingPattern(foldCase(needle)))}`
}

function compileCidr(block: string, parameters: Parameters): string {
  const range = ipRange(block)
  if (range === undefined) return '0'
  const first = parameters.text(addressText(range.first))
  const last = parameters.text(addressText(range.last))
  return `ifNull(ip_number BETWEEN toIPv6(${first}) AND toIPv6(${last}), 0)`
}

/** A LIKE pattern for text that contains `needle` as it stands. */
function containingPattern(needle: string): string {
  return `%${needle.replace(/[\\%_]/g, '\\$&')}%`
}
