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
import { VERSION } from '../version.js'
import { type CliWorld, type Command, type CommandInput, EXIT } from './command.js'
import { allCommands, COMMAND_NAMES, findCommand } from './commands.js'
import { commandHelp, generalHelp } from './help.js'
import { reportError } from './report-error.js'

/** Runs one command line. Resolves to the exit code; prints errors itself, never throws for a user's mistake. */
export async function runCli(args: readonly string[], world: CliWorld): Promise<number> {
  endQuietlyWithReader(world)
  const command = await findCommand(args)
  if (command === undefined) return withoutCommand(args, world)
  const rest = args.slice(command.name.split(' ').length)
  const options = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length)
  if (options.includes('--help') || options.includes('-h')) {
    world.stdout.write(commandHelp(command))
    return EXIT.ok
  }
  try {
    return await command.run(readInput(command, rest, world))
  } catch (error) {
    return reportError(error, options.includes('--json'), world.stderr)
  }
}

/** `counterfoil search … | head` closes our output: that is the reader's wish and no error. */
function endQuietlyWithReader({ stdout }: CliWorld): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
    throw error
  })
}

async function withoutCommand(args: readonly string[], world: CliWorld): Promise<number> {
  const [first, ...rest] = args
  if (first === '--version' || first === 'version') {
    world.stdout.write(rest.includes('--json') ? `${JSON.stringify({ version: VERSION })}\n` : `${VERSION}\n`)
    return EXIT.ok
  }
  const asked = first === 'help' ? await findCommand(rest) : undefined
  if (asked !== undefined) {
    world.stdout.write(commandHelp(asked))
    return EXIT.ok
  }
  if (first === 'help' && rest.length > 0) return unknownCommand(rest, world)
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    world.stdout.write(generalHelp(await allCommands()))
    return first === undefined ? EXIT.usage : EXIT.ok
  }
  return unknownCommand(args, world)
}

function unknownCommand(args: readonly string[], { stderr }: CliWorld): number {
  const words = args.filter((word) => !word.startsWith('-'))
  const siblings = COMMAND_NAMES.filter((name) => name.startsWith(`${words[0]} `))
  const hint =
    siblings.length > 0 ? `There are: ${siblings.join(', ')}.` : '"counterfoil help" lists the commands.'
  const error = new AppError('invalid_request', {
    hint: `There is no command "${words.join(' ') || args.join(' ')}". ${hint}`,
  })
  return reportError(error, args.includes('--json'), stderr)
}

function readInput(command: Command, args: readonly string[], world: CliWorld): CommandInput {
  const parsed = readArguments(command, args)
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

function readArguments(command: Command, args: readonly string[]): ReturnType<typeof parseArgs> {
  const options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> = {
    json: { type: 'boolean' },
  }
  for (const [name, { kind }] of Object.entries(command.options)) {
    options[name] = kind === 'flag' ? { type: 'boolean' } : { type: 'string', multiple: kind === 'list' }
  }
  for (const name of command.settings) options[flagOf(name).slice(2)] = { type: 'string' }
  const given = args.map((arg) => (command.takesSearch === true && isNegated(arg) ? NEGATION + arg : arg))
  try {
    const { values, positionals } = parseArgs({ args: given, options, allowPositionals: true, strict: true })
    return { values: mapTexts(values), positionals: positionals.map(withoutMark) }
  } catch (error) {
    const reason = (error as Error).message.split('. To specify', 1)[0] as string
    throw new AppError('invalid_request', {
      hint: `${reason}. "counterfoil ${command.name} --help" shows the options.`,
    })
  }
}

/** Stands before a search word such as `-action:hook` while options are told from words. */
const NEGATION = '\u{f8ff}'

function isNegated(arg: string): boolean {
  return /^-[^-]/.test(arg)
}

function withoutMark(text: string): string {
  return text.startsWith(`${NEGATION}-`) ? text.slice(NEGATION.length) : text
}

function mapTexts(values: ReturnType<typeof parseArgs>['values']): ReturnType<typeof parseArgs>['values'] {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? withoutMark(value) : value,
    ]),
  )
}
