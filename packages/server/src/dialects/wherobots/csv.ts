import { toCell, withoutFormula } from '../../http/csv.js'
import type { OwnActionNames } from '../../http/own-action-names.js'
import type { EntryEncoder } from '../../reading/reads.js'
import { toEvent } from './mapping.js'
import { EVENT_PROPERTIES } from './schema.js'

// The CSV of the export, RFC 4180. This module is loaded in the export thread, too.

export interface CsvOptions {
  /** Whether cells that a spreadsheet would run as a formula are made harmless. */
  readonly escapeFormulas: boolean
  readonly ownActionNames: OwnActionNames
}

export { EVENT_SECTIONS as SECTIONS } from './mapping.js'

export const CSV_HEADER = `${EVENT_PROPERTIES.join(',')}\r\n`

/** An event as a line: columns in the order of `EVENT_PROPERTIES`, null as nothing. */
export function makeEncoder({ escapeFormulas, ownActionNames }: CsvOptions): EntryEncoder {
  return (entry) => {
    const event = toEvent(entry, ownActionNames)
    let line = ''
    for (const property of EVENT_PROPERTIES) {
      const text = event[property]
      if (property !== EVENT_PROPERTIES[0]) line += ','
      if (text !== null) line += toCell(escapeFormulas ? withoutFormula(text) : text)
    }
    return `${line}\r\n`
  }
}
