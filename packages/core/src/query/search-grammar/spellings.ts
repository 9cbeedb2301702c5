import type { Filter } from '../query.js'
import type { Field } from './comparisons.js'
import { FIELD_KEYS } from './key-table.js'

type Term = Exclude<Filter, { readonly op: 'and' | 'or' | 'not' }>

/** Keys that look into several fields, by the field that comes first in what they mean. */
const WIDER_KEYS: Readonly<Partial<Record<Field, string>>> = {
  action: 'action',
  'actor.id': 'actor',
  'resource.id': 'resource',
  'target.id': 'target',
  location: 'country',
  'workspace.id': 'workspace',
}

/** The key that may mean an `or` which starts with this filter. */
export function widerKeyOf(first: Filter): string | undefined {
  return 'field' in first ? WIDER_KEYS[first.field] : undefined
}

/** The key that, repeated beside this term, would widen it. */
export function mergeKeyOf(term: Term): string | undefined {
  switch (term.op) {
    case 'equals':
    case 'prefix':
    case 'contains':
      return FIELD_KEYS[term.field]
    case 'cidr':
      return FIELD_KEYS.ip_address
    case 'metadata_equals':
      return `meta.${term.path}`
    default:
      return undefined
  }
}

/** Ways to write the term, the nicest first; `key` takes the place of the field's own. Not all need to mean it. */
export function spellings(filter: Filter, key?: string): readonly string[] {
  switch (filter.op) {
    case 'equals': {
      const name = key ?? FIELD_KEYS[filter.field]
      const values = filter.values.map(writeValue)
      return [`${name}:${values.join(',')}`, `${name}:${values.map((value) => `=${value}`).join(',')}`]
    }
    case 'prefix': {
      const name = key ?? FIELD_KEYS[filter.field]
      return [`${name}:${writeValue(filter.prefix)}*`, `${name}:${quote(filter.prefix)}*`]
    }
    case 'contains': {
      const name = key ?? FIELD_KEYS[filter.field]
      return [`${name}:${writeValue(filter.needle)}`, `${name}:*${writeValue(filter.needle)}*`]
    }
    case 'present':
      return [`has:${key ?? FIELD_KEYS[filter.field]}`]
    case 'cidr':
      return [`ip:${writeValue(filter.block)}`]
    case 'severity_at_least':
      return [`severity:>=${filter.severity}`]
    case 'metadata_equals':
      return [`${writeMetadataKey(filter.path)}:${filter.values.map(writeValue).join(',')}`]
    case 'metadata_present':
      return [`has:${writeMetadataKey(filter.path)}`]
    case 'text':
      return [writeFreeText(filter.needle), quote(filter.needle)]
    default:
      return []
  }
}

/** Text that means itself without quotes, behind a key. */
const SAFE_VALUE = /^[\p{L}\p{N}_.@/+#:-]+$/u
/** As free text, a colon would make a key and a minus would exclude. */
const SAFE_FREE_TEXT = /^[\p{L}\p{N}_.@/+#][\p{L}\p{N}_.@/+#-]*$/u
const DOTTED_PATH = /^(?:\/[\w-]+)+$/
const SAFE_PATH = /^[\w~./-]+$/

function writeValue(text: string): string {
  return SAFE_VALUE.test(text) ? text : quote(text)
}

function writeFreeText(text: string): string {
  return SAFE_FREE_TEXT.test(text) ? text : quote(text)
}

function writeMetadataKey(path: string): string {
  if (DOTTED_PATH.test(path)) return `meta.${path.slice(1).replaceAll('/', '.')}`
  return `meta.${SAFE_PATH.test(path) ? path : quote(path)}`
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
