import type { Filter, StringField } from '@counterfoil/core'

/** The fields behind the event's properties that are plain text, but for `user_name`. */
const SHOWN_FIELDS: readonly StringField[] = [
  'id',
  'action',
  'actor.id',
  'user_agent',
  'ip_address',
  'resource.label',
  'resource.id',
  'region',
  'source.name',
]

/**
 * Holds when the term is part of a text that the event shows, whatever its case, and for no other entry: our free text
 * looks at more, so it only narrows down where to look. `event_time` is a moment and not text; `startTime` and `endTime`
 * are for it.
 */
export function searchTermFilter(term: string): Filter {
  const contains = (field: StringField): Filter => ({ op: 'contains', field, needle: term })
  return {
    op: 'and',
    filters: [
      { op: 'text', needle: term },
      { op: 'or', filters: [...SHOWN_FIELDS.map(contains), userNameContains(contains)] },
    ],
  }
}

/** `user_name` is the first of e-mail address, label and name that is there. */
function userNameContains(contains: (field: StringField) => Filter): Filter {
  const without = (field: StringField): Filter => ({ op: 'not', filter: { op: 'present', field } })
  return {
    op: 'or',
    filters: [
      contains('actor.email'),
      { op: 'and', filters: [without('actor.email'), contains('actor.label')] },
      {
        op: 'and',
        filters: [without('actor.email'), without('actor.label'), contains('actor.name')],
      },
    ],
  }
}
