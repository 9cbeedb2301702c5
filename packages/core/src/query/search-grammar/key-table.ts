import { ACTOR_TYPES, OUTCOMES } from '../../entry/entry.js'
import { pointerToken } from '../../json/pointer.js'
import type { ListField, StringField } from '../query.js'
import { fieldReader, isPresence, type ValueReader } from './comparisons.js'
import {
  choiceReader,
  readAction,
  readIp,
  readOperation,
  readResource,
  readSeverity,
  readUserAgent,
} from './key-readers.js'
import { nearestWord } from './nearest-word.js'
import type { SearchReport, Span } from './problem.js'
import { findSearchKey, KEY_SPELLINGS, type SearchKeyName } from './search-keys.js'
import type { TermValue } from './terms.js'

export type TimeKey = 'created' | 'since' | 'until'

/** What a key as written stands for. `name` is the same for all its spellings. */
export type KeyMeaning =
  | { readonly kind: 'time'; readonly name: TimeKey }
  | { readonly kind: 'has'; readonly name: 'has' }
  | { readonly kind: 'values'; readonly name: string; readonly read: ValueReader }

const READERS: Readonly<Record<Exclude<SearchKeyName, TimeKey | 'has' | 'meta'>, ValueReader>> = {
  action: readAction,
  category: fieldReader(['category']),
  severity: readSeverity,
  outcome: choiceReader('outcome', OUTCOMES),
  error: fieldReader(['error_code']),
  actor: fieldReader(['actor.id', 'actor.label', 'actor.name', 'actor.email'], { presence: ['actor.type'] }),
  'actor.id': fieldReader(['actor.id']),
  'actor.type': choiceReader('actor.type', ACTOR_TYPES),
  'actor.name': fieldReader(['actor.name']),
  'actor.email': fieldReader(['actor.email']),
  'actor.label': fieldReader(['actor.label']),
  on_behalf_of: fieldReader(['on_behalf_of.id']),
  resource: readResource,
  'resource.type': fieldReader(['resource.type']),
  'resource.id': fieldReader(['resource.id']),
  'resource.label': fieldReader(['resource.label']),
  target: fieldReader(['target.id', 'target.type'], { presence: ['target.type'] }),
  'target.type': fieldReader(['target.type']),
  'target.id': fieldReader(['target.id']),
  ip: readIp,
  ua: readUserAgent,
  session: fieldReader(['session_id']),
  request: fieldReader(['request_id']),
  correlation: fieldReader(['correlation_id']),
  region: fieldReader(['region']),
  location: fieldReader(['location']),
  country: fieldReader(['location', 'region']),
  source: fieldReader(['source.name']),
  workspace: fieldReader(['workspace.id', 'workspace.name']),
  'workspace.id': fieldReader(['workspace.id']),
  'workspace.name': fieldReader(['workspace.name']),
  operation: readOperation,
  'op.name': fieldReader(['operation.name']),
  id: fieldReader(['id']),
}

/** The key by which `printSearch` writes a term on the field; reading it compares the one field. */
export const FIELD_KEYS: Readonly<Record<StringField | ListField, SearchKeyName>> = {
  id: 'id',
  action: 'action',
  category: 'category',
  severity: 'severity',
  outcome: 'outcome',
  error_code: 'error',
  'actor.type': 'actor.type',
  'actor.id': 'actor.id',
  'actor.label': 'actor.label',
  'actor.name': 'actor.name',
  'actor.email': 'actor.email',
  'resource.type': 'resource.type',
  'resource.id': 'resource.id',
  'resource.label': 'resource.label',
  ip_address: 'ip',
  user_agent: 'ua',
  session_id: 'session',
  request_id: 'request',
  correlation_id: 'correlation',
  region: 'region',
  location: 'location',
  'source.name': 'source',
  'workspace.id': 'workspace.id',
  'workspace.name': 'workspace.name',
  'operation.type': 'operation',
  'operation.name': 'op.name',
  'target.type': 'target.type',
  'target.id': 'target.id',
  'on_behalf_of.id': 'on_behalf_of',
}

/** What the key at `span` means; undefined when there is no such key, and the report says which is near. */
export function findMeaning(written: string, span: Span, report: SearchReport): KeyMeaning | undefined {
  const path = /^meta(?:data)?\.(.+)$/is.exec(written)?.[1]
  if (path !== undefined) return { kind: 'values', ...metadataKey(path) }
  const name = findSearchKey(written)
  if (name === undefined) return report.add(span, unknownKey(written))
  if (name === 'meta')
    return report.add(span, 'Say which metadata: meta.order.total:42 or meta./order/total:42.')
  if (name === 'has') return { kind: 'has', name }
  if (name === 'created' || name === 'since' || name === 'until') return { kind: 'time', name }
  return { kind: 'values', name, read: READERS[name] }
}

/** A path that starts with a slash is an RFC 6901 pointer, any other one has dots between its keys. */
function metadataKey(written: string): { readonly name: string; readonly read: ValueReader } {
  const path = written.startsWith('/') ? written : `/${written.split('.').map(pointerToken).join('/')}`
  return { name: `meta.${path}`, read: metadataReader(path) }
}

function metadataReader(path: string): ValueReader {
  return (value: TermValue, report) => {
    if (value.operator !== '' && value.operator !== '=')
      return report.add(
        value,
        `Metadata is compared as text, not by ${value.operator}; put it in quotes to search for it.`,
      )
    if (isPresence(value)) return { op: 'metadata_present', path }
    if (value.starFirst || value.starLast)
      return report.add(value, 'Metadata compares whole values only; search for a part of it as free text.')
    return { op: 'metadata_equals', path, values: [value.text] }
  }
}

function unknownKey(written: string): string {
  const nearest = nearestWord(written.toLowerCase(), KEY_SPELLINGS)
  const guess = nearest === undefined ? '' : `Did you mean “${nearest}”? `
  return `There is no key “${written.slice(0, 40)}”. ${guess}To search for the text itself, put it in quotes.`
}
