/** What Arize's ids name, in both of its APIs. On the wire an id is the base64 of `<type>:<value>`. */
export type GlobalIdType = 'AuditLog' | 'User' | 'Account'

export function toGlobalId(type: GlobalIdType, value: string | number): string {
  return Buffer.from(`${type}:${value}`).toString('base64')
}

/** The value of an id of this type; undefined for any text that `toGlobalId` does not write. */
export function readGlobalId(type: GlobalIdType, id: string): string | undefined {
  const text = Buffer.from(id, 'base64').toString('utf8')
  const head = `${type}:`
  // Writing it back refuses what the decoder forgives: other alphabets, missing padding, stray bits, broken UTF-8.
  if (!text.startsWith(head) || Buffer.from(text).toString('base64') !== id) return undefined
  // No entry holds U+0000, so no id of ours does.
  return text.includes('\u0000') ? undefined : text.slice(head.length)
}
