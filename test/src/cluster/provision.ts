import { cpSync } from 'node:fs'
import { provision } from '../support/command-line.js'
import { directoriesIn, type SharedStores } from './stores.js'

/** Data directories of the processes, and a key that all of them know. */
export async function provisionProcesses(
  _stores: SharedStores,
  folder: string,
  processes: number,
): Promise<{ readonly directories: readonly string[]; readonly token: string }> {
  const directories = directoriesIn(folder, processes)
  const [first, ...others] = directories as readonly [string, ...string[]]
  const token = await provision(first, 'cluster')
  for (const other of others) cpSync(first, other, { recursive: true })
  return { directories, token }
}
