import type { EntryContent } from './entry.js'
import type { Problem } from './problem.js'

/** Sections in the order of their path bytes: the order in which their commitments are hashed. */
export const SECTION_PATHS = ['/actor', '/context', '/event', '/occurred_at', '/payload'] as const
export type SectionPath = (typeof SECTION_PATHS)[number]

/** A part of an entry's content with its own commitment, so that it can be erased alone. */
export interface Section {
  readonly path: SectionPath
  /** Canonical JSON (RFC 8785) of the section's value. */
  readonly json: string
}

/** An entry that passed every check and is ready to be sealed and recorded. */
export interface AdmittedEntry {
  /** The id the client chose as its idempotency key; absent when the server shall give one. */
  readonly id?: string
  readonly content: EntryContent
  /** Only the sections that are present, in the order of `SECTION_PATHS`. */
  readonly sections: readonly Section[]
}

export type Admission =
  | { readonly admitted: true; readonly entries: readonly AdmittedEntry[] }
  | { readonly admitted: false; readonly problems: readonly Problem[] }
