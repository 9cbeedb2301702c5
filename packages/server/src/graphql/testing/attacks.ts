/** What an attack builds on: a field of the root that has fields itself, and a scalar below it. */
export interface AttackTarget {
  /** Such as `account`; with arguments where they are needed. */
  readonly object: string
  /** A scalar field of it. */
  readonly scalar: string
  /** The type of the object. */
  readonly type: string
}

/** A document, or a whole body when `body` is there. */
export interface Attack {
  readonly name: string
  readonly query?: string
  readonly variables?: object
  readonly body?: string
}

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ')
const nested = (count: number, open: string, inner: string, close = '}') =>
  open.repeat(count) + inner + close.repeat(count)

/** Documents that ask for too much, in the ways that are known; each must be refused at once. */
export function attacks({ object, scalar, type }: AttackTarget): readonly Attack[] {
  return [
    ...wide(object, scalar),
    ...deep(object, scalar),
    ...fragments(object, scalar, type),
    ...directives(object, scalar),
    ...introspection(),
    ...bodies(object, scalar),
  ]
}

function wide(object: string, scalar: string): readonly Attack[] {
  return [
    { name: '__typename × 100,000', query: `{ ${'__typename '.repeat(10_000)} }` },
    { name: '__typename × 998', query: `{ ${'__typename '.repeat(998)} }` },
    { name: 'aliases × 10,000', query: `{ ${times(5_000, (i) => `a${i}: __typename`)} }` },
    { name: 'aliases × 16', query: `{ ${object} { ${times(16, (i) => `a${i}: ${scalar}`)} } }` },
    { name: 'aliases × 300', query: `{ ${object} { ${times(300, (i) => `a${i}: ${scalar}`)} } }` },
    { name: 'the same alias × 300', query: `{ ${object} { ${times(300, () => `a: ${scalar}`)} } }` },
    { name: 'root fields × 6', query: `{ ${times(6, () => `${object} { ${scalar} }`)} }` },
    { name: 'root fields × 100', query: `{ ${times(60, () => `${object} { ${scalar} }`)} }` },
    { name: 'root aliases × 6', query: `{ ${times(6, (i) => `a${i}: ${object} { ${scalar} }`)} }` },
    { name: 'operations × 300', query: times(300, (i) => `query Q${i} { __typename }`) },
    { name: 'operations of one name', query: times(100, () => 'query Q { __typename }') },
    { name: 'variables × 300', query: `query Q(${times(240, (i) => `$v${i}: Int`)}) { __typename }` },
    { name: 'unknown fields × 400', query: `{ ${times(400, (i) => `unknown${i}`)} }` },
    {
      name: 'unknown arguments × 200',
      query: `{ ${object.split('(')[0]}(${times(200, (i) => `x${i}: 1`)}) { ${scalar} } }`,
    },
    { name: 'conflicting fields × 240', query: `{ ${times(240, (i) => `a: unknown${i}`)} }` },
    { name: 'a name of 90,000 letters', query: `{ ${'a'.repeat(90_000)} }` },
    {
      name: 'a text of 90,000 letters',
      query: `{ ${object.split('(')[0]}(x: "${'a'.repeat(90_000)}") { ${scalar} } }`,
    },
    { name: 'a comment of 90,000 letters', query: `#${'a'.repeat(90_000)}` },
    { name: 'commas × 90,000', query: `{ unknown ${','.repeat(90_000)} }` },
    {
      name: 'a list of 900',
      query: `{ ${object.split('(')[0]}(x: [${times(900, (i) => String(i))}]) { ${scalar} } }`,
    },
  ]
}

function deep(object: string, scalar: string): readonly Attack[] {
  return [
    { name: '20 levels', query: nested(20, '{ a ', '{ b }') },
    { name: '400 levels', query: nested(400, '{ a ', '{ b }') },
    { name: '20,000 levels', query: nested(20_000, '{a', '{b}') },
    { name: '490 inline fragments', query: nested(320, '{ ... ', '{ unknown }') },
    { name: 'the field in itself × 50', query: nested(50, `{ ${object} `, `{ ${scalar} }`) },
    {
      name: 'a value of 400 levels',
      query: `{ ${object.split('(')[0]}(x: ${'['.repeat(400)}1${']'.repeat(400)}) { ${scalar} } }`,
    },
    {
      name: 'an object value of 250 levels',
      query: `{ ${object.split('(')[0]}(x: ${'{a: '.repeat(250)}1${'}'.repeat(250)}) { ${scalar} } }`,
    },
    {
      name: 'a type of 400 levels',
      query: `query Q($v: ${'['.repeat(400)}Int${']'.repeat(400)}) { __typename }`,
    },
    { name: 'unclosed braces × 900', query: '{a'.repeat(450) },
    { name: 'closing braces × 900', query: '}'.repeat(900) },
  ]
}

function fragments(object: string, scalar: string, type: string): readonly Attack[] {
  const inObject = (spread: string) => `{ ${object} { ${spread} } }`
  const chain = (length: number, body: (next: string) => string, last: string) =>
    times(length, (i) => `fragment F${i} on ${type} { ${i === length - 1 ? last : body(`...F${i + 1}`)} }`)
  return [
    { name: 'a fragment in itself', query: `${inObject('...F')} fragment F on ${type} { ...F }` },
    {
      name: 'two in each other',
      query: `${inObject('...A')} fragment A on ${type} { ...B } fragment B on ${type} { ...A }`,
    },
    { name: 'a ring of 60', query: `${inObject('...F0')} ${chain(60, (next) => next, '...F0')}` },
    { name: 'a ring that nobody spreads', query: `{ __typename } ${chain(30, (next) => next, '...F0')}` },
    {
      name: 'a ring through fields',
      query: `{ ...A } fragment A on Query { ${object} { ...B } } fragment B on ${type} { ...A }`,
    },
    {
      name: 'aliases doubled 40 times',
      query: `${inObject('...F0')} ${chain(40, (next) => `${next} ... { ${next} }`, `a: ${scalar}`)}`,
    },
    {
      name: 'root fields doubled 30 times',
      query: `{ ...F0 } ${times(30, (i) => `fragment F${i} on Query { ${i === 29 ? `${object} { ${scalar} }` : `...F${i + 1} ... { ...F${i + 1} }`} }`)}`,
    },
    {
      name: 'directives doubled 30 times',
      query: `${inObject('...F0')} ${chain(30, (next) => `${next} ... { ${next} }`, `${scalar} @skip(if: false)`)}`,
    },
    {
      name: 'fragments × 120 unused',
      query: `{ __typename } ${times(120, (i) => `fragment F${i} on ${type} { ${scalar} }`)}`,
    },
    { name: 'spreads × 450 of nothing', query: inObject('...X '.repeat(450)) },
    {
      name: 'fragments of one name × 100',
      query: `${inObject('...F')} ${times(100, () => `fragment F on ${type} { ${scalar} }`)}`,
    },
  ]
}

function directives(object: string, scalar: string): readonly Attack[] {
  return [
    {
      name: '@skip × 150 on one field',
      query: `{ ${object} { ${scalar} ${'@skip(if: false) '.repeat(150)} } }`,
    },
    { name: '@include × 51', query: `{ ${object} { ${times(51, () => `${scalar} @include(if: true)`)} } }` },
    { name: 'unknown directives × 400', query: `{ ${object} { ${scalar} ${'@x '.repeat(400)} } }` },
    { name: 'directives on the operation', query: `query Q ${'@x '.repeat(400)} { __typename }` },
    {
      name: '@skip on fragments × 60',
      query: `{ ${times(60, () => '... @skip(if: true) { __typename }')} }`,
    },
  ]
}

function introspection(): readonly Attack[] {
  const types = (inner: string) => `{ __schema { types { ${inner} } } }`
  return [
    {
      name: 'fields of types of fields',
      query: types('fields { type { fields { type { fields { type { name } } } } } }'),
    },
    {
      name: 'possible types in a circle',
      query: types(nested(6, 'possibleTypes { interfaces { ', 'name', '} }')),
    },
    { name: 'ofType × 20', query: types(nested(20, 'ofType { ', 'name')) },
    {
      name: 'types × 12 by alias',
      query: `{ __schema { ${times(12, (i) => `a${i}: types { name fields { name args { name type { name fields { name args { name } } } } } }`)} } }`,
    },
    { name: 'the schema × 12', query: `{ ${times(12, (i) => `a${i}: __schema { types { name } }`)} }` },
    { name: '__type × 12', query: `{ ${times(12, (i) => `a${i}: __type(name: "Query") { name }`)} }` },
    { name: 'interfaces in themselves', query: types(nested(8, 'interfaces { ', 'name')) },
  ]
}

function bodies(object: string, scalar: string): readonly Attack[] {
  const query = `{ ${object} { ${scalar} } }`
  const json = (variables: string) => `{"query":${JSON.stringify(query)},"variables":${variables}}`
  return [
    { name: 'a batch × 1,000', body: JSON.stringify(Array.from({ length: 1_000 }, () => ({ query }))) },
    { name: 'a batch of nothing', body: '[]' },
    { name: 'variables of 1 MB', body: json(`{"x":"${'x'.repeat(1_000_000)}"}`) },
    {
      name: 'variables × 200,000',
      body: json(`{${Array.from({ length: 200_000 }, (_, i) => `"v${i}":1`).join(',')}}`),
    },
    { name: 'variables of 40,000 levels', body: json(`{"x":${'['.repeat(40_000)}${']'.repeat(40_000)}}`) },
    { name: 'variables of 100 levels', body: json(`{"x":${'['.repeat(100)}${']'.repeat(100)}}`) },
    { name: 'JSON cut off', body: json('{').slice(0, -2) },
    { name: 'quotes × 50,000', body: `{"query":"${'\\"'.repeat(50_000)}` },
    { name: 'a body of NULs', body: '\u0000'.repeat(1_000) },
    { name: 'another prototype', body: `{"query":${JSON.stringify(query)},"__proto__":{"x":1}}` },
    { name: 'an empty body', body: '' },
  ]
}
