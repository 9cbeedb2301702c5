import type { EncoderReference, EntryEncoder } from '../../reading/entry-encoder.js'
import { type EventNames, toArcwiseEvent } from './event-shape.js'

// Items of the list, made where entries are read. This module is loaded in the reading thread, too.

/** The sections that hold what an event shows. */
export const SECTIONS = ['/actor', '/event'] as const

export function makeEncoder(names: EventNames): EntryEncoder {
  return (entry) => JSON.stringify(toArcwiseEvent(entry, names))
}

export function eventItems(names: EventNames): EncoderReference {
  return { module: new URL('./event-items.js', import.meta.url).href, options: names }
}
