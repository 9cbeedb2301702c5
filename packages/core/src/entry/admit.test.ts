import { describe, expect, it } from 'vitest'
import { aSentEntry, bytesOf } from '../testing/entries.js'
import { admitEntries } from './admit.js'
import type { EntryContent, Json } from './entry.js'
import type { AdmissionLimits } from './limits.js'
import { contentFromSections } from './sections.js'

type Sent = { readonly [field: string]: Json }

function admit(body: Json, limits: Partial<AdmissionLimits> = {}) {
  return admitEntries(bytesOf(JSON.stringify(body)), 'json', limits)
}

/** The content of the one entry with these fields, or what is wrong with it. */
function admitOne(fields: Sent): EntryContent | readonly string[] {
  const admission = admit({ action: 'a', ...fields })
  if (admission.admitted) return admission.entries[0]!.content
  return admission.problems.map(({ code, pointer }) => `${code} ${pointer}`)
}

function messageOf(fields: Sent): string | undefined {
  const admission = admit({ action: 'a', ...fields })
  return admission.admitted ? undefined : admission.problems[0]?.message
}

const UUID = '0193488e-6c00-7abc-8def-0123456789ab'
const chainOf = (length: number): Sent =>
  length === 0 ? { type: 'user' } : { type: 'user', on_behalf_of: chainOf(length - 1) }

describe('admitEntries', () => {
  it('fills in the defaults, computes the diff and gives the sections', () => {
    const body = { id: UUID, action: 'order.updated', before: { a: 1 }, after: { a: 2 } }
    const content = {
      ...{ action: 'order.updated', category: 'operation', severity: 'info', outcome: 'success' },
      ...{ before: { a: 1 }, after: { a: 2 }, diff: [{ op: 'replace', path: '/a', value: 2 }] },
    }
    expect(admit(body)).toEqual({
      admitted: true,
      entries: [
        {
          id: UUID,
          content,
          sections: [
            {
              path: '/event',
              json: '{"action":"order.updated","category":"operation","outcome":"success","severity":"info"}',
            },
            {
              path: '/payload',
              json: '{"after":{"a":2},"before":{"a":1},"diff":[{"op":"replace","path":"/a","value":2}]}',
            },
          ],
        },
      ],
    })
  })

  it('records what was sent and nothing else', () => {
    for (let index = 0; index < 50; index++) {
      const sent = aSentEntry(index)
      const admission = admit(sent)
      if (!admission.admitted) expect.fail(JSON.stringify(admission.problems))
      const { diff, ...content } = admission.entries[0]!.content
      expect(content).toEqual(sent)
      expect(diff === undefined).toBe(sent.before === undefined)
      expect(contentFromSections(admission.entries[0]!.sections)).toEqual(admission.entries[0]!.content)
    }
  })

  it('takes one entry, an array of entries or one a line', () => {
    const entries = [aSentEntry(0), aSentEntry(1), aSentEntry(2)]
    const lines = bytesOf(entries.map((entry) => JSON.stringify(entry)).join('\n'))
    expect(admitEntries(lines, 'ndjson')).toEqual(admit(entries))
    expect(admit(entries[0]!)).toEqual(admit([entries[0]!]))
  })

  it('reports all problems of all entries at once, faults of the JSON first', () => {
    const body =
      '[{"action":"a b","metadata":{"n":1e400}},7,{"action":"ok"},{"id":"x","id":"y","actor":{"type":"robot"}}]'
    const admission = admitEntries(bytesOf(body), 'json')
    if (admission.admitted) expect.fail('It was admitted.')
    expect(admission.problems.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      'number_not_representable /0/metadata/n',
      'duplicate_key /3/id',
      'invalid_value /0/action',
      'wrong_type /1',
      'invalid_value /3/id',
      'invalid_value /3/actor/type',
      'missing_field /3/action',
    ])
  })

  it('points into one entry without an index, and into a line with its number', () => {
    const body = bytesOf('{"action":"a","actor":{"type":"robot"}}')
    expect(admitEntries(body, 'json')).toMatchObject({ problems: [{ pointer: '/actor/type' }] })
    expect(admitEntries(body, 'ndjson')).toMatchObject({ problems: [{ pointer: '/0/actor/type' }] })
  })

  it('lists 100 problems and then how many more there are', () => {
    const problemsOf = (count: number) => {
      const admission = admit(Array.from({ length: count }, () => ({})))
      return admission.admitted ? [] : admission.problems
    }
    expect(problemsOf(100)).toHaveLength(100)
    expect(problemsOf(100).at(-1)).toMatchObject({ code: 'missing_field', pointer: '/99/action' })
    expect(problemsOf(103)).toHaveLength(101)
    expect(problemsOf(103).at(-1)).toMatchObject({
      code: 'too_many',
      message: expect.stringMatching(/^3 more /),
    })
  })

  it.each([['[]'], [' '], ['']])('calls %j empty', (body) => {
    expect(admitEntries(bytesOf(body), 'json')).toMatchObject({ problems: [{ code: 'empty', pointer: '' }] })
  })

  it.each([['null'], ['1'], ['"a"'], ['true'], ['[[]]'], ['[null]']])(
    'refuses %s, which is no entry',
    (body) => {
      expect(admitEntries(bytesOf(body), 'json')).toMatchObject({ problems: [{ code: 'wrong_type' }] })
    },
  )

  it('honours the limits of entry, batch, body and depth exactly', () => {
    const sized = (bytes: number) => ({ action: 'a', metadata: { t: 'x'.repeat(bytes - 34) } })
    expect(JSON.stringify(sized(1_000))).toHaveLength(1_000)
    expect(admit(sized(256 * 1024))).toMatchObject({ admitted: true })
    expect(admit([{ action: 'a' }, sized(256 * 1024 + 1)])).toMatchObject({
      problems: [{ code: 'too_large', pointer: '/1' }],
    })
    const batch = (entries: number) => Array.from({ length: entries }, () => ({ action: 'a' }))
    expect(admit(batch(1_000))).toMatchObject({ admitted: true })
    expect(admit(batch(1_001))).toMatchObject({ problems: [{ code: 'too_many', pointer: '' }] })
    const padded = (bytes: number) => bytesOf('{"action":"a"}'.padEnd(bytes, ' '))
    expect(admitEntries(padded(5 * 1024 * 1024), 'json')).toMatchObject({ admitted: true })
    expect(admitEntries(padded(5 * 1024 * 1024 + 1), 'json')).toMatchObject({
      problems: [{ code: 'too_large', pointer: '' }],
    })
    const deep = (depth: number): Json => (depth === 0 ? 1 : [deep(depth - 1)])
    expect(admit([{ action: 'a', metadata: { m: deep(30) } }])).toMatchObject({ admitted: true })
    expect(admit([{ action: 'a', metadata: { m: deep(31) } }])).toMatchObject({
      problems: [{ code: 'too_deep' }],
    })
  })

  it('takes limits of its own', () => {
    expect(admit([{ action: 'a' }, { action: 'b' }], { entries: 1 })).toMatchObject({
      problems: [{ code: 'too_many' }],
    })
  })
})

describe('a field of an entry', () => {
  const actor = (fields: Sent) => ({ actor: { type: 'user', ...fields } })
  const context = (fields: Sent) => ({ context: fields })
  const operation = (fields: Sent) => ({ operation: { type: 'query', ...fields } })

  it.each<[string, (text: string) => Sent, number, string]>([
    ['action', (text) => ({ action: text }), 256, '/action'],
    ['category', (text) => ({ category: text }), 64, '/category'],
    ['error_code', (text) => ({ error_code: text }), 512, '/error_code'],
    ['description', (text) => ({ description: text }), 16_384, '/description'],
    ['actor.id', (text) => actor({ id: text }), 512, '/actor/id'],
    ['actor.label', (text) => actor({ label: text }), 1_024, '/actor/label'],
    ['actor.name', (text) => actor({ name: text }), 1_024, '/actor/name'],
    ['actor.email', (text) => actor({ email: text }), 1_024, '/actor/email'],
    ['resource.type', (text) => ({ resource: { type: text } }), 512, '/resource/type'],
    ['resource.id', (text) => ({ resource: { type: 't', id: text } }), 512, '/resource/id'],
    ['resource.label', (text) => ({ resource: { type: 't', label: text } }), 1_024, '/resource/label'],
    ['targets', (text) => ({ targets: [{ type: 't' }, { type: text }] }), 512, '/targets/1/type'],
    ['session_id', (text) => context({ session_id: text }), 512, '/context/session_id'],
    ['request_id', (text) => context({ request_id: text }), 512, '/context/request_id'],
    ['correlation_id', (text) => context({ correlation_id: text }), 512, '/context/correlation_id'],
    ['region', (text) => context({ region: text }), 512, '/context/region'],
    ['location', (text) => context({ location: text }), 1_024, '/context/location'],
    ['user_agent', (text) => context({ user_agent: text }), 4_096, '/context/user_agent'],
    ['source.name', (text) => ({ source: { name: text } }), 512, '/source/name'],
    ['workspace.id', (text) => ({ workspace: { id: text } }), 512, '/workspace/id'],
    ['workspace.name', (text) => ({ workspace: { id: 'w', name: text } }), 1_024, '/workspace/name'],
    ['operation.name', (text) => operation({ name: text }), 1_024, '/operation/name'],
    ['operation.text', (text) => operation({ text }), 131_072, '/operation/text'],
  ])('%s is a string up to its length', (_field, entryWith, lengthMax, pointer) => {
    expect(admitOne(entryWith('x'.repeat(lengthMax)))).toMatchObject(entryWith('x'.repeat(lengthMax)))
    expect(admitOne(entryWith('x'.repeat(lengthMax + 1)))).toEqual([`too_large ${pointer}`])
    expect(admitOne(entryWith(1 as never))).toEqual([`wrong_type ${pointer}`])
    expect(admitOne(entryWith(null as never))).toEqual([`wrong_type ${pointer}`])
    expect(messageOf(entryWith(null as never))).toContain('leave the field out instead of sending null')
  })

  it.each<[Sent, string]>([
    [{ action: '' }, '/action'],
    [{ category: '' }, '/category'],
    [actor({ id: '' }), '/actor/id'],
    [{ resource: { type: '' } }, '/resource/type'],
    [{ resource: { type: 't', id: '' } }, '/resource/id'],
    [{ source: { name: '' } }, '/source/name'],
    [{ workspace: { id: '' } }, '/workspace/id'],
  ])('must not be empty in %j', (fields, pointer) => {
    expect(admitOne(fields)).toEqual([`invalid_value ${pointer}`])
  })

  it.each<[Sent]>([
    [{ description: '' }],
    [{ error_code: '' }],
    [actor({ label: '', name: '', email: '' })],
    [
      context({
        user_agent: '',
        session_id: '',
        request_id: '',
        region: '',
        location: '',
        correlation_id: '',
      }),
    ],
    [operation({ name: '', text: '' })],
    [{ targets: [], metadata: {} }],
  ])('may be empty in %j', (fields) => {
    expect(admitOne(fields)).toMatchObject(fields)
  })

  it.each([
    'a b',
    'a\t',
    '\u00a0a',
    'a\u2028',
    'a\u0000b'.replace('\u0000', '\u0001'),
    'a\u007f',
    'a\u0085',
    '\ufeffa',
  ])('action and category take no white space and no control character, as in %j', (text) => {
    expect(admitOne({ action: text, category: text })).toEqual([
      'invalid_value /action',
      'invalid_value /category',
    ])
  })

  it.each<[Sent, string]>([
    [{ severity: 'fatal' }, '/severity'],
    [{ severity: 'INFO' }, '/severity'],
    [{ outcome: 'ok' }, '/outcome'],
    [{ actor: { type: 'constructor' } }, '/actor/type'],
    [{ operation: { type: 'update' } }, '/operation/type'],
  ])('takes only its own words, not %j', (fields, pointer) => {
    expect(admitOne(fields)).toEqual([`invalid_value ${pointer}`])
  })

  it.each<[Sent, string]>([
    [{ actor: {} }, '/actor/type'],
    [{ actor: { type: 'user', on_behalf_of: {} } }, '/actor/on_behalf_of/type'],
    [{ resource: {} }, '/resource/type'],
    [{ targets: [{ id: 'x' }] }, '/targets/0/type'],
    [{ source: {} }, '/source/name'],
    [{ workspace: {} }, '/workspace/id'],
    [{ operation: {} }, '/operation/type'],
  ])('is missed in %j', (fields, pointer) => {
    expect(admitOne(fields)).toEqual([`missing_field ${pointer}`])
  })

  it('action is missed in an entry without it', () => {
    expect(admit({})).toMatchObject({ problems: [{ code: 'missing_field', pointer: '/action' }] })
  })

  it.each([...['00000000-0000-1000-8000-000000000000', 'ffffffff-ffff-8fff-bfff-ffffffffffff', UUID]])(
    'id may be %s',
    (id) => {
      expect(admit({ id, action: 'a' })).toMatchObject({ entries: [{ id }] })
    },
  )

  it.each([
    ...[UUID.toUpperCase(), UUID.replaceAll('-', ''), `{${UUID}}`, `urn:uuid:${UUID}`, ` ${UUID}`, '', 'x'],
    ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', `${UUID}\n`],
    ...[
      '0193488e-6c00-0abc-8def-0123456789ab',
      '0193488e-6c00-9abc-8def-0123456789ab',
      '0193488e-6c00-7abc-7def-0123456789ab',
    ],
    ...['0193488e-6c00-7abc-cdef-0123456789ab', '0193488g-6c00-7abc-8def-0123456789ab'],
  ])('id may not be %j', (id) => {
    expect(admitOne({ id })).toEqual(['invalid_value /id'])
  })

  it('id in upper case gets told to come in lower case', () => {
    expect(messageOf({ id: UUID.toUpperCase() })).toContain('Send the UUID in lower case.')
  })

  it.each(['203.0.113.7', '::1', '::ffff:10.0.0.1', '2001:DB8::1'])(
    'context.ip_address may be %s, kept as sent',
    (ip_address) => {
      expect(admitOne(context({ ip_address }))).toMatchObject({ context: { ip_address } })
    },
  )

  it.each(['', '203.0.113.007', '203.0.113.7:80', 'fe80::1%eth0', 'localhost'])(
    'context.ip_address may not be %j',
    (ip) => {
      expect(admitOne(context({ ip_address: ip }))).toEqual(['invalid_value /context/ip_address'])
    },
  )

  it('source.seq is a whole number from 0', () => {
    const seq = (value: Json) => admitOne({ source: { name: 's', seq: value } })
    expect(seq(0)).toMatchObject({ source: { seq: 0 } })
    expect(seq(Number.MAX_SAFE_INTEGER)).toMatchObject({ source: { seq: Number.MAX_SAFE_INTEGER } })
    for (const value of [-1, 0.5, 1e300]) expect(seq(value)).toEqual(['invalid_value /source/seq'])
    for (const value of ['0', null, true]) expect(seq(value)).toEqual(['wrong_type /source/seq'])
    const minusZero = admitEntries(bytesOf('{"action":"a","source":{"name":"s","seq":-0}}'), 'json')
    expect(minusZero).toMatchObject({ entries: [{ content: { source: { seq: 0 } } }] })
  })

  it('targets are up to 100', () => {
    const targets = (length: number) => ({ targets: Array.from({ length }, () => ({ type: 't' })) })
    expect(admitOne(targets(100))).toMatchObject(targets(100))
    expect(admitOne(targets(101))).toEqual(['too_many /targets'])
    expect(admitOne({ targets: { type: 't' } })).toEqual(['wrong_type /targets'])
  })

  it('on_behalf_of nests up to 8 actors', () => {
    expect(admitOne({ actor: chainOf(8) })).toMatchObject({ actor: chainOf(8) })
    expect(admitOne({ actor: chainOf(9) })).toEqual([`too_deep /actor${'/on_behalf_of'.repeat(9)}`])
  })

  it('metadata is an object with any values, null among them', () => {
    expect(admitOne({ metadata: { a: null, b: [1, {}] } })).toMatchObject({
      metadata: { a: null, b: [1, {}] },
    })
    for (const metadata of [null, [], 'a', 1])
      expect(admitOne({ metadata })).toEqual(['wrong_type /metadata'])
  })

  it.each<[Json]>([[null], [false], [0], [''], [[]], [{ a: null }]])(
    'before and after may be %j',
    (state) => {
      expect(admitOne({ before: state })).toMatchObject({ before: state })
      expect(admitOne({ after: state })).toMatchObject({ after: state })
      expect(admitOne({ before: state, after: state })).toMatchObject({
        before: state,
        after: state,
        diff: [],
      })
    },
  )

  it('diff is computed when both states are given, and taken as sent otherwise', () => {
    expect(admitOne({ before: 1, after: 2, diff: [] })).toEqual(['computed_field /diff'])
    expect(admitOne({ before: 1, diff: { any: [1] } })).toMatchObject({ before: 1, diff: { any: [1] } })
    expect(admitOne({ after: null, diff: 'x' })).toMatchObject({ after: null, diff: 'x' })
    expect(admitOne({ diff: null })).toEqual(['wrong_type /diff'])
  })

  it('occurred_at is kept as sent', () => {
    for (const time of [
      '2026-11-21T02:00:00Z',
      '2026-11-21t02:00:00.123456789+05:30',
      '0001-01-01T00:00:00-00:00',
    ]) {
      expect(admitOne({ occurred_at: time })).toMatchObject({ occurred_at: time })
    }
    expect(admitOne({ occurred_at: '2026-02-30T00:00:00Z' })).toEqual(['invalid_time /occurred_at'])
    expect(admitOne({ occurred_at: 1_795_226_400 })).toEqual(['wrong_type /occurred_at'])
    expect(messageOf({ occurred_at: '2026-12-31T23:59:60Z' })).toContain('Leap seconds cannot be stored')
  })

  it('a context without fields is left out', () => {
    expect(admitOne({ context: {} })).not.toHaveProperty('context')
  })

  it('metadata and states may have a key __proto__, which pollutes nothing', () => {
    const body =
      '{"action":"a","metadata":{"__proto__":{"polluted":1}},"before":{"__proto__":1},"after":{"__proto__":2}}'
    const admission = admitEntries(bytesOf(body), 'json')
    if (!admission.admitted) expect.fail(JSON.stringify(admission.problems))
    expect(admission.entries[0]!.sections[1]!.json).toBe(
      '{"after":{"__proto__":2},"before":{"__proto__":1},"diff":[{"op":"replace","path":"/__proto__","value":2}],"metadata":{"__proto__":{"polluted":1}}}',
    )
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('a field that no entry has', () => {
  it.each<[string, string]>([
    ['{"actor_id":1}', '"actor_id" is not a field of an entry; did you mean actor.id?'],
    ['{"actorId":1}', '"actorId" is not a field of an entry; did you mean actor.id?'],
    ['{"ip_address":1}', '"ip_address" is not a field of an entry; did you mean context.ip_address?'],
    ['{"acton":1}', '"acton" is not a field of an entry; did you mean action?'],
    ['{"timestamp":1}', '"timestamp" is not a field of an entry; did you mean occurred_at?'],
    ['{"occurredAt":1}', '"occurredAt" is not a field of an entry; did you mean occurred_at?'],
    ['{"target":1}', '"target" is not a field of an entry; did you mean targets?'],
    ['{"context":{"useragent":1}}', '"useragent" is not a field of a context; did you mean user_agent?'],
    ['{"actor":{"type":"user","mail":1}}', '"mail" is not a field of an actor; did you mean email?'],
    ['{"zebra":1}', '"zebra" is not a field of an entry. Put your own fields under metadata.'],
    ['{"constructor":1}', '"constructor" is not a field of an entry. Put your own fields under metadata.'],
    ['{"__proto__":1}', '"__proto__" is not a field of an entry. Put your own fields under metadata.'],
    ['{"":1}', '"" is not a field of an entry. Put your own fields under metadata.'],
    ['{"seq":1}', '"seq" is set by the server; leave it out.'],
    ['{"_chain":1}', '"_chain" is set by the server; leave it out.'],
  ])('is refused by name: %s', (fields, message) => {
    const body = `{"action":"a",${fields.slice(1)}`
    expect(admitEntries(bytesOf(body), 'json')).toMatchObject({
      problems: [{ code: 'unknown_field', message }],
    })
  })

  it.each([
    'organization_id',
    'mode',
    'seq',
    'recorded_at',
    'entry_hash',
    'prev_hash',
    'object',
    'entity_id',
    'created_at',
  ])('%s is set by the server', (field) =>
    expect(messageOf({ [field]: 'x' })).toBe(`"${field}" is set by the server; leave it out.`),
  )

  it('may come in great numbers without taking long', () => {
    const entry = Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`actn${index}`, 1]))
    const start = performance.now()
    const admission = admit([entry, entry, entry, entry, entry])
    expect(performance.now() - start).toBeLessThan(500)
    expect(admission.admitted ? 0 : admission.problems.length).toBe(101)
  })

  it('may have a long or strange name without a long answer', () => {
    const admission = admit({ action: 'a', ['\u001b[31m'.repeat(10_000)]: 1 })
    expect(JSON.stringify(admission).length).toBeLessThan(1_000)
  })
})
