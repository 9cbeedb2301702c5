import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT, readSources } from '../tidy/source-tree.js'
import { ENGINE_SUITES, problemsOf } from './engine-suites.js'

const whole = () =>
  new Map<string, number>(
    Object.entries(ENGINE_SUITES).flatMap(([suite, engines]) =>
      engines.map((engine) => [`${suite} ${engine}`, 7]),
    ),
  )

it('finds nothing when every engine ran the same tests', () => {
  expect(problemsOf(whole())).toEqual([])
})

it('names an engine that ran none, or fewer than another', () => {
  const ran = whole()
  ran.delete('ledger on s3')
  ran.set('journal on PostgreSQL', 6)
  expect(problemsOf(ran)).toEqual([
    '"journal on PostgreSQL" ran 6 tests of 7',
    '"ledger on s3" ran 0 tests of 7',
  ])
  expect(problemsOf(new Map())).not.toEqual([])
})

it('knows every suite that takes an engine, and looks at the end of each run of everything', () => {
  const titles = readSources().flatMap(({ lines }) =>
    lines.flatMap((line) => /\bdescribe\([`](.+ on) \$\{engine\}[`]/.exec(line)?.[1] ?? []),
  )
  expect(titles.toSorted()).toEqual(Object.keys(ENGINE_SUITES).toSorted())
  expect(readFileSync(join(ROOT, 'vitest.config.mjs'), 'utf8')).toContain(
    "'test/dist/engines/global-setup.js'",
  )
})
