import { saveFile } from '../ui/save-file.js'

/** Where the bytes of an export go as they come. Ends with `keep` or `drop`, and then nothing more is written. */
export interface FileSink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** All of it is there: the file becomes the reader's. */
  keep(): Promise<void>
  /** Leaves nothing of it. */
  drop(): Promise<void>
}

interface RemovableHandle extends FileSystemFileHandle {
  remove?(): Promise<void>
}

interface SavePicker {
  showSaveFilePicker?(options: { readonly suggestedName: string }): Promise<FileSystemFileHandle>
}

/** Files of more rows go to the disk as they come; fewer are no burden to the memory. */
const ROWS_IN_MEMORY_MAX = 2_000
const PIECE_BYTES = 8_000_000
const FOLDER = 'exports'
/** How long a browser may take to copy a finished file to its downloads. */
const COPYING_MS = 600_000

/**
 * A file of about so many rows. Where the browser lets people choose a place, a large one is written there, and appears
 * when it is whole. Elsewhere it is gathered in the site's own files on disk and downloaded from there; without these, as
 * over plain HTTP, in pieces that the browser may put on disk. Undefined when the reader chose no place.
 */
export async function openFileSink(name: string, rows: number): Promise<FileSink | undefined> {
  if (rows <= ROWS_IN_MEMORY_MAX) return new PieceSink(name)
  const { showSaveFilePicker } = window as SavePicker
  if (showSaveFilePicker !== undefined) return chosenFile(name, showSaveFilePicker.bind(window))
  return (await ownFile(name)) ?? new PieceSink(name)
}

async function chosenFile(
  name: string,
  choose: NonNullable<SavePicker['showSaveFilePicker']>,
): Promise<FileSink | undefined> {
  const handle = await choose({ suggestedName: name }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  const file = await handle.createWritable()
  return {
    write: (bytes) => file.write(bytes),
    keep: () => file.close(),
    drop: async () => {
      await file.abort()
      // A file that was there before is as it was; one that was made for this is empty.
      if ((await handle.getFile()).size === 0) await (handle as RemovableHandle).remove?.()
    },
  }
}

/** A file of the site's own, which nobody sees; undefined where a browser has none. */
async function ownFile(name: string): Promise<FileSink | undefined> {
  const folder = await ownFolder().catch(() => undefined)
  if (folder === undefined) return undefined
  await sweep(folder)
  const own = `${Date.now()} ${crypto.randomUUID()}`
  const handle = await folder.getFileHandle(own, { create: true })
  const remove = () => folder.removeEntry(own)
  // Safari wrote such files from workers alone before version 26.
  if (handle.createWritable === undefined) {
    await remove()
    return undefined
  }
  const file = await handle.createWritable()
  return {
    write: (bytes) => file.write(bytes),
    keep: async () => {
      await file.close()
      saveFile(await handle.getFile(), name)
      // If the page is gone by then, the next export removes it.
      setTimeout(() => void remove(), COPYING_MS)
    },
    drop: async () => {
      await file.abort()
      await remove()
    },
  }
}

async function ownFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  const root = await navigator.storage?.getDirectory()
  return root?.getDirectoryHandle(FOLDER, { create: true })
}

/** Removes what earlier exports have left behind. */
async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const own of folder.keys()) {
    if (Date.now() - Number.parseInt(own, 10) > COPYING_MS) await folder.removeEntry(own)
  }
}

class PieceSink implements FileSink {
  readonly #name: string
  readonly #pieces: Blob[] = []
  #parts: Uint8Array<ArrayBuffer>[] = []
  #bytes = 0

  constructor(name: string) {
    this.#name = name
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes >= PIECE_BYTES) this.#cut()
  }

  async keep(): Promise<void> {
    this.#cut()
    saveFile(new Blob(this.#pieces), this.#name)
  }

  async drop(): Promise<void> {
    this.#parts = []
    this.#pieces.length = 0
  }

  #cut(): void {
    this.#pieces.push(new Blob(this.#parts))
    this.#parts = []
    this.#bytes = 0
  }
}
