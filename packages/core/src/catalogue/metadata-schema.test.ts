import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../entry/entry.js'
import { Report } from '../entry/report.js'
import { type Random, seededRandom } from '../query/testing/random.js'
import { type MetadataSchema, readMetadataSchema } from './metadata-schema.js'
import { CHECK_STEPS_MAX, fitsSchema } from './schema-check.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const CASES = 20_000
const VALUES = 20

function read(schema: Json): MetadataSchema {
  const reading = readMetadataSchema(schema)
  if (!reading.ok)
    expect.fail(`${JSON.stringify(schema)}: ${reading.problem.pointer} ${reading.problem.message}`)
  return reading.schema
}

function refusal(schema: unknown): string {
  const reading = readMetadataSchema(schema)
  return reading.ok ? 'taken' : `${reading.problem.pointer} ${reading.problem.message}`
}

function problems(schema: Json, metadata: JsonObject, steps = CHECK_STEPS_MAX): string[] {
  const report = new Report()
  report.enter('metadata')
  const fits = fitsSchema(read(schema), metadata, report, { left: steps })
  expect(fits).toBe(report.count === 0)
  return report.problems().map(({ code, pointer, message }) => {
    expect(code).toBe('metadata_mismatch')
    return `${pointer} ${message}`
  })
}

describe('a schema', () => {
  it(`decides as Ajv does, of ${CASES} random ones (SEED=${SEED})`, () => {
    const random = seededRandom(SEED)
    let fitting = 0
    // It must not remember thousands of schemas, nor look through each for mistakes.
    const ajv = new Ajv2020({
      strict: false,
      validateFormats: false,
      validateSchema: false,
      addUsedSchema: false,
    })
    for (let i = 0; i < CASES / VALUES; i++) {
      const schema = randomSchema(random, 3)
      const mine = read(schema)
      const theirs = ajv.compile(schema)
      for (let j = 0; j < VALUES; j++) {
        const metadata = randomObject(random, 3)
        const fits = fitsSchema(mine, metadata, new Report(), { left: CHECK_STEPS_MAX })
        if (fits) fitting++
        if (fits !== theirs(metadata))
          expect.fail(`${JSON.stringify(schema)} and ${JSON.stringify(metadata)}: ${fits}`)
      }
    }
    expect(fitting).toBeGreaterThan(CASES / 20)
    expect(fitting).toBeLessThan(CASES - CASES / 20)
  }, 120_000)

  it('tells every member that does not fit, by its pointer', () => {
    const schema = {
      type: 'object',
      required: ['total', 'currency'],
      properties: {
        total: { type: 'number', minimum: 0 },
        currency: { enum: ['EUR', 'USD'] },
        lines: { type: 'array', maxItems: 2, items: { type: 'object', required: ['sku'] } },
        id: { format: 'uuid' },
      },
      additionalProperties: false,
    }
    expect(problems(schema, { total: 1, currency: 'EUR', lines: [{ sku: 1 }] })).toEqual([])
    expect(problems(schema, { total: -1, lines: [{ sku: 1 }, {}], 'a/b': 1, id: 'x' })).toEqual([
      '/metadata "metadata" must have the member "currency", says the schema of its action.',
      '/metadata/total "total" must be at least 0, says the schema of its action.',
      '/metadata/lines/1 "1" must have the member "sku", says the schema of its action.',
      '/metadata/a~1b "a/b" must not be there, says the schema of its action.',
      '/metadata/id "id" must be a uuid, says the schema of its action.',
    ])
  })

  it.each<[string, string, string]>([
    ['date-time', '2026-11-21T02:00:00.5+01:00', '2026-02-30T00:00:00Z'],
    ['uuid', '0190B7C2-7d1e-7f00-8000-00000000000a', '0190b7c2'],
    ['ipv4', '10.0.0.1', '::1'],
    ['ipv6', '::1', '10.0.0.1'],
  ])('holds to the format %s', (format, good, bad) => {
    const schema = { properties: { x: { format } } }
    expect(problems(schema, { x: good })).toEqual([])
    expect(problems(schema, { x: bad })).toHaveLength(1)
    // As in JSON Schema: a format speaks of texts alone.
    expect(problems(schema, { x: 1 })).toEqual([])
  })

  it('counts a surrogate pair as one character', () => {
    expect(problems({ properties: { x: { maxLength: 1, minLength: 1 } } }, { x: '\u{1F600}' })).toEqual([])
  })

  it('is not misled by the names of prototypes', () => {
    const metadata = JSON.parse('{"__proto__":{"polluted":1},"constructor":1}') as JsonObject
    expect(problems(JSON.parse('{"required":["__proto__"]}'), {})).toHaveLength(1)
    expect(problems({ required: ['toString'] }, {})).toHaveLength(1)
    expect(problems(JSON.parse('{"properties":{"__proto__":{"type":"null"}}}'), metadata)).toHaveLength(1)
    expect(refusal(JSON.parse('{"__proto__":{}}'))).toContain('"__proto__" is not a keyword')
    expect(refusal({ $ref: '#/$defs/constructor', $defs: {} })).toContain('There is no "constructor"')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('that says the same in another order is the same', () => {
    expect(read({ type: 'object', maxProperties: 1 }).json).toBe(
      read({ maxProperties: 1, type: 'object' }).json,
    )
  })
})

describe('a hostile schema', () => {
  it.each<[string, unknown, string]>([
    ['a regular expression', { properties: { x: { pattern: '(a+)+$' } } }, '/properties/x/pattern "pattern"'],
    ['one in a name', { patternProperties: { '(a+)+$': {} } }, '/patternProperties "patternProperties"'],
    ['a keyword that nobody checks', { contains: {} }, '/contains "contains" is not a keyword'],
    ['a keyword in the wrong case', { maxlength: 1 }, '/maxlength'],
    ['a reference elsewhere', { $ref: 'https://example.com/schema' }, '/$ref A $ref must be'],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }, '/$ref A $ref must be'],
    ['a reference to itself', { $ref: '#' }, '/$ref A $ref must be'],
    ['a dangling reference', { $ref: '#/$defs/x' }, '/$ref There is no "x" in $defs.'],
    [
      'recursion',
      { $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { not: { $ref: '#/$defs/a' } } } },
      'leads back to itself',
    ],
    ['definitions below the top', { items: { $defs: {} } }, '/items/$defs $defs may stand at the top'],
    ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#' }, '/$schema Only'],
    ['an unknown format', { format: 'regex' }, '/format This must be one of'],
    ['an unknown type', { type: 'int' }, '/type This must be one or more of'],
    ['no object', [], 'The schema must be a JSON object.'],
    ['null', null, 'The schema must be a JSON object.'],
    ['a wrong size', { maxItems: -1 }, '/maxItems This must be a whole number'],
    ['a number past all numbers', { maximum: Number.POSITIVE_INFINITY }, 'a number that is too large'],
    ['a text that no entry can carry', { title: 'a\0' }, 'a text with NUL'],
    ['half a character', { title: '\ud800' }, 'half a surrogate pair'],
    ['a long text', { title: 'x'.repeat(20_000) }, 'the most is 16384'],
    ['an enum of objects', { enum: [{}] }, '/enum This must be a list of texts'],
  ])('is refused: %s', (_what, schema, why) => {
    expect(refusal(schema)).toContain(why)
  })

  it('is refused for its depth, however deep, without overflow', () => {
    const deep = (levels: number): unknown => JSON.parse(`${'{"not":'.repeat(levels)}{}${'}'.repeat(levels)}`)
    expect(refusal(deep(15))).toBe('taken')
    expect(refusal(deep(16))).toContain('nested more than 16 deep')
    expect(refusal(deep(100_000))).toContain('nested more than 16 deep')
  })

  it('is refused when references multiply', () => {
    const $defs: Record<string, unknown> = { a0: { type: 'null' } }
    for (let i = 1; i <= 30; i++) {
      $defs[`a${i}`] = { allOf: [{ $ref: `#/$defs/a${i - 1}` }, { $ref: `#/$defs/a${i - 1}` }] }
    }
    const before = performance.now()
    expect(refusal({ $ref: '#/$defs/a30', $defs })).toContain('more than 256 schemas')
    expect(performance.now() - before).toBeLessThan(100)
  })

  it('may have many definitions, each used little', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`d${i}`, { allOf: Array.from({ length: 30 }, () => ({})) }]),
    )
    expect(refusal({ $ref: '#/$defs/d7', $defs })).toBe('taken')
  })

  it('takes no more than its steps, and says so', () => {
    const schema = {
      properties: { x: { items: { anyOf: Array.from({ length: 200 }, (_, i) => i === 199) } } },
    }
    const metadata = { x: Array.from({ length: 100_000 }, () => 1) }
    const before = performance.now()
    expect(problems(schema, metadata).at(-1)).toContain(
      'Checking the metadata of this request takes too long',
    )
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})

const NAMES = ['a', 'b', 'c'] as const
const SCALARS = [null, true, false, 0, 1, -1, 1.5, 3, '', 'a', 'abc', '\u{1F600}\u{1F600}'] as const

function randomObject(random: Random, depth: number): JsonObject {
  const names = NAMES.filter(() => random.chance(0.6))
  return Object.fromEntries(names.map((name) => [name, randomValue(random, depth - 1)]))
}

function randomValue(random: Random, depth: number): Json {
  if (depth <= 0 || random.chance(0.5)) return random.pick(SCALARS)
  if (random.chance(0.5)) return randomObject(random, depth)
  return Array.from({ length: random.between(0, 3) }, () => randomValue(random, depth - 1))
}

function randomSchema(random: Random, depth: number): JsonObject {
  const sub = (): Json => (random.chance(0.1) ? random.chance(0.7) : randomSchema(random, depth - 1))
  const subs = () => Array.from({ length: random.between(1, 3) }, sub)
  const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const
  const simple: readonly (() => JsonObject)[] = [
    () => ({ type: random.pick(types) }),
    () => ({ type: [...new Set([random.pick(types), random.pick(types), 'object'])] }),
    () => ({ enum: [...new Set([random.pick(SCALARS), random.pick(SCALARS)])] }),
    () => ({ const: random.pick(SCALARS) }),
    () => ({ minLength: random.between(0, 3) }),
    () => ({ maxLength: random.between(0, 3) }),
    () => ({ minItems: random.between(0, 2), maxItems: random.between(1, 3) }),
    () => ({ minProperties: random.between(0, 2) }),
    () => ({ maxProperties: random.between(0, 3) }),
    () => ({ minimum: random.between(-1, 2), exclusiveMaximum: random.between(1, 4) }),
    () => ({ maximum: random.between(-1, 2), exclusiveMinimum: random.between(-2, 1) }),
    () => ({ required: NAMES.filter(() => random.chance(0.3)) }),
  ]
  const nested: readonly (() => JsonObject)[] = [
    () => ({
      properties: Object.fromEntries(NAMES.filter(() => random.chance(0.6)).map((name) => [name, sub()])),
    }),
    () => ({ properties: { a: sub() }, additionalProperties: sub() }),
    () => ({ items: sub() }),
    () => ({ allOf: subs() }),
    () => ({ anyOf: subs() }),
    () => ({ oneOf: subs() }),
    () => ({ not: sub() }),
  ]
  const parts = [random.pick(depth > 0 ? nested : simple), random.pick(simple)]
  const schema = Object.assign(
    {},
    ...parts.filter(() => random.chance(0.8)).map((part) => part()),
  ) as JsonObject
  if (depth < 3 || !random.chance(0.3)) return schema
  const name = random.pick(['d', 'a b', 'x~y'])
  const token = encodeURIComponent(name.replaceAll('~', '~0'))
  return { ...schema, $ref: `#/$defs/${token}`, $defs: { [name]: sub() } }
}
