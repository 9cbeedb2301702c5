import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADMISSION_LIMITS, type AdmissionLimits } from '../entry/limits.js'
import { Report } from '../entry/report.js'
import { aSentEntry, bytesOf } from '../testing/entries.js'
import { canonicalJson } from './canonical.js'
import { inspectBody } from './inspect-body.js'
import { type BodyFormat, readBody } from './read-body.js'

const NUMBER_FAULT = 'number_not_representable'

function read(body: Uint8Array | string, format: BodyFormat = 'json', limits: Partial<AdmissionLimits> = {}) {
  const report = new Report()
  const bytes = typeof body === 'string' ? bytesOf(body) : body
  const { values } = readBody(bytes, format, { ...ADMISSION_LIMITS, ...limits }, report)
  return { values, faults: report.problems().map(({ code, pointer }) => `${code} ${pointer}`), report }
}

/** The same through the exact way alone, whether or not the scan suspects anything. */
function inspect(body: Uint8Array, format: BodyFormat) {
  const report = new Report()
  const { values } = inspectBody(body, format, ADMISSION_LIMITS, report)
  return { values, faults: report.problems().map(({ code, pointer }) => `${code} ${pointer}`) }
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('readBody', () => {
  it('finds every fault of every entry at once, each at its pointer', () => {
    const { faults } = read(`[
      {"a": 1, "b": {"a": 2, "a": 3}, "a": 4},
      {"x/y": "\\ud800", "m~n": [0, 1e400], "": "\\u0000"},
      {"deep": ${nested(32)}, "after": 9007199254740992},
      {"\\udc00": 1}, 12345678901234567890
    ]`)
    expect(faults).toEqual([
      'duplicate_key /0/b/a',
      'duplicate_key /0/a',
      'lone_surrogate /1/x~1y',
      `${NUMBER_FAULT} /1/m~0n/1`,
      'nul_character /1/',
      `too_deep /2/deep${'/0'.repeat(31)}`,
      `${NUMBER_FAULT} /2/after`,
      'lone_surrogate /3',
      `${NUMBER_FAULT} /4`,
    ])
  })

  it('knows keys by what they say, not by how they are escaped', () => {
    expect(read('{"é": 1, "\\u00e9": 2}').faults).toEqual(['duplicate_key /é'])
    expect(read('{"a": 1, "\\u0061": 2}').faults).toEqual(['duplicate_key /a'])
    expect(read('{"a": 1, "A": 2, "á": 3}').faults).toEqual([])
    expect(read('{"__proto__": 1, "__proto__": 2}').faults).toEqual(['duplicate_key /__proto__'])
  })

  it('tells line, column and byte of what is no JSON', () => {
    const { report } = read('{\n  "é": tru\n}')
    expect(report.problems()).toEqual([
      {
        pointer: '/é',
        code: 'invalid_json',
        message: 'Expected a value but found "t" (line 2, column 8, byte 10).',
      },
    ])
  })

  it('tells the place in each line of NDJSON', () => {
    const { report } = read('{"a":1}\n{"é":}\n{"b":1}\n[', 'ndjson')
    expect(report.problems().map(({ message }) => /\(.*\)/.exec(message)?.[0])).toEqual([
      '(line 2, column 6, byte 14)',
      '(line 4, column 2, byte 25)',
    ])
  })

  it('names the byte order mark, which editors add unseen', () => {
    expect(read('\ufeff{}').report.problems()[0]?.message).toContain('byte order mark')
  })

  it('counts depth within an entry: the array around a batch is free', () => {
    expect(read(nested(33)).faults).toEqual([])
    expect(read(nested(34)).faults).toEqual([`too_deep ${'/0'.repeat(33)}`])
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    expect(read(objects(32)).faults).toEqual([])
    expect(read(objects(33)).faults).toEqual([`too_deep ${'/a'.repeat(32)}`])
    expect(read(`[${objects(32)}]`).faults).toEqual([])
    expect(read(`[${objects(33)}]`).faults).toEqual([`too_deep /0${'/a'.repeat(32)}`])
    expect(read(`${objects(32)}\n${objects(33)}`, 'ndjson').faults).toEqual([`too_deep /1${'/a'.repeat(32)}`])
  })

  it('reads 5 MB of opening brackets without overflow', () => {
    for (const bracket of ['[', '{"":', '[[{"a":']) {
      const body = bracket.repeat(Math.floor(5_000_000 / bracket.length))
      const start = performance.now()
      expect(read(body).faults[0]).toMatch(/^too_(?:deep|large) /)
      expect(performance.now() - start).toBeLessThan(1_000)
    }
    const shallow = read('['.repeat(5_000_000), 'json', { entryBytes: 6_000_000 })
    expect(shallow.faults[0]).toMatch(/^too_deep /)
  })

  it.each([
    ['body', { bodyBytes: 10 }, '{"a":1234}', '{"a":12345}', 'too_large '],
    ['entry', { entryBytes: 10 }, ' [ {"a":1234} , {} ] ', '[{},{"a":12345}]', 'too_large /1'],
    ['single entry', { entryBytes: 10 }, '\n{"a":1234}\n', '{"a":12345}', 'too_large '],
    ['batch', { entries: 2 }, '[1,2]', '[1,2,3]', 'too_many '],
  ] as const)('honours the limit of the %s exactly', (_what, limits, inside, outside, fault) => {
    expect(read(inside, 'json', limits).faults).toEqual([])
    expect(read(outside, 'json', limits).faults).toEqual([fault])
  })

  it('measures entries the same where it already looks for another fault', () => {
    expect(read('[1e999,{"a":1234}]', 'json', { entryBytes: 10 }).faults).toEqual([`${NUMBER_FAULT} /0`])
    expect(read('[1e999,{"a":12345}]', 'json', { entryBytes: 10 }).faults).toEqual([
      `${NUMBER_FAULT} /0`,
      'too_large /1',
    ])
    expect(read('[{"}":"\\"}","b":[123456]},1e999]', 'json', { entryBytes: 12 }).faults).toEqual([
      'too_large /0',
      `${NUMBER_FAULT} /1`,
    ])
    expect(read('[[["]\\"]"]],1e999]', 'json', { depth: 1 }).faults).toEqual([
      'too_deep /0/0',
      `${NUMBER_FAULT} /1`,
    ])
  })

  it('refuses far too many entries without reading them all', () => {
    const start = performance.now()
    expect(read(`[${'{"a":1},'.repeat(600_000)}{}]`).faults).toEqual(['too_many '])
    expect(read('{"a":1}\n'.repeat(600_000), 'ndjson').faults).toEqual(['too_many '])
    expect(performance.now() - start).toBeLessThan(200)
  })

  it('counts the bytes of an entry, not its characters', () => {
    expect(read('{"a":"€€"}', 'json', { entryBytes: 14 }).faults).toEqual([])
    expect(read('{"a":"€€"}', 'json', { entryBytes: 13 }).faults).toEqual(['too_large '])
  })

  it('lets faults that keep the text readable not hide the values', () => {
    expect(read('[{"a":1,"a":2}]').values).toEqual([{ a: 2 }])
    expect(read('{"a":1,"a":2}\n{"b":}\n{"c":1e400}', 'ndjson').values).toEqual([
      { a: 2 },
      undefined,
      { c: Infinity },
    ])
  })

  it('takes NDJSON with any line ends and blank lines at the end only', () => {
    expect(read('{"a":1}\r\n{"b":2}\r\n', 'ndjson')).toMatchObject({
      values: [{ a: 1 }, { b: 2 }],
      faults: [],
    })
    expect(read('{"a":1}\n \n\n', 'ndjson')).toMatchObject({ values: [{ a: 1 }], faults: [] })
    expect(read('{"a":1}\n\n{"b":2}\n\n{"c":3}', 'ndjson').faults).toEqual(['empty /1', 'empty /3'])
    expect(read('\n{"a":1}', 'ndjson').faults).toEqual(['empty /0'])
    expect(read('{"a":1}\u00a0', 'ndjson').faults).toEqual(['invalid_json /0'])
    expect(read('{"a":\n1}', 'ndjson').faults).toEqual(['invalid_json /0/a', 'invalid_json /1'])
    expect(read('{"a":1}{"b":2}', 'ndjson').faults).toEqual(['invalid_json /0'])
    expect(read('1\n2\n3', 'ndjson', { entries: 2 }).faults).toEqual(['too_many '])
    expect(read('1\nx\n3', 'ndjson', { entries: 2 }).faults).toEqual(['invalid_json /1', 'too_many '])
  })

  it.each(['', ' ', '\n\n', '\t\r\n'])('calls the body %j empty', (body) => {
    expect(read(body).faults).toEqual(['empty '])
    expect(read(body, 'ndjson').faults).toEqual(['empty '])
  })

  it('does not let a key __proto__ pollute or hide anything', () => {
    const { values, faults } = read(
      '[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]',
    )
    expect(faults).toEqual([])
    expect(Object.hasOwn(values[0] as object, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(values[0])).toBe(Object.prototype)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('lists 100 problems and counts the rest', () => {
    const body = `[${Array.from({ length: 130 }, () => '1e999').join(',')}]`
    const problems = read(body).report.problems()
    expect(problems).toHaveLength(101)
    expect(problems[100]).toMatchObject({
      pointer: '',
      code: 'too_many',
      message: expect.stringContaining('30 more'),
    })
  })

  it('keeps an answer small when keys are long', () => {
    const key = 'k'.repeat(100_000)
    const problems = read(`{"a":{"${key}":{"b":1e999}}}`).report.problems()
    expect(problems[0]?.pointer).toBe('/a')
  })
})

/** JSON text that is often right and often wrong in a single place. */
const jsonText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(
      ...[
        '0',
        '-0',
        '1e2',
        '1e400',
        '1e-400',
        '9007199254740991',
        '9007199254740992',
        '0.1',
        '01',
        '-',
        'true',
        'nul',
      ],
      ...[
        '""',
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        '"\\u0000"',
        '"\\u00e9"',
        '"é"',
        '"\\q"',
        '"',
        '"\\\\ud800"',
        '"\\"',
      ],
      ...['0.30000000000000004', '0.1000000000000000055511151231257827', '"\n"', '"\u2028"'],
    ),
    fc.double().map((double) => String(double)),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 3 }).map((elements) => `[${elements.join(',')}]`),
    fc
      .array(fc.tuple(fc.constantFrom('"a"', '"b"', '"\\u0061"', '"__proto__"', '"é"', '1'), tie('value')), {
        maxLength: 4,
      })
      .map((members) => `{${members.map(([key, value]) => `${key} : ${value}`).join(', ')}}`),
  ),
})).value

function expectBothWaysToAgree(body: Uint8Array, format: BodyFormat): void {
  const quick = read(body, format)
  const exact = inspect(body, format)
  expect(quick.faults).toEqual(exact.faults)
  if (quick.faults.length > 0) return
  expect(quick.values.map((value) => canonicalJson(value!))).toEqual(
    exact.values.map((value) => canonicalJson(value!)),
  )
}

describe('the quick and the exact way', () => {
  it('agree on JSON text of all kinds', () => {
    const property = fc.property(
      jsonText,
      fc.constantFrom('json' as const, 'ndjson' as const),
      (text, format) => {
        expectBothWaysToAgree(bytesOf(text), format)
      },
    )
    fc.assert(property, { numRuns: 10_000 })
  })

  it('agree on bytes changed at random, and never alter what they take', () => {
    const samples = [
      bytesOf(JSON.stringify([aSentEntry(0), aSentEntry(1)])),
      bytesOf(JSON.stringify(aSentEntry(2), null, 1)),
      bytesOf('{"a":{"b":[1.5,"\\ud83d\\ude00",{"c":null}],"é":"€"},"d":123456789.125}\n{"a":-0.0e1}'),
    ]
    const edits = fc.array(
      fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...bytesOf('"\\{}[]:,ud0e.-\n'))), fc.nat(2)),
      { minLength: 1, maxLength: 3 },
    )
    const property = fc.property(
      fc.constantFrom(...samples),
      edits,
      fc.constantFrom('json' as const, 'ndjson' as const),
      (sample, changes, format) => {
        const bytes = Array.from(sample)
        for (const [at, byte, kind] of changes)
          bytes.splice(at % bytes.length, kind === 0 ? 0 : 1, ...(kind === 1 ? [] : [byte]))
        const body = Uint8Array.from(bytes)
        expectBothWaysToAgree(body, format)
        const { values, faults } = read(body, 'json')
        if (faults.length > 0) return
        const independent = JSON.parse(
          new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
        )
        expect(canonicalJson([...values] as never)).toBe(
          canonicalJson(Array.isArray(independent) ? independent : [independent]),
        )
      },
    )
    fc.assert(property, { numRuns: 10_000 })
  })
})
