import { execFile } from 'node:child_process'
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { mountImage, unmount } from '../support/mounts.js'

const run = promisify(execFile)

/**
 * ext4 writes nothing by itself for a minute: what reaches the disk earlier is what somebody asked to be durable.
 */
const MOUNT_OPTIONS = 'commit=60'
const E2FSCK_UNCORRECTED = 4

/** A disk in a file, from which the power can be taken. */
export class Disk {
  readonly place: string
  readonly #folder: string
  readonly #number: number

  private constructor(folder: string, number: number) {
    this.#folder = folder
    this.#number = number
    this.place = join(folder, `mount-${number}`)
  }

  /** A new, empty, mounted disk. `folder` is for it and all that is left of it after power cuts. */
  static async make(folder: string, number: number, bytes: number): Promise<Disk> {
    const disk = new Disk(folder, number)
    writeFileSync(disk.#image, '')
    truncateSync(disk.#image, bytes)
    // Nothing is left to a background thread of the kernel, which would write while the image is copied.
    const eager = 'lazy_itable_init=0,lazy_journal_init=0'
    await run('mkfs.ext4', ['-q', '-F', '-E', eager, disk.#image])
    await mountImage(disk.#image, disk.place, MOUNT_OPTIONS)
    return disk
  }

  /**
   * Copies what has reached the disk and nothing that waits in the page cache of its file system. Everything that writes
   * to it must stand still.
   */
  async copy(): Promise<Disk> {
    const copy = new Disk(this.#folder, this.#number + 1)
    await run('cp', ['--sparse=always', this.#image, copy.#image])
    return copy
  }

  /** Repairs and mounts a copy, as a machine does that starts again. Rejects when that is impossible. */
  async startAgain(): Promise<void> {
    const status = await run('e2fsck', ['-fy', this.#image]).then(
      () => 0,
      (error: { code?: number }) => error.code ?? E2FSCK_UNCORRECTED,
    )
    if (status >= E2FSCK_UNCORRECTED) throw new Error(`e2fsck ended with ${status} on ${this.#image}`)
    await mountImage(this.#image, this.place, MOUNT_OPTIONS)
  }

  async discard(): Promise<void> {
    await unmount(this.place)
    rmSync(this.#image, { force: true })
  }

  get #image(): string {
    return join(this.#folder, `disk-${this.#number}.img`)
  }
}
