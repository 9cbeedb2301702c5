import { createRequire } from 'node:module'

/** Of Max Woolf and others, MIT: what has broken other people's programs. */
const NAUGHTY: readonly string[] = createRequire(import.meta.url)('big-list-of-naughty-strings')

const ASCII_CONTROLS = Array.from({ length: 0x1f }, (_, i) => String.fromCharCode(i + 1))

/** Classes that the list lacks, or that break the formats of dialects in particular: CSV, JSON, base64, GraphQL, URLs. */
const OURS: readonly string[] = [
  ...ASCII_CONTROLS.map((control) => `a${control}b`),
  ASCII_CONTROLS.join(''),
  '\u007f\u0080\u0085\u009f',
  // CSV: quotes, commas and line breaks, alone, doubled and at either end.
  ...['"', '""', '"""', ',', '",', ',"', '"a"', 'a"', '"a', '\r', '\n', '\r\n', '\n\r', 'a\r\n', '\r\na'],
  ...['a,b\r\nc,"d"\r\n', ';', '\t', ' a', 'a ', "'"],
  // Formulas of spreadsheets.
  ...[
    '=1+1',
    '+1',
    '-1',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    '|calc',
    '%0A=1',
    '＝1',
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x","y")',
  ],
  // JSON and GraphQL.
  ...[
    '\\',
    '\\\\',
    '\\"',
    '\\u0000',
    '\\ud800',
    '\\ud83d\\ude00',
    '{"a":1}',
    '[',
    ']}',
    'null',
    'true',
    '-0',
    '1e400',
  ],
  ...[
    '"""block"""',
    '#comment',
    '$\u007bx}',
    '{{x}}',
    '$x',
    '...on Query',
    '\u2028\u2029',
    '\ufeff',
    '\ufffe\uffff',
  ],
  // Names that objects have already.
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'toJSON', 'length'],
  // URLs and base64.
  ...[
    '%',
    '%00',
    '%zz',
    '%2F',
    '+',
    '&a=b',
    '?',
    '#',
    '/',
    '//',
    '.',
    '..',
    '../..',
    'a+b/c==',
    'VXNlcjo=',
    'User:',
  ],
  // Printf, shells, SQL, and its wildcards.
  ...[
    '%s%n%x',
    '%1$s',
    '`id`',
    '$(id)',
    '| cat',
    '; --',
    "' OR '1'='1",
    "\\' OR 1=1",
    '%_',
    '_',
    '*',
    '/*',
    '--',
  ],
  // Directions, invisible characters, and letters whose case changes their length.
  ...[
    '\u202eabc',
    '\u2066abc\u2069',
    '\u200f\u200e',
    '\u200b',
    '\u200d',
    '\u00ad',
    '\u2060',
    '\u180e',
    '\u3164',
  ],
  ...[
    'ﷺ',
    'İ',
    'ı',
    'ß',
    'ﬀ',
    'ΟΔΥΣΣΕΥΣ',
    'שלום',
    'مرحبا',
    '👩‍👩‍👧‍👦',
    '🏳️‍🌈',
    '🇩🇪',
    '\u{10ffff}',
    '\u{1f600}',
  ],
  // The same to the eye and other bytes: nothing may be normalized.
  ...['é', 'e\u0301', 'Å', '\u212b', 'ｆｕｌｌ', '\u1e9b\u0323', `e${'\u0301'.repeat(60)}`],
  // Times, numbers and nothing, as text.
  ...[
    '0',
    '-1',
    '007',
    '1.0',
    '9007199254740993',
    '1e5',
    'NaN',
    'undefined',
    '2026-11-21T02:00:00Z',
    '(erased)',
  ],
  '',
  ' ',
  // At the limits of fields, and just past those of smaller ones.
  ...[64, 65, 256, 257, 512, 513, 1_024, 1_025, 4_096, 16_384].map((length) => 'x'.repeat(length)),
  '"'.repeat(512),
  '\u{1f600}'.repeat(256),
  '\r\n,"'.repeat(4_096),
  'long '.repeat(26_000),
]

/** Each once; none holds NUL or half of a surrogate pair, which no entry can. */
export const HOSTILE_STRINGS: readonly string[] = [...new Set([...NAUGHTY, ...OURS])]
