import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../json/canonical.js'
import { anActor, anEntryContent } from '../testing/entries.js'
import { SECTION_PATHS } from './admission.js'
import { ACTOR_TYPES, type EntryContent, type Json, OPERATION_TYPES, OUTCOMES, SEVERITIES } from './entry.js'
import { contentFromSections, isWholeContent, sectionsOf } from './sections.js'

const text = fc.string({ maxLength: 8 })
// Through JSON once: -0 is 0 from then on, and a key __proto__ is data.
const json = fc.jsonValue({ maxDepth: 2 }).map((value): Json => JSON.parse(JSON.stringify(value)))
const someOf = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]) =>
  fc.record(fields, { requiredKeys: required, noNullPrototype: true })
const resource = someOf({ label: text, id: text, type: text }, ['type'])
const actor = someOf(
  { type: fc.constantFrom(...ACTOR_TYPES), email: text, id: text, name: text, label: text },
  ['type'],
)
const context = someOf(
  {
    user_agent: text,
    ip_address: text,
    correlation_id: text,
    session_id: text,
    request_id: text,
    region: text,
    location: text,
  },
  [],
).filter((fields) => Object.keys(fields).length > 0)
const content = someOf(
  {
    severity: fc.constantFrom(...SEVERITIES),
    action: text,
    category: text,
    outcome: fc.constantFrom(...OUTCOMES),
    actor: fc
      .tuple(actor, fc.option(actor))
      .map(([front, behind]) => (behind ? { ...front, on_behalf_of: behind } : front)),
    resource,
    targets: fc.array(resource, { maxLength: 3 }),
    description: text,
    error_code: text,
    context,
    source: someOf({ seq: fc.nat(), name: text }, ['name']),
    workspace: someOf({ name: text, id: text }, ['id']),
    operation: someOf({ variables: json, type: fc.constantFrom(...OPERATION_TYPES), text, name: text }, [
      'type',
    ]),
    before: json,
    after: json,
    diff: json,
    metadata: fc.dictionary(text, json, { noNullPrototype: true }),
    occurred_at: text,
  },
  ['action', 'category', 'severity', 'outcome'],
) as fc.Arbitrary<EntryContent>

describe('sectionsOf', () => {
  it('makes the least entry into one section', () => {
    expect(sectionsOf(anEntryContent())).toEqual([
      {
        path: '/event',
        json: '{"action":"order.created","category":"operation","outcome":"success","severity":"info"}',
      },
    ])
  })

  it('puts every field into its section, in canonical order', () => {
    const whole = anEntryContent({
      actor: anActor({ name: 'ada', on_behalf_of: { type: 'service', label: 'b', id: 'a' } }),
      resource: { type: 'order', label: 'Order 1', id: 'o1' },
      targets: [{ type: 'order', id: 'o2' }],
      description: 'd',
      error_code: 'e',
      context: {
        user_agent: 'u',
        ip_address: '::1',
        session_id: 's',
        request_id: 'r',
        region: 'eu',
        location: 'Rome',
        correlation_id: 'c',
      },
      source: { name: 'checkout', seq: 0 },
      workspace: { name: 'W', id: 'w' },
      operation: { type: 'query', variables: { b: 1, a: 2 }, text: 't', name: 'n' },
      before: { b: 1, a: { '10': 1, '9': 2 } },
      after: null,
      diff: [],
      metadata: { z: 1, a: 2 },
      occurred_at: '2026-11-21T02:00:00Z',
    })
    expect(sectionsOf(whole).map((section) => [section.path, section.json])).toEqual([
      [
        '/actor',
        '{"email":"ada@example.com","id":"user_3Hq2","label":"Ada Lovelace","name":"ada","on_behalf_of":{"id":"a","label":"b","type":"service"},"type":"user"}',
      ],
      [
        '/context',
        '{"ip_address":"::1","location":"Rome","region":"eu","request_id":"r","session_id":"s","user_agent":"u"}',
      ],
      [
        '/event',
        '{"action":"order.created","category":"operation","correlation_id":"c","description":"d","error_code":"e","outcome":"success","resource":{"id":"o1","label":"Order 1","type":"order"},"severity":"info","source":{"name":"checkout","seq":0},"targets":[{"id":"o2","type":"order"}],"workspace":{"id":"w","name":"W"}}',
      ],
      ['/occurred_at', '"2026-11-21T02:00:00Z"'],
      [
        '/payload',
        '{"after":null,"before":{"a":{"10":1,"9":2},"b":1},"diff":[],"metadata":{"a":2,"z":1},"operation":{"name":"n","text":"t","type":"query","variables":{"a":2,"b":1}}}',
      ],
    ])
  })

  it('needs no context section for a correlation id alone', () => {
    const sections = sectionsOf(anEntryContent({ context: { correlation_id: 'c' } }))
    expect(sections.map(({ path }) => path)).toEqual(['/event'])
  })

  it('writes canonical JSON, each section once, in the order of their paths', () => {
    const property = fc.property(content, (entry) => {
      const sections = sectionsOf(entry)
      for (const section of sections) expect(canonicalJson(JSON.parse(section.json))).toBe(section.json)
      const paths = sections.map(({ path }) => path)
      expect(paths).toEqual(SECTION_PATHS.filter((path) => paths.includes(path)))
    })
    fc.assert(property, { numRuns: 2_000 })
  })
})

describe('contentFromSections', () => {
  it('gives back what sectionsOf was given', () => {
    const property = fc.property(content, (entry) => {
      expect(contentFromSections(sectionsOf(entry))).toEqual(entry)
    })
    fc.assert(property, { numRuns: 2_000 })
  })

  it('leaves out the fields of sections that were erased', () => {
    const whole = anEntryContent({
      actor: anActor(),
      context: { region: 'eu', correlation_id: 'c' },
      metadata: { a: 1 },
    })
    const without = (erased: string) =>
      contentFromSections(sectionsOf(whole).filter(({ path }) => path !== erased))
    expect(without('/event')).toEqual({ actor: anActor(), context: { region: 'eu' }, metadata: { a: 1 } })
    expect(isWholeContent(without('/event'))).toBe(false)
    expect(without('/context')).toEqual({ ...whole, context: { correlation_id: 'c' } })
    expect(isWholeContent(without('/context'))).toBe(true)
    expect(contentFromSections([])).toEqual({})
  })

  it('does not let a stored key __proto__ do anything', () => {
    const read = contentFromSections([
      { path: '/event', json: '{"__proto__":{"polluted":1},"action":"a"}' },
      { path: '/payload', json: '{"__proto__":{"polluted":1},"metadata":{"__proto__":1}}' },
    ])
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect((read as { polluted?: number }).polluted).toBeUndefined()
    expect(JSON.stringify(read)).toBe('{"action":"a","metadata":{"__proto__":1}}')
  })
})
