/** Longest pointer that is written out; a longer one names the nearest ancestor that fits. */
const POINTER_LENGTH_MAX = 2_048

/** A key or an array index as one reference token of an RFC 6901 pointer. */
export function pointerToken(key: string | number): string {
  const text = String(key)
  return text.includes('~') || text.includes('/') ? text.replaceAll('~', '~0').replaceAll('/', '~1') : text
}

/** The key that a reference token stands for. */
export function keyOfToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

/**
 * The RFC 6901 pointer to the value at `path`. Keys come from strangers and may be long: the pointer stops at the
 * last token that fits 2,048 characters, so that an answer with many problems stays small.
 */
export function pointerOf(path: readonly (string | number)[]): string {
  let pointer = ''
  for (const key of path) {
    const longer = `${pointer}/${pointerToken(key)}`
    if (longer.length > POINTER_LENGTH_MAX) break
    pointer = longer
  }
  return pointer
}
