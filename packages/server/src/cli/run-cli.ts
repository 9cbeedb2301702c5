import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '@counterfoil/core'
import {
  CONFIG_FILE,
  flagOf,
  readConfigFile,
  resolveSettings,
  type SettingName,
} from '../settings/settings.js'
import { type CliWorld, type Command, type CommandInput, EXIT } from './command.js'
import { COMMANDS } from './commands.js'
import { commandHelp, generalHelp } from './help.js'

/** Runs one command line. Resolves to the exit code; prints errors itself, never throws for a user's mistake. */
export async function runCli(args: readonly string[], world: CliWorld): Promise<number> {
  const command = findCommand(args)
  if (command === undefined) return withoutCommand(args, world)
  const rest = args.slice(command.name.split(' ').length)
  if (rest.includes('--help') || rest.includes('-h')) {
    world.stdout.write(commandHelp(command))
    return EXIT.ok
  }
  try {
    return await command.run(readInput(command, rest, world))
  } catch (error) {
    return reportError(error, rest.includes('--json'), world)
  }
}

/** The command whose words begin the line; the longest name wins. */
function findCommand(args: readonly string[]): Command | undefined {
  return COMMANDS.filter(({ name }) => name.split(' ').every((word, i) => args[i] === word)).sort(
    (a, b) => b.name.length - a.name.length,
  )[0]
}

function withoutCommand(args: readonly string[], world: CliWorld): number {
  const first = args[0]
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    world.stdout.write(generalHelp(COMMANDS))
    return first === undefined ? EXIT.usage : EXIT.ok
  }
  world.stderr.write(`counterfoil: there is no command "${args.join(' ')}". "counterfoil help" lists them.\n`)
  return EXIT.usage
}

function readInput(command: Command, args: readonly string[], world: CliWorld): CommandInput {
  const options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> = {
    json: { type: 'boolean' },
  }
  for (const [name, { kind }] of Object.entries(command.options)) {
    options[name] = kind === 'flag' ? { type: 'boolean' } : { type: 'string', multiple: kind === 'list' }
  }
  for (const name of command.settings) options[flagOf(name).slice(2)] = { type: 'string' }
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new AppError('invalid_request', {
      hint: `${(error as Error).message}. "counterfoil ${command.name} --help" shows the options.`,
    })
  }
  const { min, max } = command.positionals
  if (parsed.positionals.length < min || parsed.positionals.length > max) {
    throw new AppError('invalid_request', { hint: `Usage: counterfoil ${command.name} ${command.usage}` })
  }
  const flags: Partial<Record<SettingName, string>> = {}
  for (const name of command.settings) {
    const value = parsed.values[flagOf(name).slice(2)]
    if (typeof value === 'string') flags[name] = value
  }
  const file = readConfigFile(join(world.directory, CONFIG_FILE))
  return {
    world,
    settings: resolveSettings(flags, world.environment, file),
    positionals: parsed.positionals,
    options: parsed.values as CommandInput['options'],
  }
}

function reportError(error: unknown, json: boolean, { stderr }: CliWorld): number {
  if (!(error instanceof AppError)) throw error
  if (json) {
    const { code, message, hint, param, details } = error
    stderr.write(`${JSON.stringify({ error: code, code, message, hint, param, ...details })}\n`)
  } else {
    stderr.write(`counterfoil: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}\n`)
  }
  return error.code === 'invalid_request' || error.code === 'invalid_setting' ? EXIT.usage : EXIT.failed
}
