import type { Readable, Writable } from 'node:stream'
import type { ResolvedSettings, SettingName } from '../settings/settings.js'

/** The world around a command. Only main.ts has the real one. */
export interface CliWorld {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly directory: string
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
}

/** Where a command writes; a terminal has a width. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** A command's own options; a list takes the option several times. */
export interface OptionDefinition {
  readonly kind: 'text' | 'flag' | 'list'
  readonly description: string
  /** What stands for the value in the help, such as `<slug>`. */
  readonly value?: string
}

export interface CommandInput {
  readonly world: CliWorld
  readonly settings: ResolvedSettings
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

export interface Command {
  /** Words that name it: `org create`. */
  readonly name: string
  readonly summary: string
  /** What follows the name in the usage line, such as `<slug>`. */
  readonly usage: string
  readonly options: Readonly<Record<string, OptionDefinition>>
  /** Which settings it reads; their flags are its own. */
  readonly settings: readonly SettingName[]
  /** How many positionals it takes. */
  readonly positionals: { readonly min: number; readonly max: number }
  /** Positionals are search text: a word such as `-action:hook` is one of them, no option. */
  readonly takesSearch?: boolean
  /** More for the command's help page: formats, examples. */
  readonly notes?: string
  /** Resolves to the exit code. AppErrors are printed for it. */
  readonly run: (input: CommandInput) => Promise<number>
}

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** Something was not recorded, because of what it is. */
  refused: 3,
  /** A log is not what was recorded. */
  broken: 4,
  unreachable: 5,
  /** Ended by Ctrl-C before it was done. */
  interrupted: 130,
} as const
