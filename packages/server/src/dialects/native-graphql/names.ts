import {
  FACET_FIELDS,
  type FacetField,
  HISTOGRAM_INTERVALS,
  type HistogramInterval,
  LIST_FIELDS,
  type ListField,
  SEVERITIES,
  type Severity,
  STRING_FIELDS,
  type StringField,
} from '@counterfoil/core'

/** Name of an enum value: `actor.type` is `ACTOR_TYPE`. */
export function toEnumName(value: string): string {
  return value.replaceAll('.', '_').toUpperCase()
}

/** An enum of the schema and what its values stand for. */
export interface NamedValues<Value extends string> {
  readonly sdl: string
  readonly valueOf: (name: string) => Value
}

function namedValues<Value extends string>(enumType: string, values: readonly Value[]): NamedValues<Value> {
  const byName = new Map(values.map((value) => [toEnumName(value), value] as const))
  return {
    sdl: `enum ${enumType} { ${[...byName.keys()].join(' ')} }`,
    // GraphQL lets no other name through.
    valueOf: (name) => byName.get(name) as Value,
  }
}

export const TEXT_FIELDS: NamedValues<StringField> = namedValues('TextField', STRING_FIELDS)
export const FIELDS: NamedValues<StringField | ListField> = namedValues('Field', [
  ...STRING_FIELDS,
  ...LIST_FIELDS,
])
export const COUNTED_FIELDS: NamedValues<FacetField> = namedValues('FacetField', FACET_FIELDS)
export const INTERVALS: NamedValues<HistogramInterval> = namedValues('HistogramInterval', HISTOGRAM_INTERVALS)
export const SEVERITY_LEVELS: NamedValues<Severity> = namedValues('Severity', SEVERITIES)
