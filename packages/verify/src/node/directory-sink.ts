import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BundleSink } from '../bundle/bundle-writer.js'

/** A directory on disk. A file that is there already is an error: bundles are not written over each other. */
export class DirectorySink implements BundleSink {
  readonly #directory: string
  readonly #made = new Set<string>()

  constructor(directory: string) {
    this.#directory = directory
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    await writeFile(await this.#place(path), bytes, { flag: 'wx' })
  }

  async #place(path: string): Promise<string> {
    const file = join(this.#directory, path)
    const folder = dirname(file)
    if (!this.#made.has(folder)) {
      await mkdir(folder, { recursive: true })
      this.#made.add(folder)
    }
    return file
  }
}
