import type { EncoderReference, EntryEncoder } from '../../reading/entry-encoder.js'
import { toArizeAuditLog } from './audit-log-shape.js'

// Items of the list, made where entries are read. This module is loaded in the reading thread, too.

export function makeEncoder(): EntryEncoder {
  return (entry) => JSON.stringify(toArizeAuditLog(entry))
}

export const LOG_ITEMS: EncoderReference = {
  module: new URL('./log-items.js', import.meta.url).href,
  options: undefined,
}
