import type { SectionPath } from '@counterfoil/core'
import type { Actor, Entry, Resource } from '../api/entries.js'
import { type CellTerm, wholeSecond } from '../logs/columns.js'
import { exactTime } from '../time/format.js'
import { isErased } from './erasures.js'

/** A field of an entry as a line of the drawer. */
export interface Fact {
  readonly name: string
  readonly text: string
  readonly term?: CellTerm | undefined
  readonly isMono?: boolean
}

export interface FactGroup {
  readonly title: string
  /** Some of what would stand here was erased. */
  readonly isErased: boolean
  readonly facts: readonly Fact[]
}

/** Every field that the entry has, in groups. */
export function factsOf(entry: Entry, zone: string): readonly FactGroup[] {
  const groups: readonly (readonly [title: string, section: SectionPath, facts: readonly Fact[]])[] = [
    ['What', '/event', whatFacts(entry, zone)],
    ['Who', '/actor', entry.actor === null ? [] : actorFacts(entry.actor)],
    ['To what', '/event', resourceFacts(entry)],
    ['From where', '/context', contextFacts(entry)],
  ]
  return groups
    .map(([title, section, facts]) => ({
      title,
      isErased: isErased(entry, section),
      facts: facts.filter(({ text }) => text !== ''),
    }))
    .filter(({ facts, isErased }) => facts.length > 0 || isErased)
}

function fact(name: string, text: string | null | undefined, key?: string, isMono = false): Fact {
  const value = text ?? ''
  return { name, text: value, isMono, ...(key === undefined || value === '' ? {} : { term: { key, value } }) }
}

function whatFacts(entry: Entry, zone: string): readonly Fact[] {
  const { action, occurred_at: occurredAt, operation } = entry
  return [
    {
      name: 'Recorded',
      text: `${exactTime(entry.created_at, zone)} ${zone}`,
      term: { key: 'created', value: wholeSecond(entry.created_at) },
    },
    fact('Recorded, UTC', zone === 'UTC' ? '' : entry.created_at),
    fact('Occurred, as sent', occurredAt),
    {
      name: 'Action',
      text: action ?? '',
      ...(action === null ? {} : { term: { key: 'action', value: action, exact: true } }),
    },
    fact('Category', entry.category, 'category'),
    fact('Severity', entry.severity, 'severity'),
    fact('Outcome', entry.outcome, 'outcome'),
    fact('Error code', entry.error_code, 'error'),
    fact('Operation', operation === null ? '' : [operation.type, operation.name].filter(Boolean).join(' ')),
    fact('Operation text', operation?.text, undefined, true),
    fact('Source', entry.source?.name, 'source'),
    fact('Workspace', entry.workspace?.name ?? entry.workspace?.id),
    fact('Workspace id', entry.workspace?.name === undefined ? '' : entry.workspace.id, 'workspace.id', true),
    fact('Entry id', entry.id, 'id', true),
  ]
}

function actorFacts(actor: Actor, prefix = ''): readonly Fact[] {
  const name = (text: string) => (prefix === '' ? text : `${prefix} ${text.toLowerCase()}`)
  const search = (key: string) => (prefix === '' ? key : undefined)
  return [
    fact(name('Name'), actor.name, search('actor.name')),
    fact(name('E-mail'), actor.email, search('actor.email')),
    fact(name('Label'), actor.label === actor.name ? '' : actor.label, search('actor.label')),
    fact(name('Id'), actor.id, prefix === '' ? 'actor.id' : 'on_behalf_of', true),
    fact(name('Type'), actor.type, search('actor.type')),
    ...(actor.on_behalf_of === undefined ? [] : actorFacts(actor.on_behalf_of, 'On behalf of:')),
  ]
}

function resourceFacts({ resource, targets }: Entry): readonly Fact[] {
  return [
    ...(resource === null
      ? []
      : [
          fact('Label', resource.label, 'resource.label'),
          fact('Type', resource.type, 'resource.type'),
          fact('Id', resource.id, 'resource.id', true),
        ]),
    ...targets.map((target, i) => fact(`Target ${i + 1}`, targetText(target))),
  ]
}

function targetText({ type, id, label }: Resource): string {
  return [type, label, id].filter((text) => typeof text === 'string' && text !== '').join(' · ')
}

function contextFacts(entry: Entry): readonly Fact[] {
  return [
    fact('IP address', entry.ip_address, 'ip'),
    fact('User agent', entry.user_agent, 'ua'),
    fact('Region', entry.region, 'region'),
    fact('Location', entry.location, 'location'),
    fact('Session', entry.session_id, 'session', true),
    fact('Request', entry.request_id, 'request', true),
    fact('Correlation', entry.correlation_id, 'correlation', true),
  ]
}
