import type { TestProject } from 'vitest/node'
import { problemsOf } from './engine-suites.js'

/** Fails a run of everything in which the suite of some engine was left out, or skipped in part. */
export function setup({ vitest }: TestProject): () => Promise<void> {
  return async () => {
    const all = await vitest.globTestSpecifications()
    const isPartial =
      vitest.state.getTestModules().length < all.length || vitest.config.testNamePattern !== undefined
    const problems = isPartial ? [] : problemsOf(testsThatRan(vitest))
    if (problems.length === 0) return
    process.stderr.write(`Engines were left out of the tests:\n${problems.join('\n')}\n`)
    process.exitCode = 1
  }
}

/** How many tests ran, by the title of their outermost `describe`. */
function testsThatRan(vitest: TestProject['vitest']): ReadonlyMap<string, number> {
  const ran = new Map<string, number>()
  for (const module of vitest.state.getTestModules())
    for (const suite of module.children.suites()) {
      const tests = [...suite.children.allTests()].filter((test) => test.result().state !== 'skipped')
      ran.set(suite.name, (ran.get(suite.name) ?? 0) + tests.length)
    }
  return ran
}
