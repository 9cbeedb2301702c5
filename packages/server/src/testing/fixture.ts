import { readFileSync } from 'node:fs'

/**
 * A file of the folder `fixtures` beside a test's source, with each `{{name}}` replaced. Tests run from `dist`, where
 * only what was compiled is. `testUrl` is the test's own `import.meta.url`.
 */
export function readFixture(
  testUrl: string,
  name: string,
  values: Readonly<Record<string, string>> = {},
): string {
  const url = new URL(`fixtures/${name}`, testUrl.replace('/dist/', '/src/'))
  return readFileSync(url, 'utf8').replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key]
    if (value === undefined) throw new Error(`Fixture ${name} needs a value for ${key}.`)
    return value
  })
}
