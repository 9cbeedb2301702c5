import type { Json, JsonObject } from '../entry/entry.js'
import { quoted } from '../entry/report.js'
import { canonicalJson } from '../json/canonical.js'
import { pointerToken } from '../json/pointer.js'
import { FORMATS, type Rule, TYPES, type TypeName } from './rule.js'

/** Bytes of a schema as canonical JSON, in UTF-16 code units. */
export const SCHEMA_LENGTH_MAX = 16_384
/** Nested objects and arrays in a schema; the schema itself is 1. */
export const SCHEMA_DEPTH_MAX = 16
/** Subschemas once every `$ref` is written out. */
export const SUBSCHEMAS_MAX = 256

export interface SchemaProblem {
  /** RFC 6901 JSON pointer into the schema. */
  readonly pointer: string
  /** One sentence for a person: what is wrong and what to write instead. */
  readonly message: string
}

/** A schema that was read, ready to hold metadata against. */
export interface MetadataSchema {
  readonly rule: Rule
  /** The schema as canonical JSON: two that say the same in another order of keys are one. */
  readonly json: string
}

export type SchemaReading =
  | { readonly ok: true; readonly schema: MetadataSchema }
  | { readonly ok: false; readonly problem: SchemaProblem }

/**
 * Reads a JSON Schema (draft 2020-12) for metadata. It takes the keywords that docs/catalogue.md lists and refuses any
 * other by name: a keyword that is passed over in silence would promise a check that nobody makes. No regular
 * expressions, no recursion, references to `$defs` of the schema itself alone: so that no schema, whoever wrote it, can
 * make the check of an entry long.
 */
export function readMetadataSchema(value: unknown): SchemaReading {
  try {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Refusal('', 'The schema must be a JSON object.')
    refuseOversize(value, 1)
    const json = canonicalJson(value as JsonObject)
    if (json.length > SCHEMA_LENGTH_MAX) {
      throw new Refusal('', `The schema has ${json.length} characters; the most is ${SCHEMA_LENGTH_MAX}.`)
    }
    const reader = new SchemaReader(value as JsonObject)
    return { ok: true, schema: { rule: reader.root(), json } }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error }
    throw error
  }
}

class Refusal implements SchemaProblem {
  readonly pointer: string
  readonly message: string
  constructor(pointer: string, message: string) {
    this.pointer = pointer
    this.message = message
  }
}

/** Depth first, so that nothing after it has to fear deep nesting; and texts that no entry could carry. */
function refuseOversize(value: unknown, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Refusal('', 'The schema holds a number that is too large.')
  if (typeof value === 'string') refuseText(value)
  if (typeof value !== 'object' || value === null) return
  if (depth > SCHEMA_DEPTH_MAX) {
    throw new Refusal('', `The schema is nested more than ${SCHEMA_DEPTH_MAX} deep.`)
  }
  for (const [key, member] of Object.entries(value)) {
    refuseText(key)
    refuseOversize(member, depth + 1)
  }
}

function refuseText(text: string): void {
  if (/[\0\p{Surrogate}]/u.test(text))
    throw new Refusal('', 'The schema holds a text with NUL or half a surrogate pair.')
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
/** Reads one keyword's value into the rule. */
type Keyword = (reader: SchemaReader, value: Json, rule: Writable<Rule>, at: string) => void

class SchemaReader {
  readonly #schema: JsonObject
  readonly #definitions = new Map<string, Rule | 'being read'>()
  #count = 0

  constructor(schema: JsonObject) {
    this.#schema = schema
  }

  root(): Rule {
    const definitions = this.#schema.$defs
    if (definitions !== undefined) {
      for (const name of Object.keys(objectOf(definitions, '/$defs'))) {
        this.definition(name, '/$defs')
        // What a definition weighs counts where it is used.
        this.#count = 0
      }
    }
    return this.rule(this.#schema, '')
  }

  rule(value: Json, at: string): Rule {
    this.count(1, at)
    if (value === true) return { weight: 1 }
    if (value === false) return { weight: 1, never: true }
    const schema = objectOf(value, at)
    const rule: Writable<Rule> = { weight: 1 }
    const before = this.#count
    for (const [name, member] of Object.entries(schema)) {
      const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined
      if (keyword === undefined) throw unknownKeyword(name, `${at}/${pointerToken(name)}`)
      keyword(this, member, rule, `${at}/${pointerToken(name)}`)
    }
    rule.weight = 1 + this.#count - before
    return rule
  }

  rules(value: Json, at: string): readonly Rule[] {
    if (!Array.isArray(value) || value.length === 0) throw new Refusal(at, 'This must be a list of schemas.')
    return value.map((member: Json, i) => this.rule(member, `${at}/${i}`))
  }

  /** The rule of `$defs/<name>`, read once and counted at each use. */
  definition(name: string, at: string): Rule {
    const known = this.#definitions.get(name)
    if (known === 'being read')
      throw new Refusal(at, `"$defs/${name}" leads back to itself; schemas must not be recursive.`)
    if (known !== undefined) {
      this.count(known.weight, at)
      return known
    }
    const definitions = this.#schema.$defs
    const schema =
      definitions !== undefined && Object.hasOwn(objectOf(definitions, '/$defs'), name)
        ? (definitions as JsonObject)[name]
        : undefined
    if (schema === undefined) throw new Refusal(at, `There is no ${quoted(name)} in $defs.`)
    this.#definitions.set(name, 'being read')
    const rule = this.rule(schema, `/$defs/${pointerToken(name)}`)
    this.#definitions.set(name, rule)
    return rule
  }

  count(subschemas: number, at: string): void {
    this.#count += subschemas
    if (this.#count > SUBSCHEMAS_MAX) {
      throw new Refusal(
        at,
        `With every $ref written out there are more than ${SUBSCHEMAS_MAX} schemas in it; make it smaller.`,
      )
    }
  }
}

const annotation: Keyword = () => undefined

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $schema: (_, value, _rule, at) => {
    if (value !== 'https://json-schema.org/draft/2020-12/schema')
      throw new Refusal(at, 'Only "https://json-schema.org/draft/2020-12/schema" is understood.')
  },
  $comment: annotation,
  title: annotation,
  description: annotation,
  default: annotation,
  examples: annotation,
  deprecated: annotation,
  $defs: (_, _value, _rule, at) => {
    if (at !== '/$defs') throw new Refusal(at, '$defs may stand at the top of the schema alone.')
  },
  $ref: (reader, value, rule, at) => {
    const name = typeof value === 'string' ? /^#\/\$defs\/([^/]+)$/.exec(value)?.[1] : undefined
    if (name === undefined) throw new Refusal(at, 'A $ref must be of the form "#/$defs/<name>".')
    rule.refersTo = reader.definition(definitionName(name), at)
  },
  type: (_, value, rule, at) => {
    const names = Array.isArray(value) ? value : [value]
    if (names.length === 0 || !names.every(isTypeName))
      throw new Refusal(at, `This must be one or more of ${TYPES.join(', ')}.`)
    rule.types = new Set(names as TypeName[])
  },
  enum: (_, value, rule, at) => {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isScalar))
      throw new Refusal(at, 'This must be a list of texts, numbers, true, false or null.')
    rule.values = new Set(value as Scalar[])
  },
  const: (_, value, rule, at) => {
    if (!isScalar(value)) throw new Refusal(at, 'This must be a text, a number, true, false or null.')
    rule.constant = value as Scalar
  },
  format: (_, value, rule, at) => {
    if (typeof value !== 'string' || !Object.hasOwn(FORMATS, value))
      throw new Refusal(at, `This must be one of ${Object.keys(FORMATS).join(', ')}.`)
    rule.format = value as keyof typeof FORMATS
  },
  minLength: size('minLength'),
  maxLength: size('maxLength'),
  minItems: size('minItems'),
  maxItems: size('maxItems'),
  minProperties: size('minProperties'),
  maxProperties: size('maxProperties'),
  minimum: bound('minimum'),
  maximum: bound('maximum'),
  exclusiveMinimum: bound('exclusiveMinimum'),
  exclusiveMaximum: bound('exclusiveMaximum'),
  required: (_, value, rule, at) => {
    if (!Array.isArray(value) || !value.every((name) => typeof name === 'string'))
      throw new Refusal(at, 'This must be a list of names.')
    rule.required = [...new Set(value as string[])]
  },
  properties: (reader, value, rule, at) => {
    rule.properties = new Map(
      Object.entries(objectOf(value, at)).map(([name, member]) => [
        name,
        reader.rule(member, `${at}/${pointerToken(name)}`),
      ]),
    )
  },
  additionalProperties: (reader, value, rule, at) => {
    rule.additional = reader.rule(value, at)
  },
  items: (reader, value, rule, at) => {
    rule.items = reader.rule(value, at)
  },
  allOf: (reader, value, rule, at) => {
    rule.allOf = reader.rules(value, at)
  },
  anyOf: (reader, value, rule, at) => {
    rule.anyOf = reader.rules(value, at)
  },
  oneOf: (reader, value, rule, at) => {
    rule.oneOf = reader.rules(value, at)
  },
  not: (reader, value, rule, at) => {
    rule.not = reader.rule(value, at)
  },
}

/** Every keyword that a schema may have, for the documents. */
export const SCHEMA_KEYWORDS: readonly string[] = Object.keys(KEYWORDS)

type Scalar = string | number | boolean | null
type SizeName = 'minLength' | 'maxLength' | 'minItems' | 'maxItems' | 'minProperties' | 'maxProperties'
type BoundName = 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum'

function size(name: SizeName): Keyword {
  return (_, value, rule, at) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new Refusal(at, 'This must be a whole number from 0.')
    rule[name] = value as number
  }
}

function bound(name: BoundName): Keyword {
  return (_, value, rule, at) => {
    if (typeof value !== 'number') throw new Refusal(at, 'This must be a number.')
    rule[name] = value
  }
}

function objectOf(value: Json, at: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new Refusal(at, 'This must be a schema: an object, true or false.')
}

function isTypeName(value: unknown): value is TypeName {
  return TYPES.includes(value as TypeName)
}

function isScalar(value: Json): boolean {
  return typeof value !== 'object' || value === null
}

/** A name in a URI fragment: percent-encoded, and escaped as in a JSON pointer. */
function definitionName(token: string): string {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return token
  }
}

function unknownKeyword(name: string, at: string): Refusal {
  if (name === 'pattern' || name === 'patternProperties') {
    return new Refusal(
      at,
      `"${name}" is not taken: a regular expression can run for ever. Use enum or format.`,
    )
  }
  return new Refusal(
    at,
    `${quoted(name)} is not a keyword that is checked here. There are: ${SCHEMA_KEYWORDS.join(', ')}.`,
  )
}
