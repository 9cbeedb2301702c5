import { type Files, withoutCommonFolder } from '../files-source.js'

/** Everything that was dropped. Must be called within the event, before anything is awaited. */
export function droppedFiles(items: DataTransferItemList): Promise<Files> {
  const handles = [...items].filter(({ kind }) => kind === 'file').map(handleOf)
  return gather(handles)
}

/** What was chosen by an input element, a directory or a file. */
export function chosenFiles(list: Iterable<File>): Files {
  return withoutCommonFolder(new Map([...list].map((file) => [file.webkitRelativePath || file.name, file])))
}

type Handle = () => Promise<readonly (readonly [path: string, file: File])[]>

/** A page that was opened from disk may not read the older kind of entries, and older browsers do not have the newer. */
function handleOf(item: DataTransferItem): Handle {
  const newer = (item as { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> })
    .getAsFileSystemHandle
  if (newer !== undefined) {
    const promise = newer.call(item)
    return async () => {
      const handle = await promise
      return handle === null ? [] : walkHandle(handle, '')
    }
  }
  const entry = item.webkitGetAsEntry()
  return async () => (entry === null ? [] : walkEntry(entry, ''))
}

async function gather(handles: readonly Handle[]): Promise<Files> {
  const found = await Promise.all(handles.map((handle) => handle()))
  return withoutCommonFolder(new Map(found.flat()))
}

async function walkHandle(handle: FileSystemHandle, above: string): Promise<[string, File][]> {
  const path = above + handle.name
  if (handle.kind === 'file') return [[path, await (handle as FileSystemFileHandle).getFile()]]
  const found: [string, File][] = []
  const children = (handle as unknown as { values(): AsyncIterable<FileSystemHandle> }).values()
  for await (const child of children) found.push(...(await walkHandle(child, `${path}/`)))
  return found
}

async function walkEntry(entry: FileSystemEntry, above: string): Promise<[string, File][]> {
  const path = above + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      ;(entry as FileSystemFileEntry).file(resolve, reject)
    })
    return [[path, file]]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: [string, File][] = []
  for (;;) {
    // A directory is given in portions, and an empty one ends it.
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (portion.length === 0) return found
    for (const child of portion) found.push(...(await walkEntry(child, `${path}/`)))
  }
}
