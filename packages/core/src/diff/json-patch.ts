import type { Json } from '../entry/entry.js'

/** An operation of RFC 6902; of its six kinds, the three that say what became of a value. */
export type PatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'replace'; readonly path: string; readonly value: Json }

/** Operations to be applied one after the other. */
export type JsonPatch = readonly PatchOperation[]
