import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DirectorySink, DirectorySource } from '@counterfoil/verify'
import type { ArchivedPart } from './archive-part.js'
import type { ArchiveDraft, ArchivePlace } from './archive-place.js'

/** Archives as directories below one. */
export function archiveDirectory(directory: string): ArchivePlace {
  return {
    draft: async (name): Promise<ArchiveDraft> => {
      const place = join(directory, name)
      const isNew = !(await isThere(place))
      const at = isNew ? `${place}.unfinished` : place
      if (isNew) {
        await rm(at, { recursive: true, force: true })
        await mkdir(at, { recursive: true, mode: 0o700 })
      }
      return {
        isNew,
        sink: new DirectorySink(at),
        source: new DirectorySource(at),
        keep: async () => {
          const kept = await describe(at, place)
          if (!isNew) return kept
          await rename(at, place)
          await sync(directory)
          return kept
        },
        abandon: async () => {
          if (isNew) await rm(at, { recursive: true, force: true })
        },
      }
    },
  }
}

/** What is in a directory; everything in it is durable afterwards. */
async function describe(at: string, place: string): Promise<ArchivedPart> {
  const digest = createHash('sha256')
  let bytes = 0
  for (const path of (await readdir(at, { recursive: true })).toSorted()) {
    const file = join(at, path)
    await sync(file)
    if ((await stat(file)).isDirectory()) continue
    const content = await readFile(file)
    digest.update(`${createHash('sha256').update(content).digest('hex')}  ${path}\n`)
    bytes += content.length
  }
  await sync(at)
  return { place, digest: digest.digest('hex'), bytes }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
