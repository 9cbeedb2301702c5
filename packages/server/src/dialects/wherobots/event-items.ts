import type { OwnActionNames } from '../../http/own-action-names.js'
import type { EncoderReference, EntryEncoder } from '../../reading/entry-encoder.js'
import { toEvent } from './mapping.js'

// Items of a page, made where entries are read. This module is loaded in the reading thread, too.

export { EVENT_SECTIONS as SECTIONS } from './mapping.js'

export function makeEncoder(names: OwnActionNames): EntryEncoder {
  return (entry) => JSON.stringify(toEvent(entry, names))
}

export function eventItems(names: OwnActionNames): EncoderReference {
  return { module: new URL('./event-items.js', import.meta.url).href, options: names }
}
