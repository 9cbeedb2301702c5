/** One thing of the source: a line, an event or a commit. */
export interface SourceItem {
  /** Counted from 1, as a person would. */
  readonly number: number
  /** How to find it: `line 12`, `event 3`, `commit 4f2a…`. */
  readonly place: string
  /** What stood there, for the list of what was refused. */
  readonly original: string
  /** JSON text of the entry to record, or why there is none. */
  readonly mapped: Mapped
}

export type Mapped = { readonly entry: Uint8Array } | { readonly reason: string; readonly code: string }

/** Something to import, read from start to end in bounded memory. */
export interface ImportSource {
  /** Items after the first `skip` ones, which were taken care of before. Always the same items in the same order. */
  items(skip: number): AsyncIterable<SourceItem>
  /** How much has been read, 0 to 1; undefined when nobody knows how much there is. */
  fraction(): number | undefined
}

export const IMPORT_FORMATS = ['ndjson', 'cloudtrail', 'git'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

export function refused(code: string, reason: string): Mapped {
  return { code, reason }
}
