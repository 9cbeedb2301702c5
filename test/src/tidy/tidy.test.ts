import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ERRORS, SEARCH_KEYS } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { functionSizes, ROOT, readSources } from './source-tree.js'

const FILE_LINES_MAX = 500
const FUNCTION_LINES_MAX = 70

/** Larger than the limit when the limit came; each may shrink, none may grow, and none may join them. */
const RATCHET: {
  readonly files: Readonly<Record<string, number>>
  readonly functions: Readonly<Record<string, number>>
} = JSON.parse(readFileSync(join(ROOT, 'test/tidy-ratchet.json'), 'utf8'))

/** What each folder may import of the repository, besides itself. The first that fits counts. Inwards only. */
const MAY_IMPORT: readonly (readonly [folder: string, imports: readonly string[]])[] = [
  ['packages/core/src/', []],
  // Trusted because it can be read whole: it needs nothing of the server.
  ['packages/verify/src/', []],
  ['packages/viewer/src/', []],
  ['packages/web/src/', []],
  ['packages/server/src/sqlite/', []],
  // The one place that knows the driver of PostgreSQL.
  ['packages/server/src/postgres/', []],
  ['packages/server/src/sql/', ['packages/server/src/sqlite/', 'packages/server/src/postgres/']],
  [
    'packages/server/src/proof-export/',
    [
      'packages/server/src/journal/',
      'packages/server/src/object-storage/',
      'packages/server/src/reading/evidence-reader.ts',
      'packages/server/src/reading/read-entry.ts',
      'packages/server/src/platform-hash.ts',
    ],
  ],
  [
    'packages/server/src/witness/',
    [
      'packages/server/src/sqlite/',
      'packages/server/src/platform-hash.ts',
      'packages/server/src/signer/signing-keys.ts',
    ],
  ],
  [
    'packages/server/src/witnessing/',
    [
      'packages/server/src/sqlite/',
      'packages/server/src/platform-hash.ts',
      'packages/server/src/signer/signing-keys.ts',
      'packages/server/src/evidence/evidence.ts',
    ],
  ],
  ['packages/server/src/settings/', []],
  ['packages/server/src/threads/', []],
  ['packages/server/src/object-storage/', []],
  ['packages/server/src/limits/', []],
  [
    'packages/server/src/journal/',
    ['packages/server/src/sqlite/', 'packages/server/src/postgres/', 'packages/server/src/platform-hash.ts'],
  ],
  [
    'packages/server/src/ledger/',
    [
      'packages/server/src/journal/',
      'packages/server/src/object-storage/',
      'packages/server/src/sqlite/',
      'packages/server/src/postgres/',
      'packages/server/src/platform-hash.ts',
    ],
  ],
  ['packages/server/src/cluster/', ['packages/server/src/postgres/']],
  // The signer knows no other store: it is told what was proven.
  [
    'packages/server/src/signer/',
    ['packages/server/src/sqlite/', 'packages/server/src/postgres/', 'packages/server/src/platform-hash.ts'],
  ],
  [
    'packages/server/src/evidence/',
    [
      'packages/server/src/journal/',
      'packages/server/src/ledger/',
      'packages/server/src/signer/',
      'packages/server/src/threads/',
      'packages/server/src/platform-hash.ts',
    ],
  ],
  ['packages/server/src/index/', ['packages/server/src/sqlite/driver.ts']],
  [
    'packages/server/src/access/',
    [
      'packages/server/src/sql/',
      'packages/server/src/sqlite/',
      'packages/server/src/postgres/',
      'packages/server/src/journal/uuid.ts',
      'packages/server/src/checksum.ts',
    ],
  ],
  [
    'packages/server/src/recording/',
    [
      'packages/server/src/journal/',
      'packages/server/src/ledger/open-ledger.ts',
      'packages/server/src/threads/',
      'packages/server/src/limits/',
      'packages/server/src/index/rows.ts',
      'packages/server/src/platform-hash.ts',
      'packages/server/src/clock.ts',
      // The catalogue that entries are held against, and the counts of those that do not agree with it.
      'packages/server/src/access/actions.ts',
      'packages/server/src/access/open-access-store.ts',
      'packages/server/src/access/tables/catalogue-table.ts',
      'packages/server/src/catalogue/',
      'packages/server/src/sql/',
      'packages/server/src/sqlite/driver.ts',
    ],
  ],
  [
    'packages/server/src/indexing/',
    [
      'packages/server/src/cluster/',
      'packages/server/src/journal/journal.ts',
      'packages/server/src/index/search-index.ts',
      'packages/server/src/recording/',
    ],
  ],
  [
    'packages/server/src/reading/',
    [
      'packages/server/src/proof-export/',
      'packages/server/src/journal/',
      'packages/server/src/threads/',
      'packages/server/src/limits/',
      'packages/server/src/ledger/',
      'packages/server/src/platform-hash.ts',
      'packages/server/src/index/rows.ts',
      'packages/server/src/index/search-index.ts',
      'packages/server/src/indexing/indexing.ts',
      'packages/server/src/recording/recording-messages.ts',
    ],
  ],
  [
    'packages/server/src/integrity/',
    ['packages/server/src/access/', 'packages/server/src/journal/journal.ts'],
  ],
  [
    'packages/server/src/lifecycle/',
    [
      'packages/server/src/access/',
      'packages/server/src/evidence/evidence.ts',
      'packages/server/src/index/search-index.ts',
      'packages/server/src/indexing/indexing.ts',
      'packages/server/src/journal/journal.ts',
      'packages/server/src/ledger/content-bytes.ts',
      'packages/server/src/platform-hash.ts',
      'packages/server/src/reading/',
      'packages/server/src/recording/recorder.ts',
      'packages/server/src/self-audit/',
    ],
  ],
  [
    'packages/server/src/catalogue/',
    ['packages/server/src/sqlite/', 'packages/server/src/postgres/', 'packages/server/src/sql/'],
  ],
  [
    'packages/server/src/http/',
    [
      'packages/server/src/catalogue/',
      'packages/server/src/access/',
      'packages/server/src/limits/',
      'packages/server/src/reading/reads.ts',
      'packages/server/src/recording/recorder.ts',
      'packages/server/src/evidence/evidence.ts',
      'packages/server/src/lifecycle/erasures.ts',
      'packages/server/src/lifecycle/retention/retention.ts',
      'packages/server/src/self-audit/',
      'packages/server/src/mail/mailer.ts',
      'packages/server/src/sso/',
      'packages/server/src/index/search-index.ts',
      'packages/server/src/settings/settings.ts',
      'packages/server/src/version.ts',
    ],
  ],
  // What dialects that speak GraphQL share; it knows none of them.
  ['packages/server/src/graphql/', ['packages/server/src/http/', 'packages/server/src/reading/reads.ts']],
  // Entries about ourselves go from the access store's outbox to the recorder; neither knows the other.
  [
    'packages/server/src/self-audit/',
    ['packages/server/src/access/', 'packages/server/src/recording/recorder.ts'],
  ],
  // The administration is an API over the access store, as dialects are over entries.
  [
    'packages/server/src/dialects/access/',
    [
      'packages/server/src/http/',
      'packages/server/src/access/',
      'packages/server/src/catalogue/',
      'packages/server/src/lifecycle/',
      'packages/server/src/reading/reads.ts',
      'packages/server/src/mail/',
      'packages/server/src/sso/',
    ],
  ],
  ['packages/server/src/mail/', []],
  ['packages/server/src/outbound/', []],
  ['packages/server/src/sso/', ['packages/server/src/outbound/']],
  // A dialect knows HTTP, reading and recording; no store, no engine, no other dialect (see below).
  [
    'packages/server/src/dialects/',
    [
      'packages/server/src/http/',
      'packages/server/src/graphql/',
      'packages/server/src/catalogue/',
      'packages/server/src/reading/entry-encoder.ts',
      'packages/server/src/reading/reads.ts',
      'packages/server/src/recording/recording-messages.ts',
      'packages/server/src/evidence/evidence.ts',
      'packages/server/src/journal/journal.ts',
    ],
  ],
]

const sources = readSources()
const isTest = (path: string) => /\.test\.tsx?$|\/testing\/|conformance\.ts$|-testing\.ts$/.test(path)
const product = sources.filter(({ path }) => path.startsWith('packages/') && !isTest(path))

describe('imports', () => {
  it('point inwards', () => {
    const outward: string[] = []
    for (const { path, imports } of product) {
      const rule = MAY_IMPORT.find(([folder]) => path.startsWith(folder))
      if (rule === undefined) continue
      const allowed = [rule[0], ...rule[1]]
      for (const imported of imports.filter((name) => name.startsWith('packages/'))) {
        if (!allowed.some((prefix) => imported.startsWith(prefix)))
          outward.push(`${path} imports ${imported}`)
      }
    }
    expect(outward).toEqual([])
  })

  it('leave core pure: nothing but itself', () => {
    const impure = product
      .filter(({ path }) => path.startsWith('packages/core/'))
      .flatMap(({ path, imports }) =>
        imports.filter((name) => !name.startsWith('packages/core/')).map((name) => `${path} imports ${name}`),
      )
    expect(impure).toEqual([])
  })

  it('bring nothing into the page but core, React, what its lists are made of, and QR codes', () => {
    const known =
      /^(?:@counterfoil\/core|react|react\/.*|react-dom(?:\/client)?|qr|@tanstack\/react-(?:query|table|virtual)|packages\/web\/.*)$/
    const others = product
      .filter(({ path }) => path.startsWith('packages/web/'))
      .flatMap(({ path, imports }) =>
        imports.filter((name) => !known.test(name)).map((name) => `${path} imports ${name}`),
      )
    expect(others).toEqual([])
  })

  it('bring the driver of PostgreSQL into packages/server/src/postgres alone', () => {
    const found = product
      .filter(({ path }) => !path.startsWith('packages/server/src/postgres/'))
      .flatMap(({ path, imports }) => imports.filter((name) => name === 'pg').map(() => path))
    expect(found).toEqual([])
  })

  it('never go from one dialect to another', () => {
    const crossing = product.flatMap(({ path, imports }) => {
      const own = /^(packages\/server\/src\/dialects\/[^/]+\/)/.exec(path)?.[1]
      if (own === undefined) return []
      return imports
        .filter((name) => name.includes('/dialects/') && !name.startsWith(own))
        .map((name) => `${path} imports ${name}`)
    })
    expect(crossing).toEqual([])
  })

  it('never change who has access but through access/administration, which records it', () => {
    const change =
      /\b(?:tenants|people|memberships|roles|workspaces|apiKeys|sessions|supportAccesses|catalogue)\.(?:create|update|set\w+|remove\w*|rename|revoke\w*|end|seal\w*|forget\w*)\(|\b(?:access|store)\.(?:createOrganization|createKey|revokeKey)\(/
    const outside = product.filter(
      ({ path }) =>
        path.startsWith('packages/server/src/') && !path.startsWith('packages/server/src/access/'),
    )
    const found = outside.flatMap(({ path, lines }) =>
      lines.flatMap((line, i) => (change.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })

  it('say whose rows a statement about access is for, so that PostgreSQL guards them', () => {
    // Tables without an organization: their rows belong to nobody, or to a person.
    const free = /\/(?:organizations|people|recovery-codes|master-key)-table\.ts$|integrity_schedule/
    const found = product
      .filter(({ path }) => path.startsWith('packages/server/src/access/tables/') && !free.test(path))
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, i) => {
          const statement = `${line} ${lines[i + 1]}`
          return /#sql\.(?:all|get|run|runEach)\b/.test(line) && !free.test(statement)
            ? [`${path}:${i + 1} ${line.trim()}`]
            : []
        }),
      )
    expect(found).toEqual([])
  })

  it('tell toCaller the request, so that addresses are checked and revocation ends what runs', () => {
    const found = product
      .filter(({ path }) => path.includes('/dialects/'))
      .flatMap(({ path, lines }) =>
        [...lines.join('\n').matchAll(/\btoCaller\(((?:[^()]|\([^()]*\))*)\)/g)]
          .filter(([, args]) => !/\brequest\b/.test(args as string))
          .map(([call]) => `${path}: ${call}`),
      )
    expect(found).toEqual([])
  })

  it('reach every file that is no entry point and no test', () => {
    const imported = new Set(sources.flatMap(({ imports }) => imports))
    const entryPoints =
      /\/index\.ts$|\/main\.tsx?$|\/global-setup\.ts$|\.d\.ts$|\.test\.ts$|-process\.ts$|\/powercut\/writers\//
    const dead = sources
      .map(({ path }) => path)
      .filter((path) => !entryPoints.test(path) && !imported.has(path))
    expect(dead).toEqual([])
  })
})

describe('sizes', () => {
  it(`keep files within ${FILE_LINES_MAX} lines`, () => {
    const over = sources.filter(({ path, lines }) => lines.length > (RATCHET.files[path] ?? FILE_LINES_MAX))
    expect(over.map(({ path, lines }) => `${path}: ${lines.length}`)).toEqual([])
  })

  it(`keep functions within ${FUNCTION_LINES_MAX} lines`, () => {
    const over = product.flatMap(({ path, lines }) =>
      functionSizes(lines)
        .filter((size) => size.lines > (RATCHET.functions[`${path}#${size.name}`] ?? FUNCTION_LINES_MAX))
        .map((size) => `${path}:${size.line} ${size.name}: ${size.lines}`),
    )
    expect(over).toEqual([])
  })

  it('have no ratchet entry that is no longer needed', () => {
    const files = new Map(sources.map(({ path, lines }) => [path, lines.length]))
    const stale = Object.keys(RATCHET.files).filter((path) => (files.get(path) ?? 0) <= FILE_LINES_MAX)
    const sizes = new Map(
      product.flatMap(({ path, lines }) =>
        functionSizes(lines).map((size) => [`${path}#${size.name}`, size.lines]),
      ),
    )
    const staleFunctions = Object.keys(RATCHET.functions).filter(
      (name) => (sizes.get(name) ?? 0) <= FUNCTION_LINES_MAX,
    )
    expect([...stale, ...staleFunctions]).toEqual([])
  })

  it('measure a function as a reader would', () => {
    const lines = [
      'export function one(',
      '  a: number,',
      ') {',
      '  return a',
      '}',
      'const two = (',
      ') => {',
      '}',
    ]
    expect(functionSizes(lines).map(({ name, lines: count }) => [name, count])).toEqual([
      ['one', 5],
      ['two', 3],
    ])
  })
})

describe('words', () => {
  const banned: readonly (readonly [what: string, pattern: RegExp])[] = [
    ['a file named for nothing', /^(?:.*\/)?(?:utils?|helpers?|manager|misc|common|data|info)\.tsx?$/],
  ]
  const bannedInCode: readonly (readonly [what: string, pattern: RegExp])[] = [
    ['an unfinished mark', /\b(?:FIXME|XXX|HACK)\b|\bTODO\b(?!\(#\d+\))/],
    ['a silenced type check', /@ts-ignore|@ts-expect-error|@ts-nocheck|\bas any\b/],
    [
      'a name for nothing',
      /\b(?:class|interface|type|function)\s+\w*(?:Util|Utils|Helper|Helpers|Manager)\b/,
    ],
    ['a mock of our own code', /\bvi\.mock\(/],
    ['a test left aside', /\b(?:it|describe|test)\.(?:only|skip|todo)\(/],
    ['the environment outside of main.ts', /\bprocess\.env\b/],
  ]
  /** Reading the environment is main.ts's; a test may read its seed and whether CI runs it. */
  const mayReadEnvironment = /\/main\.ts$|\.test\.ts$|\/testing\/|^test\/|^bench\//

  it.each(banned)('name no file like %s', (_what, pattern) => {
    expect(sources.map(({ path }) => path).filter((path) => pattern.test(path))).toEqual([])
  })

  it.each(bannedInCode)('contain no %s', (what, pattern) => {
    const found = sources
      .filter(({ path }) => !path.startsWith('test/src/tidy/'))
      .filter(({ path }) => !(what.startsWith('the environment') && mayReadEnvironment.test(path)))
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
      )
    expect(found).toEqual([])
  })
})

describe('documents', () => {
  const pages = [
    ...readdirSync(ROOT),
    ...readdirSync(join(ROOT, 'docs'), { recursive: true }).map((name) => `docs/${name}`),
  ].filter((name) => name.endsWith('.md'))

  it('link only to what is there', () => {
    const broken = pages.flatMap((page) => {
      const text = readFileSync(join(ROOT, page), 'utf8')
      const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] as string)
      return targets
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page} links to ${target}`)
    })
    expect(broken).toEqual([])
  })

  it('list exactly the error codes there are', () => {
    const text = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').split('## Problems')[0] as string
    const documented = [...text.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] as string)
    expect(documented.toSorted()).toEqual(Object.keys(ERRORS).toSorted())
  })

  it('show every key of the search language', () => {
    const text = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8')
    const documented = [...text.matchAll(/^\| `([\w.]+)`(?: \(.*\))? \| .* \| `.*` \|$/gm)].map(
      (match) => match[1],
    )
    expect(documented).toEqual(SEARCH_KEYS.map(({ key }) => key))
  })

  it('show every setting', () => {
    const text = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8')
    const definitions = readFileSync(join(ROOT, 'packages/server/src/settings/settings.ts'), 'utf8')
    const variables = [...definitions.matchAll(/['`](COUNTERFOIL_\w+)'/g)].map((match) => match[1] as string)
    expect(variables.length).toBeGreaterThan(10)
    expect(variables.filter((variable) => !text.includes(`| \`${variable}\` |`))).toEqual([])
  })

  it('name in the folder map only folders that exist', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    const folders = [...text.matchAll(/`((?:packages|bench|test|docs)\/[\w/.-]*)`/g)].map(
      (match) => match[1] as string,
    )
    expect(folders.length).toBeGreaterThan(10)
    expect(folders.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([])
  })

  it('pin every dependency exactly', () => {
    const loose = [
      'package.json',
      'packages/core/package.json',
      'packages/verify/package.json',
      'packages/server/package.json',
      'packages/viewer/package.json',
      'packages/web/package.json',
      'bench/package.json',
      'test/package.json',
    ].flatMap((path) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
      return Object.entries({ ...dependencies, ...devDependencies } as Record<string, string>)
        .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${path}: ${name} ${version}`)
    })
    expect(loose).toEqual([])
  })
})
