import type { EncoderReference, EntryEncoder } from '../../reading/entry-encoder.js'
import { toActivityEvent } from './activity-mapping.js'
import { NOTHING_ARCHIVED, NOTHING_LOOKED_UP, toAuditLogEntry } from './entry-mapping.js'
import type { EnumChoice } from './enums.js'
import type { ExpandPath, Expansion } from './expand.js'

// Items of lists, made where entries are read. This module is loaded in the reading thread, too.

type ListItems =
  | {
      readonly object: 'audit_log_entry'
      readonly enums: EnumChoice
      readonly expansion: readonly ExpandPath[]
    }
  | { readonly object: 'activity_event' }

export function makeEncoder(options: ListItems): EntryEncoder {
  if (options.object === 'activity_event') return (entry) => JSON.stringify(toActivityEvent(entry))
  const view = {
    enums: options.enums,
    expansion: new Set(options.expansion),
    latest: NOTHING_LOOKED_UP,
    archived: NOTHING_ARCHIVED,
  }
  return (entry) => JSON.stringify(toAuditLogEntry(entry, view))
}

const MODULE = new URL('./list-items.js', import.meta.url).href

export const ACTIVITY_ITEMS: EncoderReference = {
  module: MODULE,
  options: { object: 'activity_event' } satisfies ListItems,
}

/** Entries, expanded by what they hold themselves; undefined where something else has to be looked up for it. */
export function entryItems(enums: EnumChoice, expansion: Expansion): EncoderReference | undefined {
  const paths = [...expansion]
  if (paths.some((path) => path.startsWith('resource') || path.endsWith('chain'))) return undefined
  return {
    module: MODULE,
    options: { object: 'audit_log_entry', enums, expansion: paths } satisfies ListItems,
  }
}
