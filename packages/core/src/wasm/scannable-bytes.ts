import { SCANNING_MODULE } from './scanning-module.js'

/** What scanning.wat does; see there. Addresses are those of the memory. */
interface Functions {
  readonly endOfNested: (from: number, end: number, to: number, room: number) => number
  readonly readPlainLine: (from: number, end: number) => number
}

/** Scans the bytes of one memory. */
export interface Scanning extends Functions {
  /** Who read the line whose sections lie where they are hashed. */
  reader: unknown
}

/** Where scanning.wat puts what it found in a line, the commitments in it, and what is hashed of its other sections. */
export const FOUND_AT = 0
export const COMMITMENTS_AT = 1024
export const FIELDS_AT = 4096
/** How far they are apart, and how much of each scanning.wat copies there: its last sixteen bytes may be of what follows. */
export const FIELD_BYTES = 4096
export const FIELD_ROOM = 4080
const BYTES_AT = 24_576
/** Nothing in scanning.wat reads further. */
const READ_PAST_END_BYTES = 160
const PAGE_BYTES = 65_536

/** By the memory that they look into. */
const SCANNING = new WeakMap<ArrayBufferLike, Scanning>()
let module: WebAssembly.Module | 'none' | undefined

/**
 * New bytes for JSON to be put into. They lie in a memory of WebAssembly, where scanning.wat looks at sixteen at once. Without that (an
 * old browser, a page that forbids it) they are plain bytes.
 */
export function scannableBytes(length: number): Uint8Array {
  module ??= tried(() => new WebAssembly.Module(SCANNING_MODULE))
  if (module === 'none') return new Uint8Array(length)
  const pages = Math.ceil((BYTES_AT + length + READ_PAST_END_BYTES) / PAGE_BYTES)
  const memory = tried(() => new WebAssembly.Memory({ initial: pages }))
  if (memory === 'none') return new Uint8Array(length)
  const { exports } = new WebAssembly.Instance(module, { scanned: { memory } })
  const { endOfNested, readPlainLine } = exports as unknown as Functions
  SCANNING.set(memory.buffer, { endOfNested, readPlainLine, reader: undefined })
  return new Uint8Array(memory.buffer, BYTES_AT, length)
}

/** What scans the bytes of `buffer`, if they are scannable. */
export function scanningIn(buffer: ArrayBufferLike): Scanning | undefined {
  return SCANNING.get(buffer)
}

/** "none" where WebAssembly, its instructions on sixteen bytes or the room for its memory are not to be had. */
function tried<T>(make: () => T): T | 'none' {
  try {
    return make()
  } catch {
    return 'none'
  }
}
