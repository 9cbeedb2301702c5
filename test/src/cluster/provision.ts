import { provisionIn } from '../support/command-line.js'
import { directoriesIn, type SharedStores } from './stores.js'

/** Data directories of the processes, and a key that all of them know. */
export async function provisionProcesses(
  { databaseUrl }: SharedStores,
  folder: string,
  processes: number,
): Promise<{ readonly directories: readonly string[]; readonly token: string }> {
  const token = await provisionIn({ kind: 'postgres', url: databaseUrl }, 'cluster')
  return { directories: directoriesIn(folder, processes), token }
}
