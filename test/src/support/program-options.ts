import { parseArgs } from 'node:util'
import { freshSeed } from './random.js'

/**
 * What the command line of a program says: whole numbers, which have defaults, a seed, and switches. `--help` prints `usage` and ends the
 * process; so does what does not fit, with the reason before it and exit code 2.
 */
export function readProgramOptions<Name extends string, Switch extends string = never>(
  usage: string,
  defaults: Readonly<Record<Name, number>>,
  switches: readonly Switch[] = [],
): Readonly<Record<Name | 'seed', number> & Record<Switch, boolean>> {
  try {
    const numbers: Readonly<Record<string, number>> = { ...defaults, seed: freshSeed() }
    const named = Object.keys(numbers).map((name) => [name, { type: 'string' as const }] as const)
    const on = [...switches, 'help'].map((name) => [name, { type: 'boolean' as const }] as const)
    const values: Readonly<Record<string, unknown>> = parseArgs({
      options: Object.fromEntries([...named, ...on]),
    }).values
    if (values.help === true) end(usage, 0)
    const read = Object.entries(numbers).map(([name, otherwise]) => {
      const value = values[name] === undefined ? otherwise : Number(values[name])
      if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`--${name} takes a whole number`)
      return [name, value] as const
    })
    const isOn = switches.map((name) => [name, values[name] === true] as const)
    return Object.fromEntries([...read, ...isOn]) as Record<Name | 'seed', number> & Record<Switch, boolean>
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem
    return end(`${problem.message}\n${usage}`, 2)
  }
}

function end(text: string, code: number): never {
  process.stderr.write(`${text}\n`)
  process.exit(code)
}
