import { stat, statfs } from 'node:fs/promises'
import { type DataPaths, dataPaths } from './data-directory.js'

const STORES = [
  'journal',
  'ledger',
  'signer',
  'access',
  'catalogue',
] as const satisfies readonly (keyof DataPaths)[]

/** Bytes of each store in the data directory, its write-ahead log included; those that are elsewhere are left out. */
export async function storeBytes(directory: string): Promise<ReadonlyMap<string, number>> {
  const paths = dataPaths(directory)
  const sizes = new Map<string, number>()
  for (const store of STORES) {
    const file = await sizeOf(paths[store])
    if (file !== undefined) sizes.set(store, file + ((await sizeOf(`${paths[store]}-wal`)) ?? 0))
  }
  return sizes
}

/** Free space of the disk that holds a directory, bytes: what an unprivileged process may use of it. */
export async function diskFreeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
