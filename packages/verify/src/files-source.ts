import type { EvidenceSource } from './source.js'

/** Files by their path below what was dropped, chosen or archived. */
export type Files = ReadonlyMap<string, Blob>

/** Reads evidence from files as browsers have them, and Node as well. */
export class FilesSource implements EvidenceSource {
  readonly #files: Files

  constructor(files: Files) {
    this.#files = files
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const file = this.#files.get(path)
    return file === undefined ? undefined : new Uint8Array(await file.arrayBuffer())
  }
}

/** Dropping a directory gives paths that begin with its name; what is in it may be dropped as well. */
export function withoutCommonFolder(files: ReadonlyMap<string, Blob>): Files {
  const folders = new Set([...files.keys()].map((path) => path.slice(0, path.indexOf('/') + 1)))
  const [folder] = folders
  if (folders.size !== 1 || folder === undefined || folder === '') return files
  return new Map([...files].map(([path, file]) => [path.slice(folder.length), file]))
}
