import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../tidy/source-tree.js'

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const SETUP = join(ROOT, 'packages', 'server', 'dist', 'postgres', 'testing', 'global-setup.js')

// Beside our tests a package is loaded that ended every run with 0.
it.each([
  ['1 when a test fails', 'expect(1).toBe(2)', 1],
  ['0 when none does', 'expect(1).toBe(1)', 0],
])('a run of tests ends with %s', (_what, statement, status) => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-exit-'))
  try {
    writeFileSync(join(folder, 'one.test.mjs'), `it('runs', () => { ${statement} })`)
    const test = { globals: true, include: ['one.test.mjs'], globalSetup: [SETUP] }
    writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })}`)
    const run = spawnSync(process.execPath, [VITEST, 'run', '--root', folder], { encoding: 'utf8' })
    expect([run.status, run.stdout]).toEqual([status, expect.stringMatching(/1 (?:passed|failed)/)])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
