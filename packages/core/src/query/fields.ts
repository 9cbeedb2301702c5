import type { Actor, Entry, Json, Resource, Severity } from '../entry/entry.js'
import { parseCidr, parseIpAddress } from '../entry/ip-address.js'
import { pointerToken } from '../json/pointer.js'
import type { ListField, StringField } from './query.js'

/** Rank by which `severity_at_least` compares. */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = {
  debug: 0,
  info: 1,
  notice: 2,
  warning: 3,
  error: 4,
  critical: 5,
  security: 6,
}

const FIELD_READERS: { readonly [F in StringField]: (entry: Entry) => string | undefined } = {
  id: (entry) => entry.id,
  action: (entry) => entry.action,
  category: (entry) => entry.category,
  severity: (entry) => entry.severity,
  outcome: (entry) => entry.outcome,
  error_code: (entry) => entry.error_code,
  'actor.type': (entry) => entry.actor?.type,
  'actor.id': (entry) => entry.actor?.id,
  'actor.label': (entry) => entry.actor?.label,
  'actor.name': (entry) => entry.actor?.name,
  'actor.email': (entry) => entry.actor?.email,
  'resource.type': (entry) => entry.resource?.type,
  'resource.id': (entry) => entry.resource?.id,
  'resource.label': (entry) => entry.resource?.label,
  ip_address: (entry) => entry.context?.ip_address,
  user_agent: (entry) => entry.context?.user_agent,
  session_id: (entry) => entry.context?.session_id,
  request_id: (entry) => entry.context?.request_id,
  correlation_id: (entry) => entry.context?.correlation_id,
  region: (entry) => entry.context?.region,
  location: (entry) => entry.context?.location,
  'source.name': (entry) => entry.source?.name,
  'workspace.id': (entry) => entry.workspace?.id,
  'workspace.name': (entry) => entry.workspace?.name,
  'operation.type': (entry) => entry.operation?.type,
  'operation.name': (entry) => entry.operation?.name,
}

/** The field's text, `''` when the entry lacks it. */
export function fieldText(entry: Entry, field: StringField): string {
  return FIELD_READERS[field](entry) ?? ''
}

/**
 * The values of a list field, each non-empty: a part that is missing or empty adds nothing, so that no
 * list ever equals `''`. `target.*` reads `resource` and `targets` alike; `on_behalf_of.id` walks the chain.
 */
export function listTexts(entry: Entry, field: ListField): readonly string[] {
  switch (field) {
    case 'target.type':
      return targetTexts(entry, (target) => target.type)
    case 'target.id':
      return targetTexts(entry, (target) => target.id)
    case 'on_behalf_of.id': {
      const ids: string[] = []
      for (let actor = entry.actor?.on_behalf_of; actor !== undefined; actor = actor.on_behalf_of)
        if (actor.id) ids.push(actor.id)
      return ids
    }
  }
}

function targetTexts(entry: Entry, read: (target: Resource) => string | undefined): readonly string[] {
  const texts: string[] = []
  const first = entry.resource && read(entry.resource)
  if (first) texts.push(first)
  for (const target of entry.targets ?? []) {
    const text = read(target)
    if (text) texts.push(text)
  }
  return texts
}

/**
 * Every scalar below `metadata`, those in arrays too, with its RFC 6901 pointer below metadata. Strings are
 * as they are; numbers, booleans and null are canonical JSON.
 */
export function metadataScalars(entry: Entry): readonly (readonly [path: string, text: string])[] {
  const scalars: [string, string][] = []
  if (entry.metadata !== undefined) collectScalars(entry.metadata, '', scalars)
  return scalars
}

function collectScalars(value: Json, path: string, scalars: [string, string][]): void {
  if (typeof value === 'string') scalars.push([path, value])
  // For finite numbers, `String` gives the number that canonical JSON (RFC 8785) gives.
  else if (typeof value !== 'object' || value === null) scalars.push([path, String(value)])
  else if (isList(value)) {
    for (let i = 0; i < value.length; i++) collectScalars(value[i] as Json, `${path}/${i}`, scalars)
  } else {
    for (const key in value) collectScalars(value[key] as Json, `${path}/${pointerToken(key)}`, scalars)
  }
}

/** `Array.isArray` does not narrow a readonly array away from the other branch. */
function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}

/**
 * Text as it is compared when case shall not matter. Applied to both sides: to what is indexed and to the
 * needle. It is `toLowerCase`, which knows no locale, and then one sigma: `toLowerCase` writes Σ as ς at the
 * end of a word and as σ elsewhere, and a needle cut from the middle of a word would no longer be found.
 * So `foldCase(a + b) === foldCase(a) + foldCase(b)`, unless the cut splits a surrogate pair.
 */
export function foldCase(text: string): string {
  const lower = text.toLowerCase()
  return lower.includes('ς') ? lower.replaceAll('ς', 'σ') : lower
}

/**
 * What free text looks through: every string and number of the entry's content and its id, without keys,
 * `diff`, severity, outcome, operation type and times; each value once, folded, joined by NUL, which no entry
 * and no needle contains, so that no match spans two values.
 */
export function searchText(entry: Entry): string {
  const values = new ValueList()
  values.add(entry.id)
  values.add(entry.action)
  values.add(entry.category)
  addActors(values, entry.actor)
  addResource(values, entry.resource)
  if (entry.targets !== undefined) for (const target of entry.targets) addResource(values, target)
  values.add(entry.description)
  values.add(entry.error_code)
  addSurroundings(values, entry)
  addJson(values, entry.operation?.variables)
  addJson(values, entry.before)
  addJson(values, entry.after)
  addJson(values, entry.metadata)
  // Folding the whole at once is one call instead of forty, and gives the same, as `foldCase` promises.
  return foldCase(values.join('\u0000'))
}

/** Up to this many values, looking through the list beats hashing each value (1.5 µs an entry, not 2.3 µs). */
const LISTED_VALUES_MAX = 64

/** Values without exact repeats. */
class ValueList {
  readonly #values: string[] = []
  /** Takes over past `LISTED_VALUES_MAX`: an entry may hold tens of thousands of values. */
  #seen: Set<string> | undefined

  add(value: string | undefined): void {
    if (value === undefined || value === '') return
    if (this.#values.length < LISTED_VALUES_MAX) {
      if (!this.#values.includes(value)) this.#values.push(value)
      return
    }
    this.#seen ??= new Set(this.#values)
    if (this.#seen.has(value)) return
    this.#seen.add(value)
    this.#values.push(value)
  }

  join(separator: string): string {
    return this.#values.join(separator)
  }
}

function addActors(values: ValueList, first: Actor | undefined): void {
  for (let actor = first; actor !== undefined; actor = actor.on_behalf_of) {
    values.add(actor.type)
    values.add(actor.id)
    values.add(actor.label)
    values.add(actor.name)
    values.add(actor.email)
  }
}

function addResource(values: ValueList, resource: Resource | undefined): void {
  if (resource === undefined) return
  values.add(resource.type)
  values.add(resource.id)
  values.add(resource.label)
}

function addSurroundings(values: ValueList, entry: Entry): void {
  const { context, source, workspace, operation } = entry
  if (context !== undefined) {
    values.add(context.ip_address)
    values.add(context.user_agent)
    values.add(context.session_id)
    values.add(context.request_id)
    values.add(context.region)
    values.add(context.location)
    values.add(context.correlation_id)
  }
  values.add(source?.name)
  if (source?.seq !== undefined) values.add(String(source.seq))
  values.add(workspace?.id)
  values.add(workspace?.name)
  values.add(operation?.name)
  values.add(operation?.text)
}

function addJson(values: ValueList, value: Json | undefined): void {
  if (typeof value === 'string') values.add(value)
  else if (typeof value === 'number') values.add(String(value))
  else if (typeof value !== 'object' || value === null) return
  else if (isList(value)) for (let i = 0; i < value.length; i++) addJson(values, value[i])
  else for (const key in value) addJson(values, value[key])
}

/** The address as 16 bytes, IPv4 mapped into IPv6; undefined when the text is no address. */
export function ipBytes(text: string): Uint8Array | undefined {
  return parseIpAddress(text)
}

/** First and last address of a CIDR block, as `ipBytes` gives them; undefined when the text is no block. */
export function ipRange(
  block: string,
): { readonly first: Uint8Array; readonly last: Uint8Array } | undefined {
  const cidr = parseCidr(block)
  if (cidr === undefined) return undefined
  const last = cidr.bytes.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, cidr.bits - 8 * i))))
  return { first: cidr.bytes, last }
}
