import {
  ACTOR_TYPES,
  type Entry,
  type Filter,
  fieldText,
  microsecondsOf,
  OUTCOMES,
  SEVERITIES,
  type Selection,
  type StringField,
} from '@counterfoil/core'
import type { Random } from '../../../packages/core/dist/query/testing/random-query.js'

/** One condition, as the dialects that know it can say it; `filter` is what it means. */
export interface Term {
  readonly filter: Filter
  /** Set for the search term of Wherobots, which is held against what its events show. */
  readonly shownText?: string
}

/** What every dialect that can say it must answer alike. */
export interface Question {
  readonly times: Pick<Selection, 'from' | 'to'>
  /** All must hold. */
  readonly terms: readonly Term[]
}

/** The one filter that a question means; undefined when it has no terms. */
export function filterOf({ terms }: Question): Filter | undefined {
  const [first, ...others] = terms.map(({ filter }) => filter)
  return others.length === 0 ? first : { op: 'and', filters: terms.map(({ filter }) => filter) }
}

/** A question about these entries, drawn from what at least two dialects can say. */
export function randomQuestion(random: Random, entries: readonly Entry[]): Question {
  const count = random.pick([0, 0, 1, 1, 1, 2, 3])
  const draw = () => random.pick(TERMS)(random, random.pick(entries))
  return { times: randomTimes(random, entries), terms: Array.from({ length: count }, draw) }
}

const MILLISECOND_US = 1_000

/**
 * The times of two entries a few or many places apart, sometimes a microsecond beside them; half of them cut to whole
 * milliseconds, which is all that one of the dialects knows.
 */
function randomTimes(random: Random, entries: readonly Entry[]): Question['times'] {
  const span = random.pick([0, 20, 100, 300, entries.length])
  const first = random.between(0, entries.length - 1)
  const last = Math.min(entries.length - 1, first + span)
  const moment = (place: number) => microsecondsOf(entries[place]!.recorded_at)
  let from = moment(first) + random.pick([-1, 0, 0, 0, 1])
  let to = Math.max(from, moment(last) + random.pick([-1, 0, 0, 0, 1]))
  if (random.chance(0.5)) {
    from = Math.floor(from / MILLISECOND_US) * MILLISECOND_US
    to = Math.floor(to / MILLISECOND_US) * MILLISECOND_US + MILLISECOND_US - 1
  }
  return { ...(random.chance(0.9) ? { from } : {}), ...(random.chance(0.9) ? { to } : {}) }
}

type Draw = (random: Random, entry: Entry) => Term

const equals = (field: StringField, values: readonly string[]): Term => ({
  filter: { op: 'equals', field, values },
})

/** The entry's own value of a field, and sometimes another's. */
function ownValue(field: StringField, others: readonly string[] = []): Draw {
  return (random, entry) =>
    equals(field, [
      fieldText(entry, field),
      ...(others.length > 0 && random.chance(0.3) ? [random.pick(others)] : []),
    ])
}

/** Actor types as they are, and as the activity API folds them. */
const ACTOR_TYPE_GROUPS: readonly (readonly string[])[] = [
  ...ACTOR_TYPES.map((type) => [type]),
  ['user', 'anonymous'],
  ['system', 'webhook', 'service'],
]
/** Entries without an operation count as mutations for Arize. */
const OPERATION_GROUPS: readonly (readonly string[])[] = [
  ['query'],
  ['subscription'],
  ['mutation'],
  ['mutation', ''],
]
/** What Arize's connection of authenticated entries holds, written anew here; and that of the others. */
export const AUTHENTICATED: Filter = {
  op: 'and',
  filters: [
    { op: 'not', filter: { op: 'equals', field: 'actor.type', values: ['anonymous'] } },
    { op: 'not', filter: { op: 'equals', field: 'category', values: ['authentication', 'export'] } },
  ],
}
export const UNAUTHENTICATED: Filter = {
  op: 'and',
  filters: [
    {
      op: 'or',
      filters: [
        { op: 'equals', field: 'actor.type', values: ['anonymous'] },
        { op: 'equals', field: 'category', values: ['authentication'] },
      ],
    },
    { op: 'not', filter: { op: 'equals', field: 'category', values: ['export'] } },
  ],
}

const TERMS: readonly Draw[] = [
  ownValue('action', ['order.created']),
  ownValue('category', ['authentication', 'export']),
  ownValue('severity', SEVERITIES),
  ownValue('outcome', OUTCOMES),
  ownValue('actor.id'),
  ownValue('actor.email'),
  ownValue('resource.type'),
  ownValue('resource.id'),
  ownValue('source.name'),
  ownValue('workspace.id'),
  (random) => equals('actor.type', random.pick(ACTOR_TYPE_GROUPS)),
  (random) => equals('operation.type', random.pick(OPERATION_GROUPS)),
  (random) => ({ filter: { op: 'severity_at_least', severity: random.pick(SEVERITIES) } }),
  (random) => equals('category', [random.pick(['authentication', 'export'])]),
  () => ({ filter: AUTHENTICATED }),
  () => ({ filter: UNAUTHENTICATED }),
  (random, { action }) => ({
    // Of whole characters: half of one cannot be sent.
    filter: { op: 'prefix', field: 'action', prefix: [...action].slice(0, random.between(1, 6)).join('') },
  }),
  (random) => ({
    filter: { op: 'cidr', block: random.pick(['10.0.0.0/8', '::/0', '0.0.0.0/0', '::1/128']) },
  }),
  (random, entry) => ({ filter: { op: 'text', needle: randomNeedle(random, entry) } }),
  (random, entry) => {
    const shownText = randomNeedle(random, entry)
    return { filter: shownTextFilter(shownText), shownText }
  },
]

const NEEDLE_FIELDS: readonly StringField[] = [
  'id',
  'action',
  'actor.id',
  'actor.email',
  'actor.label',
  'actor.name',
  'user_agent',
  'ip_address',
  'resource.label',
  'resource.id',
  'region',
  'source.name',
]

/** A piece of one of the entry's texts, whole code points, in any case. */
function randomNeedle(random: Random, entry: Entry): string {
  const points = Array.from(fieldText(entry, random.pick(NEEDLE_FIELDS)))
  const start = random.between(0, Math.max(0, points.length - 1))
  const piece = points.slice(start, start + random.between(1, 8)).join('')
  return (random.chance(0.3) ? piece.toUpperCase() : piece) || 'x'
}

/** What Wherobots' `searchTerm` is documented to find. */
function shownTextFilter(needle: string): Filter {
  const contains = (field: StringField): Filter => ({ op: 'contains', field, needle })
  const lacks = (field: StringField): Filter => ({ op: 'not', filter: { op: 'present', field } })
  const plain = NEEDLE_FIELDS.filter((field) => !['actor.email', 'actor.label', 'actor.name'].includes(field))
  return {
    op: 'or',
    filters: [
      ...plain.map(contains),
      contains('actor.email'),
      { op: 'and', filters: [lacks('actor.email'), contains('actor.label')] },
      { op: 'and', filters: [lacks('actor.email'), lacks('actor.label'), contains('actor.name')] },
    ],
  }
}
