import type { Json, JsonObject } from '../entry/entry.js'

/** How many keys all objects in `value` have together. Recursive: for values of bounded depth. */
export function countKeys(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) keys += countKeys(value[index])
    return keys
  }
  const object = value as JsonObject
  for (const key in object) {
    const member = object[key]!
    keys += typeof member === 'object' && member !== null ? countKeys(member) + 1 : 1
  }
  return keys
}
