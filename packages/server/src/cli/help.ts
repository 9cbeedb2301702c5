import { flagOf, SETTINGS } from '../settings/settings.js'
import type { Command } from './command.js'

/** The page that `counterfoil help` prints. */
export function generalHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Counterfoil: an audit log that anyone can check.

Usage: counterfoil <command> [options]

${lines.join('\n')}

Every command takes --json and --help.
`
}

/** The page of one command. */
export function commandHelp({ name, summary, usage, options, settings }: Command): string {
  const rows = [
    ...Object.entries(options).map(([option, { kind, value, description }]) => [
      `--${option}${kind === 'flag' ? '' : ` ${value ?? '<value>'}`}`,
      description,
    ]),
    ...settings.map((setting) => {
      const { variable, description } = SETTINGS[setting]
      return [`${flagOf(setting)} <value>`, `${description} Environment: ${variable}.`]
    }),
    ['--json', 'Print JSON for programs.'],
  ] as [string, string][]
  const width = Math.max(...rows.map(([left]) => left.length))
  return `${summary}

Usage: counterfoil ${name} ${usage}

${rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')}
`
}
