import { canonicalJson } from '../json/canonical.js'
import type { Section, SectionPath } from './admission.js'
import type {
  Actor,
  Context,
  Entry,
  EntryContent,
  Json,
  JsonObject,
  Outcome,
  Resource,
  Source,
  Workspace,
} from './entry.js'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const CONTEXT_FIELDS = ['ip_address', 'location', 'region', 'request_id', 'session_id', 'user_agent'] as const
const PAYLOAD_FIELDS = ['after', 'before', 'diff', 'metadata', 'operation'] as const
const CORRELATION = ['correlation_id'] as const
/** Without `correlation_id`, which belongs to the content's context. */
const EVENT_FIELDS = [
  ...(['action', 'category', 'description', 'error_code', 'outcome', 'resource', 'severity'] as const),
  ...(['source', 'targets', 'workspace'] as const),
]

/**
 * Content as far as its sections still exist. Sections are erased one by one; with `/event` gone, even `action`
 * is. What was erased is simply absent, as what was never given is: which of both, the entry's leaf tells.
 */
export type RemainingContent = Partial<EntryContent>

/** Whether the `/event` section is there, and so every field that an entry always has. */
export function isWholeContent(content: RemainingContent): content is EntryContent {
  return content.action !== undefined
}

const NOTHING_KNOWN = { action: '', category: '', severity: 'debug', outcome: '' as Outcome } as const

/**
 * An entry as filters see it. With its `/event` section erased it has no action, category or outcome, and the lowest
 * severity; what is left of it still finds it. Engines and the naive matcher agree, as both look at this.
 */
export function searchable<Place extends EntryPlace>(entry: Place & RemainingContent): Place & EntryContent {
  return isWholeContent(entry) ? entry : { ...NOTHING_KNOWN, ...entry }
}

type EntryPlace = Pick<Entry, 'id' | 'organization_id' | 'mode' | 'seq' | 'recorded_at'>

/** The sections of an entry's content, only those present, in the order of `SECTION_PATHS`. */
export function sectionsOf(content: EntryContent): readonly Section[] {
  const sections: Section[] = []
  const add = (path: SectionPath, json: string) => {
    if (json !== '{}') sections.push({ path, json })
  }
  // Literals with their keys in order are canonical as native stringify writes them; it leaves undefined out.
  if (content.actor !== undefined) add('/actor', JSON.stringify(orderedActor(content.actor)))
  if (content.context !== undefined) add('/context', contextJson(content.context))
  add('/event', eventJson(content))
  if (content.occurred_at !== undefined) add('/occurred_at', JSON.stringify(content.occurred_at))
  add('/payload', payloadJson(content))
  return sections
}

/**
 * The inverse of `sectionsOf`; fields of sections that are missing are left out. Trusts the stored text to be
 * what `sectionsOf` wrote: call it after the commitments are checked, or where that does not matter.
 */
export function contentFromSections(sections: readonly Section[]): RemainingContent {
  const values: { [Path in SectionPath]?: Json } = {}
  for (const { path, json } of sections) values[path] = JSON.parse(json)
  return contentFromValues(values)
}

/** The same from sections that are parsed already. */
export function contentFromValues(values: Readonly<{ [Path in SectionPath]?: Json }>): RemainingContent {
  const content: Writable<RemainingContent> = {}
  const context: Writable<Context> = {}
  const event = values['/event']
  if (values['/actor'] !== undefined) content.actor = values['/actor'] as unknown as Actor
  if (values['/context'] !== undefined) copyFields(values['/context'], CONTEXT_FIELDS, context)
  if (event !== undefined) {
    copyFields(event, EVENT_FIELDS, content)
    copyFields(event, CORRELATION, context)
  }
  if (values['/occurred_at'] !== undefined) content.occurred_at = values['/occurred_at'] as string
  if (values['/payload'] !== undefined) copyFields(values['/payload'], PAYLOAD_FIELDS, content)
  if (Object.keys(context).length > 0) content.context = context
  return content
}

/** Copies by name, so that no other key of a stored object, such as `__proto__`, can do anything. */
function copyFields(from: Json, names: readonly string[], to: object): void {
  const source = from as JsonObject
  const target = to as Record<string, Json>
  for (const name of names) {
    const value = source[name]
    if (value !== undefined) target[name] = value
  }
}

function contextJson(context: Context): string {
  return JSON.stringify({
    ip_address: context.ip_address,
    location: context.location,
    region: context.region,
    request_id: context.request_id,
    session_id: context.session_id,
    user_agent: context.user_agent,
  })
}

function eventJson(content: EntryContent): string {
  return JSON.stringify({
    action: content.action,
    category: content.category,
    correlation_id: content.context?.correlation_id,
    description: content.description,
    error_code: content.error_code,
    outcome: content.outcome,
    resource: content.resource && orderedResource(content.resource),
    severity: content.severity,
    source: content.source && orderedSource(content.source),
    targets: content.targets?.map(orderedResource),
    workspace: content.workspace && orderedWorkspace(content.workspace),
  })
}

/** Its values are any JSON with keys in any order, so each is made canonical by itself. */
function payloadJson(content: EntryContent): string {
  const { after, before, diff, metadata, operation } = content
  const members: string[] = []
  const add = (key: string, value: Json | undefined) => {
    if (value !== undefined) members.push(`"${key}":${canonicalJson(value)}`)
  }
  add('after', after)
  add('before', before)
  add('diff', diff)
  add('metadata', metadata)
  if (operation !== undefined) {
    const { name, text, type, variables } = operation
    const fixed = JSON.stringify({ name, text, type })
    const rest = variables === undefined ? '' : `,"variables":${canonicalJson(variables)}`
    members.push(`"operation":${fixed.slice(0, -1)}${rest}}`)
  }
  return `{${members.join(',')}}`
}

function orderedActor(actor: Actor): object {
  return {
    email: actor.email,
    id: actor.id,
    label: actor.label,
    name: actor.name,
    on_behalf_of: actor.on_behalf_of && orderedActor(actor.on_behalf_of),
    type: actor.type,
  }
}

function orderedResource({ id, label, type }: Resource): object {
  return { id, label, type }
}

function orderedSource({ name, seq }: Source): object {
  return { name, seq }
}

function orderedWorkspace({ id, name }: Workspace): object {
  return { id, name }
}
