import type { SectionPath } from '@counterfoil/core'
import type { IntegerIds } from '../../catalogue/integer-ids.js'
import { type CataloguePlace, openIntegerIds } from '../../catalogue/open-catalogue.js'
import type { PreparedEncoder } from '../../reading/entry-encoder.js'
import { type AskedField, ParadimeEntries } from './entry-shape.js'
import type { MetadataForm } from './schema.js'

/** What the encoder needs to know; crosses to the reading thread. */
export interface EncoderOptions {
  readonly fields: readonly AskedField[]
  readonly metadata: MetadataForm
  readonly organizationId: string
  /** Where integers are that stand for texts. */
  readonly integerIds: CataloguePlace
}

/** The address, the session and what the client says of when it happened are in none of the fields. */
export const SECTIONS: readonly SectionPath[] = ['/actor', '/event', '/payload']

/** Connections of this thread, one for each place, for as long as the thread lives. */
const opened = new Map<string, Promise<IntegerIds>>()

/** Runs in the reading thread: entries as JSON, a comma before each. */
export async function makeEncoder(options: EncoderOptions): Promise<PreparedEncoder> {
  const { fields, metadata, organizationId, integerIds } = options
  const entries = new ParadimeEntries(fields, metadata, await connectionTo(integerIds), organizationId)
  return {
    prepare: (some) => entries.assignIds(some),
    encode: (entry) => `,${entries.toJson(entry)}`,
  }
}

async function connectionTo(place: CataloguePlace): Promise<IntegerIds> {
  const key = place.kind === 'sqlite' ? place.path : place.url
  const opening = opened.get(key) ?? openIntegerIds(place)
  opened.set(key, opening)
  try {
    return await opening
  } catch (error) {
    // The next one tries anew.
    opened.delete(key)
    throw error
  }
}
