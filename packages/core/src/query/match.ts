import type { Entry } from '../entry/entry.js'
import { microsecondsOf } from '../entry/time.js'
import {
  fieldText,
  foldCase,
  ipBytes,
  ipRange,
  listTexts,
  metadataScalars,
  SEVERITY_RANK,
  searchText,
} from './fields.js'
import {
  type Filter,
  LIST_FIELDS,
  type ListField,
  type Position,
  type Selection,
  type StringField,
} from './query.js'

/**
 * Whether the filter holds for the entry. This is what a filter means: each engine is tested against it.
 * Equality and prefixes tell case apart; `contains` and `text` do not. No values, no filters: `equals []` and
 * `or []` never hold, `and []` always does.
 */
export function matches(filter: Filter, entry: Entry): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((part) => matches(part, entry))
    case 'or':
      return filter.filters.some((part) => matches(part, entry))
    case 'not':
      return !matches(filter.filter, entry)
    case 'equals':
      return fieldValues(entry, filter.field).some((value) => filter.values.includes(value))
    case 'prefix':
      return fieldText(entry, filter.field).startsWith(filter.prefix)
    case 'contains':
      return foldCase(fieldText(entry, filter.field)).includes(foldCase(filter.needle))
    case 'present':
      return fieldValues(entry, filter.field).some((value) => value !== '')
    case 'cidr':
      return liesInBlock(fieldText(entry, 'ip_address'), filter.block)
    case 'severity_at_least':
      return SEVERITY_RANK[entry.severity] >= SEVERITY_RANK[filter.severity]
    case 'metadata_equals':
      return metadataScalars(entry).some(
        ([path, text]) => path === filter.path && filter.values.includes(text),
      )
    case 'metadata_present':
      return metadataScalars(entry).some(([path]) => path === filter.path)
    case 'text':
      return searchText(entry).includes(foldCase(filter.needle))
  }
}

/** Whether the entry is of the selection's log, within its times and passes its filter. */
export function selects(selection: Selection, entry: Entry): boolean {
  const { log, from, to, filter } = selection
  if (entry.organization_id !== log.organization_id || entry.mode !== log.mode) return false
  if (from !== undefined || to !== undefined) {
    const recordedAt = microsecondsOf(entry.recorded_at)
    if (from !== undefined && recordedAt < from) return false
    if (to !== undefined && recordedAt > to) return false
  }
  return filter === undefined || matches(filter, entry)
}

/** The entry's place in its log's order. */
export function placeOf(entry: Pick<Entry, 'recorded_at' | 'seq'>): Position {
  return { recorded_at: microsecondsOf(entry.recorded_at), seq: entry.seq }
}

/** Negative when `a` is the older place, positive when it is the newer, 0 when both are one. */
export function comparePlaces(a: Position, b: Position): number {
  return a.recorded_at - b.recorded_at || a.seq - b.seq
}

function fieldValues(entry: Entry, field: StringField | ListField): readonly string[] {
  return isListField(field) ? listTexts(entry, field) : [fieldText(entry, field)]
}

export function isListField(field: StringField | ListField): field is ListField {
  return LIST_FIELDS.some((listField) => listField === field)
}

/** An address or a block that cannot be read lies nowhere. */
function liesInBlock(address: string, block: string): boolean {
  const bytes = ipBytes(address)
  const range = ipRange(block)
  if (bytes === undefined || range === undefined) return false
  return compareBytes(range.first, bytes) <= 0 && compareBytes(bytes, range.last) <= 0
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}
