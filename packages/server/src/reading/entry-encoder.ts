import type { ReadEntry } from './read-entry.js'

/** An entry as a piece of text in a dialect's own format: a CSV line, a JSON object with its comma. */
export type EntryEncoder = (entry: ReadEntry) => string

/**
 * Names an encoder across threads: a module that exports `makeEncoder`, and what to call it with. Exports of many
 * entries are encoded in the reading thread, so that the event loop only passes bytes on.
 */
export interface EncoderReference {
  /** `file:` URL of the module, `new URL('./x.js', import.meta.url).href`. */
  readonly module: string
  /** Can be cloned across threads. */
  readonly options: unknown
}

export interface EncoderModule<Options> {
  readonly makeEncoder: (options: Options) => EntryEncoder
}

/** The encoder that is referred to, made anew. */
export async function loadEncoder({ module, options }: EncoderReference): Promise<EntryEncoder> {
  const { makeEncoder } = (await import(module)) as EncoderModule<unknown>
  return makeEncoder(options)
}
