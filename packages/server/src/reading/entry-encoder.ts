import { SECTION_PATHS, type SectionPath } from '@counterfoil/core'
import type { ReadEntry } from './read-entry.js'

/** An entry as a piece of text in a dialect's own format: a CSV line, a JSON object with its comma. */
export type EntryEncoder = (entry: ReadEntry) => string

/** An encoder that has to look something up first. */
export interface PreparedEncoder {
  readonly encode: EntryEncoder
  /** Called with entries before they are encoded: those of one row. */
  readonly prepare: (entries: readonly ReadEntry[]) => Promise<void>
}

/**
 * Names an encoder across threads: a module that exports `makeEncoder`, and what to call it with. Exports of many
 * entries are encoded in a thread of their own, so that the event loop only passes bytes on. An encoder is made anew for
 * each chunk and keeps no state from one entry to the next.
 */
export interface EncoderReference {
  /** `file:` URL of the module, `new URL('./x.js', import.meta.url).href`. */
  readonly module: string
  /** Can be cloned across threads. */
  readonly options: unknown
}

export interface EncoderModule<Options> {
  /** Or a promise of one, for encoders that open something first. */
  readonly makeEncoder: (
    options: Options,
  ) => EntryEncoder | PreparedEncoder | Promise<EntryEncoder | PreparedEncoder>
  /**
   * The sections that the encoder reads, all of them when left out. What others hold is absent from its entries as if
   * it had been erased; they are not parsed, which makes an export without the payload twice as fast.
   */
  readonly SECTIONS?: readonly SectionPath[]
}

export interface LoadedEncoder extends Omit<PreparedEncoder, 'prepare'> {
  /** Undefined for an encoder that needs nothing but the entry. */
  readonly prepare?: PreparedEncoder['prepare']
  readonly sections: readonly SectionPath[]
}

/** The encoder that is referred to, made anew. */
export async function loadEncoder({ module, options }: EncoderReference): Promise<LoadedEncoder> {
  const { makeEncoder, SECTIONS } = (await import(module)) as EncoderModule<unknown>
  const made = await makeEncoder(options)
  const encoder = typeof made === 'function' ? { encode: made } : made
  return { ...encoder, sections: SECTIONS ?? SECTION_PATHS }
}
