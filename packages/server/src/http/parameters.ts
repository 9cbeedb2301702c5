import { AppError } from '@counterfoil/core'

/** A query-string parameter: how it reads and what OpenAPI says of it. */
export interface Parameter<T> {
  readonly schema: Readonly<Record<string, unknown>>
  readonly description: string
  /** The value of `text`; undefined when it is none. */
  readonly read: (text: string) => T | undefined
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>
/** All values of each parameter, in the order of the query string; repeated parameters have several. */
export type ParameterValues<Spec extends Parameters> = {
  readonly [Name in keyof Spec]: readonly (Spec[Name] extends Parameter<infer T> ? T : never)[]
}

export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>

/** Reads a query string. Throws `invalid_request` that names an unknown parameter or one with a wrong value. */
export function readParameters<Spec extends Parameters>(spec: Spec, raw: RawQuery): ParameterValues<Spec> {
  const values: Record<string, unknown[]> = {}
  for (const name of Object.keys(spec)) values[name] = []
  for (const [name, given] of Object.entries(raw)) {
    const parameter = Object.hasOwn(spec, name) ? spec[name] : undefined
    if (parameter === undefined) {
      throw new AppError('invalid_request', {
        param: name,
        hint: `"${name}" is no parameter here. ${listOf(Object.keys(spec))}`,
      })
    }
    for (const text of typeof given === 'string' ? [given] : (given ?? [])) {
      const value = parameter.read(text)
      if (value === undefined) {
        throw new AppError('invalid_request', {
          param: name,
          hint: `"${name}" cannot be ${JSON.stringify(text)}: ${parameter.description}`,
        })
      }
      values[name]?.push(value)
    }
  }
  return values as ParameterValues<Spec>
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'There are none.' : `There are: ${names.join(', ')}.`
}

/** The one value of a parameter that must not be repeated. Throws `invalid_request` when it is. */
export function single<T>(name: string, values: readonly T[]): T | undefined {
  if (values.length > 1) throw new AppError('invalid_request', { param: name, hint: `Give "${name}" once.` })
  return values[0]
}

export function textParameter(description: string): Parameter<string> {
  return { schema: { type: 'string' }, description, read: (text) => text }
}

export function integerParameter(
  description: string,
  min: number,
  max: number,
  fallback: number,
): Parameter<number> {
  return {
    schema: { type: 'integer', minimum: min, maximum: max, default: fallback },
    description,
    read: (text) => {
      const value = Number(text)
      return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined
    },
  }
}

export function choiceParameter<const T extends readonly string[]>(
  description: string,
  choices: T,
): Parameter<T[number]> {
  return {
    schema: { type: 'string', enum: choices },
    description,
    read: (text) => (choices.includes(text) ? (text as T[number]) : undefined),
  }
}

/** Ids in the API are lower-case UUIDs; anything else cannot be an entry. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}
