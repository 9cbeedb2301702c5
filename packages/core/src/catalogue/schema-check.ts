import type { Json, JsonObject } from '../entry/entry.js'
import { quoted, type Report } from '../entry/report.js'
import type { MetadataSchema } from './metadata-schema.js'
import { FORMATS, type Rule, type TypeName } from './rule.js'

/**
 * Steps that holding the entries of one request against their schemas may take: a step is one subschema at one value.
 * Measured, a million took 13 ms; a request of 1,000 entries with 30 fields each needs some 60,000.
 */
export const CHECK_STEPS_MAX = 1_000_000
/** Characters of a text that are looked through in a step. */
const CHARACTERS_A_STEP = 64

/** What is left of the steps that the entries of one request share. */
export interface StepBudget {
  left: number
}

/**
 * Whether metadata fits its schema. Everything that does not is reported, with the path of the value; the report stands
 * at the metadata. Once the budget is spent the answer is no, and the report says why.
 */
export function fitsSchema(
  { rule }: MetadataSchema,
  metadata: JsonObject,
  report: Report,
  budget: StepBudget,
): boolean {
  const fits = new SchemaCheck(budget).fits(rule, metadata, report)
  if (budget.left >= 0) return fits
  report.add('metadata_mismatch', TOO_LONG)
  return false
}

const TOO_LONG = 'Checking the metadata of this request takes too long. Send fewer entries in a request.'

class SchemaCheck {
  readonly #budget: StepBudget

  constructor(budget: StepBudget) {
    this.#budget = budget
  }

  /** Reports where there is a report; alternatives are tried without one. */
  fits(rule: Rule, value: Json, report?: Report): boolean {
    if (!this.#step(1)) return false
    if (rule.never === true) return no(report, 'must not be there')
    let fits = this.#fitsKind(rule, value, report)
    if (typeof value === 'string') fits = this.#fitsText(rule, value, report) && fits
    else if (typeof value === 'number') fits = fitsNumber(rule, value, report) && fits
    else if (Array.isArray(value)) fits = this.#fitsArray(rule, value, report) && fits
    else if (typeof value === 'object' && value !== null)
      fits = this.#fitsObject(rule, value as JsonObject, report) && fits
    return this.#fitsCombined(rule, value, report) && fits
  }

  #step(count: number): boolean {
    this.#budget.left -= count
    return this.#budget.left >= 0
  }

  #fitsKind({ types, values, constant }: Rule, value: Json, report: Report | undefined): boolean {
    if (types !== undefined && !isOfType(types, value))
      return no(report, `must be of the type ${[...types].join(' or ')}`)
    const scalar = typeof value === 'object' && value !== null ? undefined : value
    if (values !== undefined && (scalar === undefined || !values.has(scalar as string)))
      return no(report, `must be one of ${listed(values)}`)
    if (constant !== undefined && scalar !== constant)
      return no(report, `must be ${quoted(String(constant))}`)
    return true
  }

  #fitsText({ minLength, maxLength, format }: Rule, text: string, report: Report | undefined): boolean {
    let fits = true
    if (minLength !== undefined || maxLength !== undefined) {
      if (!this.#step(Math.ceil(text.length / CHARACTERS_A_STEP))) return false
      const length = codePoints(text)
      if (length < (minLength ?? 0)) fits = no(report, `must have at least ${minLength} characters`)
      if (length > (maxLength ?? length)) fits = no(report, `must have at most ${maxLength} characters`)
    }
    if (format !== undefined && !FORMATS[format](text)) fits = no(report, `must be a ${format}`)
    return fits
  }

  #fitsArray(
    { minItems, maxItems, items }: Rule,
    values: readonly Json[],
    report: Report | undefined,
  ): boolean {
    let fits = true
    if (values.length < (minItems ?? 0)) fits = no(report, `must have at least ${minItems} items`)
    if (values.length > (maxItems ?? values.length)) fits = no(report, `must have at most ${maxItems} items`)
    if (items === undefined) return fits
    for (let i = 0; i < values.length; i++) {
      fits = this.#fitsMember(items, i, values[i] as Json, report) && fits
      if (this.#budget.left < 0) return false
    }
    return fits
  }

  #fitsObject(rule: Rule, value: JsonObject, report: Report | undefined): boolean {
    const { required = [], properties, additional, minProperties, maxProperties } = rule
    let fits = true
    if (!this.#step(required.length)) return false
    for (const name of required) {
      if (!Object.hasOwn(value, name)) fits = no(report, `must have the member ${quoted(name)}`)
    }
    if (minProperties === undefined && maxProperties === undefined && !properties && !additional) return fits
    const names = Object.keys(value)
    if (names.length < (minProperties ?? 0)) fits = no(report, `must have at least ${minProperties} members`)
    if (names.length > (maxProperties ?? names.length))
      fits = no(report, `must have at most ${maxProperties} members`)
    if (properties === undefined && additional === undefined) return fits
    for (const name of names) {
      if (!this.#step(1)) return false
      const member = properties?.get(name) ?? additional
      if (member !== undefined) fits = this.#fitsMember(member, name, value[name] as Json, report) && fits
    }
    return fits
  }

  #fitsMember(rule: Rule, key: string | number, value: Json, report: Report | undefined): boolean {
    report?.enter(key)
    const fits = this.fits(rule, value, report)
    report?.leave()
    return fits
  }

  #fitsCombined(rule: Rule, value: Json, report: Report | undefined): boolean {
    const { refersTo, allOf, anyOf, oneOf, not } = rule
    let fits = true
    if (refersTo !== undefined) fits = this.fits(refersTo, value, report)
    for (const part of allOf ?? []) fits = this.fits(part, value, report) && fits
    if (anyOf !== undefined && !anyOf.some((part) => this.fits(part, value)))
      fits = no(report, `must fit one of the ${anyOf.length} schemas of anyOf`)
    if (oneOf !== undefined && oneOf.filter((part) => this.fits(part, value)).length !== 1)
      fits = no(report, `must fit exactly one of the ${oneOf.length} schemas of oneOf`)
    if (not !== undefined && this.fits(not, value)) fits = no(report, 'must not fit the schema of not')
    return fits
  }
}

function no(report: Report | undefined, what: string): false {
  if (report === undefined) return false
  const last = report.path.at(-1)
  report.add('metadata_mismatch', `${quoted(String(last))} ${what}, says the schema of its action.`)
  return false
}

function isOfType(types: ReadonlySet<TypeName>, value: Json): boolean {
  if (value === null) return types.has('null')
  if (Array.isArray(value)) return types.has('array')
  if (typeof value === 'number')
    return types.has('number') || (types.has('integer') && Number.isInteger(value))
  return types.has(typeof value as TypeName)
}

function fitsNumber(rule: Rule, value: number, report: Report | undefined): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = rule
  let fits = true
  if (minimum !== undefined && value < minimum) fits = no(report, `must be at least ${minimum}`)
  if (maximum !== undefined && value > maximum) fits = no(report, `must be at most ${maximum}`)
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    fits = no(report, `must be more than ${exclusiveMinimum}`)
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    fits = no(report, `must be less than ${exclusiveMaximum}`)
  return fits
}

/** Characters as JSON Schema counts them: a surrogate pair is one. */
function codePoints(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit <= 0xdbff) count--
  }
  return count
}

const LISTED_MAX = 8

function listed(values: NonNullable<Rule['values']>): string {
  const texts = [...values]
    .slice(0, LISTED_MAX)
    .map((value) => (typeof value === 'string' ? quoted(value) : String(value)))
  return values.size > LISTED_MAX
    ? `${texts.join(', ')} and ${values.size - LISTED_MAX} more`
    : texts.join(', ')
}
