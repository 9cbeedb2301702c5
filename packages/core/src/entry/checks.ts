import { isArray } from '../json/canonical.js'
import type { Json, JsonObject } from './entry.js'
import { unknownFieldMessage } from './field-names.js'
import { parseIpAddress } from './ip-address.js'
import { IDENTIFIER_LENGTH_MAX, LABEL_LENGTH_MAX } from './limits.js'
import { quoted, type Report } from './report.js'
import { parseRfc3339 } from './time.js'

/** Takes a value at the report's path; gives it typed, or undefined once it has reported why not. */
export type Check<T> = (value: Json, report: Report) => T | undefined

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const SPACE_OR_CONTROL = /[\s\p{Cc}]/u

/** Text of `lengthMin` to `lengthMax` UTF-16 code units. */
export function text(lengthMin: number, lengthMax: number): Check<string> {
  return (value, report) => {
    if (typeof value !== 'string') return wrongType(value, 'a string', report)
    if (value.length < lengthMin) return refuse(report, 'This must not be empty.')
    if (value.length > lengthMax) {
      report.add('too_large', `This has ${value.length} characters; at most ${lengthMax} are allowed.`)
      return undefined
    }
    return value
  }
}

export const identifier = text(1, IDENTIFIER_LENGTH_MAX)
export const optionalIdentifier = text(0, IDENTIFIER_LENGTH_MAX)
export const label = text(0, LABEL_LENGTH_MAX)

/** A name for machines: 1 to `lengthMax` characters, none of them white space or a control character. */
export function slug(lengthMax: number): Check<string> {
  const checkText = text(1, lengthMax)
  return (value, report) => {
    const name = checkText(value, report)
    if (name === undefined || !SPACE_OR_CONTROL.test(name)) return name
    return refuse(
      report,
      'White space and control characters are not allowed here, such as in "order.created".',
    )
  }
}

/** One of a fixed set of words. */
export function oneOf<T extends string>(words: readonly T[]): Check<T> {
  const known = new Set<string>(words)
  return (value, report) => {
    if (typeof value !== 'string') return wrongType(value, 'a string', report)
    if (known.has(value)) return value as T
    return refuse(report, `${quoted(value)} is not one of ${words.join(', ')}.`)
  }
}

export const uuid: Check<string> = (value, report) => {
  if (typeof value !== 'string') return wrongType(value, 'a UUID as a string', report)
  if (UUID.test(value)) return value
  const hint = UUID.test(value.toLowerCase())
    ? 'Send the UUID in lower case.'
    : 'Send a UUID (RFC 9562), or no id.'
  return refuse(report, `${quoted(value)} is not a UUID in lower case. ${hint}`)
}

export const ipAddress: Check<string> = (value, report) => {
  if (typeof value !== 'string') return wrongType(value, 'an IP address as a string', report)
  if (parseIpAddress(value) !== undefined) return value
  return refuse(report, `${quoted(value)} is not an IPv4 or IPv6 address without port and zone.`)
}

export const count: Check<number> = (value, report) => {
  if (typeof value !== 'number') return wrongType(value, 'a whole number', report)
  // Adding zero turns -0 into 0.
  if (Number.isSafeInteger(value) && value >= 0) return value + 0
  return refuse(report, 'This must be a whole number, 0 or more.')
}

export const time: Check<string> = (value, report) => {
  if (typeof value !== 'string') return wrongType(value, 'RFC 3339 text such as 2026-11-21T02:00:00Z', report)
  if (parseRfc3339(value) !== undefined) return value
  const hint = /:60(?:[.Zz+-]|$)/.test(value)
    ? 'Leap seconds cannot be stored; send second 59 or the next minute.'
    : 'Send RFC 3339 with a zone and at most nine fraction digits, such as 2026-11-21T02:00:00.123Z.'
  report.add('invalid_time', `${quoted(value)} is not a time. ${hint}`)
  return undefined
}

/** Any JSON, null as well: a state that is null says that there was nothing. */
export const anyJson: Check<Json> = (value) => value

/** Any JSON but null. */
export const someJson: Check<Json> = (value, report) =>
  value === null ? wrongType(value, 'a JSON value', report) : value

export const object: Check<JsonObject> = (value, report) =>
  isObject(value) ? value : wrongType(value, 'an object', report)

/** Up to `lengthMax` elements that each pass `check`. */
export function listOf<T>(check: Check<T>, lengthMax: number): Check<readonly T[]> {
  return (value, report) => {
    if (!isArray(value)) return wrongType(value, 'an array', report)
    if (value.length > lengthMax) {
      report.add('too_many', `This has ${value.length} elements; at most ${lengthMax} are allowed.`)
      return undefined
    }
    const elements: T[] = []
    for (let index = 0; index < value.length; index++) {
      report.enter(index)
      const element = check(value[index]!, report)
      report.leave()
      if (element !== undefined) elements.push(element)
    }
    return elements
  }
}

/** A check for every field that `T` may have. */
export type Checks<T> = { readonly [K in keyof T]-?: Check<Exclude<T[K], undefined>> }

/**
 * An object with the fields of `T` and no others, rebuilt key by key. `name` is what messages call it. The checks
 * of a field that is itself such an object may be given late, as a function, so that shapes can nest in themselves.
 */
export function shape<T>(
  name: string,
  checks: () => Checks<T>,
  required: readonly (keyof T & string)[],
): Check<T> {
  let byName: ReadonlyMap<string, Check<unknown>> | undefined
  return (value, report) => {
    if (!isObject(value)) return wrongType(value, 'an object', report)
    // A Map, not an object: names come from strangers, and `constructor` is a member of every object.
    byName ??= new Map<string, Check<unknown>>(Object.entries(checks()))
    const built: Record<string, unknown> = {}
    const before = report.count
    for (const key in value) {
      const check = byName.get(key)
      if (check === undefined) {
        report.addAt(key, 'unknown_field', report.isFull ? '' : unknownFieldMessage(key, name, byName.keys()))
        continue
      }
      report.enter(key)
      const checked = check(value[key]!, report)
      report.leave()
      if (checked !== undefined) built[key] = checked
    }
    for (const key of required) {
      if (value[key] === undefined)
        report.addAt(key, 'missing_field', `The field ${key} of ${name} is required.`)
    }
    // The checks cover every field of T and the required ones are there: that is what makes it a T.
    return report.count === before ? (built as T) : undefined
  }
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value)
}

function wrongType(value: Json, expected: string, report: Report): undefined {
  const message =
    value === null
      ? `This must be ${expected}; leave the field out instead of sending null.`
      : `This must be ${expected}, not ${typeName(value)}.`
  report.add('wrong_type', message)
}

function typeName(value: Json): string {
  if (isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function refuse(report: Report, message: string): undefined {
  report.add('invalid_value', message)
}
