import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface DiskUse {
  readonly bytes: number
  /** By first-level name inside the folder, largest first. */
  readonly parts: Readonly<Record<string, number>>
}

/** What a folder takes on disk: blocks, as `du` counts them. */
export async function measureDisk(folder: string): Promise<DiskUse> {
  const sizes: [string, number][] = []
  for (const name of await readdir(folder)) sizes.push([name, await bytesOf(join(folder, name))])
  sizes.sort((a, b) => b[1] - a[1])
  return { bytes: sizes.reduce((sum, [, bytes]) => sum + bytes, 0), parts: Object.fromEntries(sizes) }
}

/** Waits until a folder has kept its size for 5 s: merges go on after the last write, and clean up after themselves. */
export async function settledDisk(folder: string, secondsMax: number): Promise<DiskUse> {
  const endMs = performance.now() + secondsMax * 1_000
  let use = await measureDisk(folder)
  for (let calmSeconds = 0; calmSeconds < 5 && performance.now() < endMs; calmSeconds += 1) {
    await sleep(1_000)
    const now = await measureDisk(folder)
    if (now.bytes !== use.bytes) calmSeconds = 0
    use = now
  }
  return use
}

async function bytesOf(path: string): Promise<number> {
  const status = await lstat(path).catch(() => undefined)
  if (status === undefined) return 0 // Removed meanwhile.
  const own = status.blocks * 512
  if (!status.isDirectory()) return own
  const names = await readdir(path).catch(() => [])
  const inside = await Promise.all(names.map((name) => bytesOf(join(path, name))))
  return inside.reduce((sum, bytes) => sum + bytes, own)
}
