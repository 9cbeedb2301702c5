import { execFile, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const BUSY_MS_MAX = 10_000
const mounted = new Set<string>()

// Whatever ends the test, no mount may outlive it: it would hold a loop device for good. Lazy, as something may still
// have files open in it.
process.on('exit', () => {
  for (const place of mounted) spawnSync('umount', ['-l', place])
})

/** Mounts a new tmpfs of a size. */
export async function mountTmpfs(place: string, bytes: number): Promise<void> {
  mkdirSync(place, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', place])
  mounted.add(place)
}

/** Fills a disk until `leave` bytes are free, as another program's file would. */
export function fill(place: string, leave: number): string {
  const path = join(place, 'ballast')
  const file = openSync(path, 'w')
  const chunk = Buffer.alloc(64 * 1024)
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(place)
      if (bavail * bsize <= leave) return path
      writeSync(file, chunk)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return path
    throw error
  } finally {
    closeSync(file)
  }
}

/** Mounts a disk image through a loop device, which goes with the mount. */
export async function mountImage(image: string, place: string, options: string): Promise<void> {
  mkdirSync(place, { recursive: true })
  await run('mount', ['-o', `loop,${options}`, image, place])
  mounted.add(place)
}

/** Unmounts; waits for processes that were killed a moment ago and still let go of their files. */
export async function unmount(place: string): Promise<void> {
  if (!mounted.has(place)) return
  const deadlineMs = performance.now() + BUSY_MS_MAX
  for (;;) {
    try {
      await run('umount', [place])
      break
    } catch (error) {
      if (performance.now() > deadlineMs) throw error
      await delay(10)
    }
  }
  mounted.delete(place)
  rmSync(place, { recursive: true })
}

/** Why file systems cannot be mounted here; undefined when they can. */
export function whyNoMounts(): string | undefined {
  if (process.platform !== 'linux') return 'mounting needs Linux'
  if (process.getuid?.() !== 0) return 'mounting needs root'
  const trial = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
  return trial.status === 0 ? undefined : `mounting is not allowed here: ${trial.stderr}`
}

/** Why loop devices cannot be used here; undefined when they can. */
export function whyNoLoopDisks(): string | undefined {
  const why = whyNoMounts()
  if (why !== undefined) return why
  if (!existsSync('/dev/loop-control')) return 'there is no /dev/loop-control'
  if (spawnSync('losetup', ['--find']).status !== 0) return 'no loop device is free'
  const missing = ['mkfs.ext4', 'e2fsck'].find((tool) => spawnSync(tool, ['-V']).error !== undefined)
  return missing === undefined ? undefined : `${missing} is not installed (package e2fsprogs)`
}
