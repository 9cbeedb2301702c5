import { flagOf, SETTINGS } from '../settings/settings.js'
import { type Command, EXIT } from './command.js'

/** The page that `counterfoil help` prints. */
export function generalHelp(commands: readonly Command[]): string {
  const names = [...commands.map(({ name, summary }) => [name, summary]), ...BUILT_IN]
  const width = Math.max(...names.map(([name]) => (name as string).length))
  const lines = names.map(([name, summary]) => `  ${(name as string).padEnd(width)}  ${summary}`)
  return `Counterfoil: an audit log that anyone can check.

Usage: counterfoil <command> [options]

${lines.join('\n')}

Every command takes --json and --help. Settings come from flags, from the environment and from
counterfoil.config.json; "counterfoil config" lists them.

Exit codes: ${EXIT.ok} done, ${EXIT.failed} failed, ${EXIT.usage} wrong usage or setting, ${EXIT.refused} something was refused and not recorded,
${EXIT.broken} a log is broken, ${EXIT.unreachable} no server answers, ${EXIT.interrupted} interrupted.
`
}

const BUILT_IN = [
  ['help', 'Show this page, or that of a command.'],
  ['version', 'Show the version.'],
] as const

/** The page of one command. */
export function commandHelp({ name, summary, usage, options, settings, notes }: Command): string {
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
${notes === undefined ? '' : `\n${notes.trim()}\n`}`
}
