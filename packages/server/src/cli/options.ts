import { AppError } from '@counterfoil/core'
import type { CommandInput, OptionDefinition } from './command.js'
import { toTerminalText } from './output/terminal-text.js'

/** `--org` of every command about something inside an organization. */
export const ORG_OPTION: OptionDefinition = {
  kind: 'text',
  value: '<slug>',
  description: 'Organization; _platform is that of the operators.',
}

/** The text of an option that must be given. Throws `invalid_request`. */
export function requireText({ options }: CommandInput, name: string): string {
  const value = options[name]
  if (typeof value === 'string' && value !== '') return value
  throw new AppError('invalid_request', { param: name, hint: `Give --${name}.` })
}

/** Prints a row a thing: JSON for programs, else cells with tabs between them. */
export function printRows(
  { world, options }: CommandInput,
  rows: readonly { readonly json: object; readonly cells: readonly string[] }[],
): void {
  for (const { json, cells } of rows) {
    const line = options.json === true ? JSON.stringify(json) : cells.map(toTerminalText).join('\t')
    world.stdout.write(`${line}\n`)
  }
}

/** Prints what was done: JSON for programs, else a sentence. */
export function printDone({ world, options }: CommandInput, json: object, sentence: string): void {
  world.stdout.write(options.json === true ? `${JSON.stringify(json)}\n` : `${toTerminalText(sentence)}\n`)
}
