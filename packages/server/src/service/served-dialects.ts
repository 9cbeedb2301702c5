import { AppError } from '@counterfoil/core'
import type { ServedDialect } from '../http/http-server.js'
import type { Dialect } from '../http/route.js'
import type { Settings } from '../settings/settings.js'

type DialectSettings = Pick<Settings, 'dialects' | 'dialect_prefixes' | 'compatibility'>

/** The dialects that the settings switch on, each with its prefix and switches. Throws `invalid_setting`. */
export function servedDialects(all: readonly Dialect[], settings: DialectSettings): readonly ServedDialect[] {
  const names = all.map(({ name }) => name)
  const on = settings.dialects === 'all' ? names : settings.dialects.split(',').map((name) => name.trim())
  for (const name of on) requireKnown('dialects', name, names)
  for (const [name, prefix] of Object.entries(settings.dialect_prefixes)) {
    requireKnown('dialect_prefixes', name, names)
    if (/^(?:\/[A-Za-z0-9_-]+)+$/.test(prefix)) continue
    throw new AppError('invalid_setting', {
      param: 'dialect_prefixes',
      hint: `The prefix "${prefix}" must be a path such as /${name}, without a slash at its end.`,
    })
  }
  checkCompatibility(all, settings.compatibility)
  return all
    .filter(({ name }) => on.includes(name))
    .map((dialect) => ({
      dialect,
      prefix: settings.dialect_prefixes[dialect.name] ?? '',
      switches: Object.fromEntries(
        Object.entries(dialect.switches ?? {}).map(([name, { values }]) => [
          name,
          settings.compatibility[`${dialect.name}.${name}`] ?? values[0],
        ]),
      ),
    }))
}

function checkCompatibility(all: readonly Dialect[], chosen: Settings['compatibility']): void {
  const switches = new Map<string, readonly string[]>(
    all.flatMap((dialect) =>
      Object.entries(dialect.switches ?? {}).map(
        ([name, { values }]) => [`${dialect.name}.${name}`, values] as const,
      ),
    ),
  )
  for (const [name, value] of Object.entries(chosen)) {
    requireKnown('compatibility', name, [...switches.keys()])
    const values = switches.get(name) ?? []
    if (values.includes(value)) continue
    throw new AppError('invalid_setting', {
      param: 'compatibility',
      hint: `"${name}" is one of ${values.join(', ')}, not "${value}".`,
    })
  }
}

function requireKnown(setting: keyof DialectSettings, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const list = known.length === 0 ? 'There are none.' : `There are: ${known.join(', ')}.`
  throw new AppError('invalid_setting', {
    param: setting,
    hint: `"${name}" in ${setting} is unknown. ${list}`,
  })
}
