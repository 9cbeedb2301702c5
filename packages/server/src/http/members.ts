import { AppError, parseRfc3339 } from '@counterfoil/core'
import { readJsonMembers } from './json-body.js'
import type { Schema } from './openapi.js'

/** A member of a small JSON request body: how it reads and what OpenAPI says of it. */
export interface Member<T> {
  readonly schema: Schema
  /** Ends the sentence "must be …". */
  readonly expects: string
  readonly required: boolean
  /** The value; undefined when it is none. */
  readonly read: (value: unknown) => T | undefined
}

export type Members = Readonly<Record<string, Member<unknown>>>
export type MemberValues<Spec extends Members> = {
  readonly [Name in keyof Spec]: Spec[Name] extends Member<infer T> ? T : never
}

/**
 * Reads a request body strictly: a member that is not in `spec`, among them everything that the server itself sets, is
 * refused by name and nothing happens. Throws `invalid_request`.
 */
export function readMembers<Spec extends Members>(spec: Spec, body: unknown): MemberValues<Spec> {
  const given = readJsonMembers(body, Object.keys(spec))
  const values = Object.entries(spec).map(([name, { required, read, expects }]) => {
    const sent = given[name]
    if (sent === undefined && !required) return [name, undefined] as const
    const value = sent === undefined ? undefined : read(sent)
    if (value !== undefined) return [name, value] as const
    throw new AppError('invalid_request', { param: name, hint: `"${name}" must be ${expects}.` })
  })
  return Object.fromEntries(values) as MemberValues<Spec>
}

/** The same member, which may be left out. */
export function optional<T>(member: Member<T>): Member<T | undefined> {
  return { ...member, required: false }
}

/** One line of text: what could act on a terminal, or is no Unicode, is refused. */
export function textMember(description: string, lengthMax: number, lengthMin = 1): Member<string> {
  return {
    schema: { type: 'string', minLength: lengthMin, maxLength: lengthMax, description },
    expects: `a text of ${lengthMin} to ${lengthMax} characters without control characters`,
    required: true,
    read: (value) =>
      typeof value === 'string' &&
      value.length >= lengthMin &&
      value.length <= lengthMax &&
      !/[\p{Cc}\p{Surrogate}]/u.test(value)
        ? value
        : undefined,
  }
}

export function booleanMember(description: string): Member<boolean> {
  return {
    schema: { type: 'boolean', description },
    expects: 'true or false',
    required: true,
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  }
}

export function integerMember(description: string, min: number, max: number): Member<number> {
  return {
    schema: { type: 'integer', minimum: min, maximum: max, description },
    expects: `a whole number from ${min} to ${max}`,
    required: true,
    read: (value) =>
      Number.isInteger(value) && (value as number) >= min && (value as number) <= max
        ? (value as number)
        : undefined,
  }
}

export function choiceMember<const T extends readonly string[]>(
  description: string,
  choices: T,
): Member<T[number]> {
  return {
    schema: { type: 'string', enum: choices, description },
    expects: `one of ${choices.join(', ')}`,
    required: true,
    read: (value) => (choices.includes(value as string) ? (value as T[number]) : undefined),
  }
}

/** At least one of the choices; one that is given twice counts once. */
export function choicesMember<const T extends readonly string[]>(
  description: string,
  choices: T,
  countMin = 1,
): Member<readonly T[number][]> {
  return {
    schema: { type: 'array', minItems: countMin, items: { type: 'string', enum: choices }, description },
    expects: `a list of ${countMin === 0 ? 'any' : 'one or more'} of ${choices.join(', ')}`,
    required: true,
    read: (value) =>
      Array.isArray(value) && value.length >= countMin && value.every((item) => choices.includes(item))
        ? [...new Set(value as T[number][])]
        : undefined,
  }
}

/** A list of texts, each of which `read` turns into what is kept. */
export function listMember(
  description: string,
  expects: string,
  countMax: number,
  read: (text: string) => string | undefined,
): Member<readonly string[]> {
  return {
    schema: { type: 'array', minItems: 1, maxItems: countMax, items: { type: 'string' }, description },
    expects: `a list of 1 to ${countMax} of ${expects}`,
    required: true,
    read: (value) => {
      if (!Array.isArray(value) || value.length === 0 || value.length > countMax) return undefined
      const kept = value.map((item) => (typeof item === 'string' ? read(item) : undefined))
      return kept.every((item) => item !== undefined) ? kept : undefined
    },
  }
}

/** An RFC 3339 time that is still to come; milliseconds since 1970. */
export function futureTimeMember(description: string): Member<number> {
  return {
    schema: { type: 'string', format: 'date-time', description },
    expects: 'an RFC 3339 time in the future such as 2030-11-21T02:00:00Z',
    required: true,
    read: (value) => {
      const moment = typeof value === 'string' ? parseRfc3339(value) : undefined
      if (moment === undefined) return undefined
      const time = Math.floor(moment.epochMicroseconds / 1_000)
      return time > Date.now() ? time : undefined
    },
  }
}

/** An RFC 3339 time; microseconds since 1970. */
export function momentMember(description: string): Member<number> {
  return {
    schema: { type: 'string', format: 'date-time', description },
    expects: 'an RFC 3339 time such as 2026-11-21T02:00:00Z',
    required: true,
    read: (value) => (typeof value === 'string' ? parseRfc3339(value)?.epochMicroseconds : undefined),
  }
}

/** What OpenAPI says of a body with these members. */
export function membersSchema(spec: Members): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(spec).filter((name) => spec[name]?.required === true),
    properties: Object.fromEntries(Object.entries(spec).map(([name, { schema }]) => [name, schema])),
  }
}
