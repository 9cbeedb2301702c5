import type { SectionPath } from '@counterfoil/core'
import type { IntegerIds } from '../../catalogue/integer-ids.js'
import { openSqliteIntegerIds } from '../../catalogue/sqlite-integer-ids.js'
import type { EntryEncoder } from '../../reading/entry-encoder.js'
import { type AskedField, ParadimeEntries } from './entry-shape.js'
import type { MetadataForm } from './schema.js'

/** What the encoder needs to know; crosses to the reading thread. */
export interface EncoderOptions {
  readonly fields: readonly AskedField[]
  readonly metadata: MetadataForm
  readonly organizationId: string
  /** File of the integer ids. */
  readonly integerIds: string
}

/** The address, the session and what the client says of when it happened are in none of the fields. */
export const SECTIONS: readonly SectionPath[] = ['/actor', '/event', '/payload']

/** Connections of this thread, one for each file, for as long as the thread lives. */
const opened = new Map<string, Promise<IntegerIds>>()

/** Runs in the reading thread: entries as JSON, a comma before each. */
export async function makeEncoder(options: EncoderOptions): Promise<EntryEncoder> {
  const { fields, metadata, organizationId, integerIds } = options
  const entries = new ParadimeEntries(fields, metadata, await connectionTo(integerIds), organizationId)
  return (entry) => `,${entries.toJson(entry)}`
}

async function connectionTo(path: string): Promise<IntegerIds> {
  const opening = opened.get(path) ?? openSqliteIntegerIds(path)
  opened.set(path, opening)
  try {
    return await opening
  } catch (error) {
    // The next one tries anew.
    opened.delete(path)
    throw error
  }
}
