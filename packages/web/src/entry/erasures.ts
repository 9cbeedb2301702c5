import type { SectionPath } from '@counterfoil/core'
import type { Entry } from '../api/entries.js'
import { type ColumnId, columnOf } from '../logs/columns.js'

/** What each section is to a reader. */
export const SECTION_NAMES: Readonly<Record<SectionPath, string>> = {
  '/actor': 'who did it',
  '/context': 'from where',
  '/event': 'what happened',
  '/occurred_at': 'when it occurred, as sent',
  '/payload': 'metadata and changes',
}

export function isErased({ erased_sections: erased = [] }: Entry, section: SectionPath): boolean {
  return erased.includes(section)
}

const SECTION_OF_COLUMN: Readonly<Partial<Record<ColumnId, SectionPath>>> = {
  user: '/actor',
  actor_type: '/actor',
  ip: '/context',
  agent: '/context',
  region: '/context',
  location: '/context',
  session: '/context',
  request: '/context',
  severity: '/event',
  action: '/event',
  resource: '/event',
  outcome: '/event',
  category: '/event',
  description: '/event',
  type: '/event',
  error: '/event',
  source: '/event',
  workspace: '/event',
}

/** Whether a cell is empty because what it would say was erased. */
export function isCellErased(entry: Entry, column: ColumnId): boolean {
  const section = SECTION_OF_COLUMN[column]
  return section !== undefined && isErased(entry, section) && columnOf(column).text(entry) === ''
}

/** Search text that finds the entries about erasures. */
export const ERASURES_QUERY = 'action:=log.redacted source:counterfoil'

/** Of the erasures that are recorded, those that took sections of an entry. */
export interface ErasuresOfEntry {
  readonly named: readonly Entry[]
  /** Erasures of so many entries that they are named by their digest alone: it may have been one of these. */
  readonly possible: readonly Entry[]
}

/** Picks the erasures that took something of `entry` out of entries about erasures. */
export function erasuresOf(entry: Entry, about: readonly Entry[]): ErasuresOfEntry {
  const named: Entry[] = []
  const possible: Entry[] = []
  for (const erasure of about) {
    const { sections, seqs } = erasure.metadata
    if (erasure.seq < entry.seq || !Array.isArray(sections)) continue
    if (!sections.some((section) => isErased(entry, section))) continue
    if (!Array.isArray(seqs)) possible.push(erasure)
    else if (seqs.some(([first, last]) => first <= entry.seq && entry.seq <= last)) named.push(erasure)
  }
  return { named, possible }
}
