import { SETTINGS, type SettingName, type Settings, withoutPassword } from '../settings/settings.js'
import { type Command, EXIT } from './command.js'
import { toTerminalJson, toTerminalText } from './output/terminal-text.js'

const NAMES = Object.keys(SETTINGS) as SettingName[]
type SettingValue = Settings[SettingName]
const MASK = '********'

/** Lists every setting. It takes every setting as a flag, to show which value would win. */
export const config: Command = {
  name: 'config',
  summary: 'Show every setting, its value and where it came from.',
  usage: '[--<setting> <value> …]',
  options: {},
  settings: NAMES,
  positionals: { min: 0, max: 0 },
  run: async ({ world: { stdout }, settings: { values, origins }, options }) => {
    const rows = NAMES.map((name) => ({
      name,
      value: shownValue(name, values[name]),
      origin: origins[name],
      variable: SETTINGS[name].variable,
      description: SETTINGS[name].description,
    }))
    if (options.json) {
      stdout.write(`${toTerminalJson(JSON.stringify({ settings: rows }))}\n`)
      return EXIT.ok
    }
    const paragraphs = rows.map(
      ({ name, value, origin, variable, description }) =>
        `${name} = ${toTerminalText(settingText(value)) || '(none)'}  (${origin})\n    ${description}\n    ${variable}\n`,
    )
    stdout.write(`${paragraphs.join('\n')}
A flag wins over the environment, the environment over counterfoil.config.json, and that over the default.
`)
    return EXIT.ok
  },
}

/** A value as it would be given. */
function settingText(value: SettingValue): string {
  if (typeof value !== 'object' || Array.isArray(value)) return String(value)
  return Object.entries(value)
    .map(([key, assigned]) => `${key}=${assigned}`)
    .join(',')
}

/** Secrets are masked, and so is a password within a URL. */
function shownValue(name: SettingName, value: SettingValue): SettingValue {
  const { secret } = SETTINGS[name]
  if (secret === true) return value === '' ? '' : MASK
  return typeof value === 'string' ? withoutPassword(value) : value
}
