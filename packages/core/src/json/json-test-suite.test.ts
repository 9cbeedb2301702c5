import { describe, expect, it } from 'vitest'
import { ADMISSION_LIMITS } from '../entry/limits.js'
import type { Problem } from '../entry/problem.js'
import { Report } from '../entry/report.js'
import { inspectBody } from './inspect-body.js'
import { readBody } from './read-body.js'

// The cases of github.com/nst/JSONTestSuite by what their names say, one a line; «0a» is the byte 0x0a.

/** `n_`: no JSON. */
const REFUSED = String.raw`
["a",«00»a]
[1 true]
[a«e5»]
["": 1]
[""],
[,1]
[1,,2]
["x",,]
["x"]]
["",]
["x"
[x
[3[4]]
[«ff»]
[1:2]
[,]
[-]
[   , ""]
["a",«0a»4«0a»,1,
[1,]
[1,,]
["«0b»a"\f]
[*]
[""
[1,
[1,«0a»1«0a»,1
[{}
[fals]
[nul]
[tru]
123«00»
[++1234]
[+1]
[+Inf]
[-01]
[-1.0.]
[-2.]
[-NaN]
[.-1]
[.2e-3]
[0.1.2]
[0.3e+]
[0.3e]
[0.e1]
[0E+]
[0E]
[0e+]
[0e]
[1.0e+]
[1.0e-]
[1.0e]
[1 000.0]
[1eE2]
[2.e+3]
[2.e-3]
[2.e3]
[9.e+]
[Inf]
[NaN]
[１]
[1+2]
[0x1]
[0x42]
[Infinity]
[0e+-1]
[-123.123foo]
[123«e5»]
[1e1«e5»]
[0«e5»]
[-Infinity]
[-foo]
[- 1]
[-012]
[-.123]
[-1x]
[1ea]
[1e«e5»]
[1.]
[.123]
[1.2a-3]
[1.8011670033376514H-308]
[012]
[00.0]
[-00.0]
[00e0]
[-00e0]
["x", truth]
{[: "x"}
{"x", null}
{"x"::"b"}
{🇨🇭}
{"a":"a" 123}
{key: 'value'}
{"«b9»":"0",}
{"a" b}
{:"b"}
{"a" "b"}
{"a":
{"a"
{1:1}
{9999E9999:1}
{null:null,null:null}
{"id":0,,,,,}
{'a':0}
{"id":0,}
{"a":"b"}/**/
{"a":"b"}/**//
{"a":"b"}//
{"a":"b"}/
{"a":"b",,"c":"d"}
{a: "b"}
{"a":"a
{ "foo" : "bar", "a" }
{"a":"b"}#
«20»
["\uD800\"]
["\uD800\u"]
["\uD800\u1"]
["\uD800\u1x"]
[é]
["\«00»"]
["\x00"]
["\\\"]
["\«09»"]
["\🌀"]
["\"]
["\u00A"]
["\uD834\uDd"]
["\uD800\uD800\x"]
["\u«e5»"]
["\a"]
["\uqqqq"]
["\«e5»"]
[\u0020"asd"]
[\n]
"
['single quote']
abc
["\
["\177"]
["a«00»a"]
["new«0a»line"]
["«09»"]
"\UA66D"
""x
[«e2»«81»«a0»]
«ef»«bb»«bf»
<.>
[<null>]
[1]x
[1]]
["asd]
aå
[True]
1]
{"x": true,
[][]
]
«ef»«bb»{}
«e5»
[
«00»
«00»{}
2@
{}}
{"":
{"a":/*comment*/"b"}
{"a": true} "x"
['
[,
[{
["a
["a"
{
{]
{,
{[
{"a
{'a'
["\{["\{["\{["\{
«e9»
*
{"a":"b"}#{}
[\u000A""]
[1
[ false, nul
[ true, fals
[ false, tru
{"asd":"asd"
å
[⁠]
[«0c»]
{"a":"b"}/*
«ef»«bb»«bf»{}`

/** `y_`: JSON that we take. */
const ACCEPTED = String.raw`
[[]   ]
[""]
[]
["a"]
[false]
[null, 1, "1", {}]
[null]
[1«0a»]
 [1]
[1,null,null,null,2]
[2]«20»
[123e65]
[0e+1]
[0e1]
[ 4]
[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]
[20e1]
[-0]
[-123]
[-1]
[1E22]
[1E-2]
[1E+2]
[123e45]
[123.456e78]
[1e-2]
[1e+2]
[123]
[123.456789]
{"asd":"sdf", "dfg":"fgh"}
{"asd":"sdf"}
{}
{"":0}
{ "min": -1.0e+28, "max": 1.0e+28 }
{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
{"a":[]}
{"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430 \u0417\u0435\u043c\u043b\u0435\u043a\u043e\u043f\u0430"}
{«0a»"a": "b"«0a»}
["\u0060\u012a\u12AB"]
["\uD801\udc37"]
["\ud83d\ude39\ud83d\udc8d"]
["\"\\\/\b\f\n\r\t"]
["\\u0000"]
["\""]
["a/*b*/c/*d//e"]
["\\a"]
["\\n"]
["\u0012"]
["\uFFFF"]
["asd"]
[ "asd"]
["\uDBFF\uDFFF"]
["new\u00A0line"]
["«f4»«8f»«bf»«bf»"]
["«ef»«bf»«bf»"]
["\u002c"]
["π"]
["«f0»«9b»«bf»«bf»"]
["asd "]
" "
["\uD834\uDd1e"]
["\u0821"]
["\u0123"]
["«e2»«80»«a8»«e2»«80»«a9»"]
["\u0061\u30af\u30EA\u30b9"]
["new\u000Aline"]
["«7f»"]
["\uA66D"]
["\u005C"]
["⍂㈴⍂"]
["\uDBFF\uDFFE"]
["\uD83F\uDFFE"]
["\u200B"]
["\u2064"]
["\uFDD0"]
["\uFFFE"]
["\u0022"]
["€𝄞"]
["a«7f»a"]
false
42
-0.1
null
"asd"
true
""
["a"]«0a»
[true]
 []«20»`

/** `i_`, which is anybody's choice, and the few `y_` that we refuse: with the code and the pointer of the refusal. */
const DECIDED = String.raw`
duplicate_key /a {"a":"b","a":"c"}
duplicate_key /a {"a":"b","a":"b"}
nul_character /0 ["\u0000"]
nul_character - {"foo\u0000bar": 42}
number_not_representable /0 [123.456e-789]
number_not_representable /0 [0.4e006699999999999999999999999999999999999999999999999999999999999999999999999969999999006]
number_not_representable /0 [-1e+9999]
number_not_representable /0 [1.5e+9999]
number_not_representable /0 [-123123e100000]
number_not_representable /0 [123123e100000]
number_not_representable /0 [123e-10000000]
number_not_representable /0 [-123123123123123123123123123123]
number_not_representable /0 [100000000000000000000]
number_not_representable /0 [-237462374673276894279832749832423479823246327846]
lone_surrogate - {"\uDFAA":0}
lone_surrogate /0 ["\uDADA"]
lone_surrogate /0 ["\uD888\u1234"]
lone_surrogate /0 ["\uD800\n"]
lone_surrogate /0 ["\uDd1ea"]
lone_surrogate /0 ["\uD800\uD800\n"]
lone_surrogate /0 ["\ud800"]
lone_surrogate /0 ["\ud800abc"]
lone_surrogate /0 ["\uDd1e\uD834"]
lone_surrogate /0 ["\uDFAA"]
lone_surrogate /0 ["\uDFAA\uDFAA"]
lone_surrogate /0 ["\uD834\uD834\uDd1e"]
invalid_utf8 - «ff»«fe»[«00»"«00»«e9»«00»"«00»]«00»
invalid_utf8 /0 ["«e6»«97»«a5»«d1»«88»«fa»"]
invalid_utf8 /0 ["«ed»«a0»«80»"]
invalid_utf8 /0 ["«ff»"]
invalid_utf8 /0 ["«e9»"]
invalid_utf8 /0 ["«f4»«bf»«bf»«bf»"]
invalid_utf8 /0 ["«fc»«83»«bf»«bf»«bf»«bf»"]
invalid_utf8 /0 ["«fc»«80»«80»«80»«80»«80»"]
invalid_utf8 /0 ["«c0»«af»"]
invalid_utf8 /0 ["«81»"]
invalid_utf8 /0 ["«e0»«ff»"]
invalid_json - «00»[«00»"«00»«e9»«00»"«00»]
invalid_json - «ef»«bb»«bf»{}`

function linesOf(table: string): readonly string[] {
  return table.slice(1).split('\n')
}

function bytesWith(notation: string): Uint8Array {
  const encoder = new TextEncoder()
  const parts = notation.split(/«([0-9a-f]{2})»/)
  return Uint8Array.from(
    parts.flatMap((part, index) =>
      index % 2 === 1 ? [Number.parseInt(part, 16)] : [...encoder.encode(part)],
    ),
  )
}

function problemsOf(body: Uint8Array, read: typeof readBody): readonly Problem[] {
  const report = new Report()
  read(body, 'json', ADMISSION_LIMITS, report)
  return report.problems()
}

describe.each([
  ['readBody', readBody],
  ['inspectBody', inspectBody],
])('%s on the JSON test suite', (_name, read) => {
  it.each(linesOf(REFUSED))('refuses %s', (notation) => {
    const codes = problemsOf(bytesWith(notation), read).map(({ code }) => code)
    expect(['invalid_json', 'invalid_utf8', 'empty']).toContain(codes.at(-1))
  })

  it.each(linesOf(ACCEPTED))('takes %s', (notation) => {
    expect(problemsOf(bytesWith(notation), read)).toEqual([])
  })

  it.each(linesOf(DECIDED).map((line) => line.split(/ (?=.)/)))(
    'answers %s at %s to %s',
    (code, at, ...notation) => {
      const pointer = at === '-' ? '' : at
      expect(problemsOf(bytesWith(notation.join(' ')), read)).toEqual([
        { code, pointer, message: expect.any(String) },
      ])
    },
  )

  it('refuses 100,000 arrays or objects within each other, closed or not', () => {
    for (const text of ['['.repeat(100_000), '[{"":'.repeat(50_000), '['.repeat(1e5) + ']'.repeat(1e5)]) {
      const codes = problemsOf(bytesWith(text), read).map(({ code }) => code)
      expect(codes[0]).toBe('too_deep')
    }
  })
})

it('refuses 500 nested arrays, which the suite leaves open, for their depth alone', () => {
  const body = bytesWith('['.repeat(500) + ']'.repeat(500))
  expect(problemsOf(body, readBody).map(({ code }) => code)).toEqual(['too_deep'])
})
