import type { Filter, StringField } from '@counterfoil/core'
import { type OwnActionNames, shownActionContains } from '../../http/own-action-names.js'

/** The fields behind the event's properties that are plain text, but for `action_name` and `user_name`. */
const SHOWN_FIELDS: readonly StringField[] = [
  'id',
  'actor.id',
  'user_agent',
  'ip_address',
  'resource.label',
  'resource.id',
  'region',
  'source.name',
]

/**
 * Holds when the term is part of a text that the event shows, whatever its case, and for no other entry; our free text
 * would look at more. `event_time` is a moment and not text; `startTime` and `endTime` are for it.
 */
export function searchTermFilter(term: string, names: OwnActionNames): Filter {
  const contains = (field: StringField): Filter => ({ op: 'contains', field, needle: term })
  // Each of them lets the index skip what has the term nowhere. A free text filter beside them would read all its text
  // where the term is common: measured at a million entries, 600 ms of CPU for a count instead of 380 ms.
  const action = names === 'vendor' ? shownActionContains(term, 'wherobots') : contains('action')
  return { op: 'or', filters: [action, ...SHOWN_FIELDS.map(contains), ...userNameContains(contains)] }
}

/** `user_name` is the first of e-mail address, label and name that is there. */
function userNameContains(contains: (field: StringField) => Filter): readonly Filter[] {
  const without = (field: StringField): Filter => ({ op: 'not', filter: { op: 'present', field } })
  return [
    contains('actor.email'),
    { op: 'and', filters: [without('actor.email'), contains('actor.label')] },
    { op: 'and', filters: [without('actor.email'), without('actor.label'), contains('actor.name')] },
  ]
}
