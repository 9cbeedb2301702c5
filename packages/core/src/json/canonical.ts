import type { Json, JsonObject } from '../entry/entry.js'

/**
 * Canonical JSON by RFC 8785: no whitespace, keys by UTF-16 code units, numbers and strings as ECMAScript writes
 * them. Throws a TypeError for what JSON cannot hold unaltered: undefined, NaN, infinities, lone surrogates.
 * Recursive: meant for values of bounded depth, such as those that `readBody` gives.
 */
export function canonicalJson(value: Json): string {
  // Native stringify is several times faster than any writer of ours and right as long as the keys already are
  // in order. Integer-like keys always come first in JavaScript and so fail this test when that is wrong.
  const text = isInOrder(value) ? JSON.stringify(value) : write(value)
  if (text.includes('\\ud') && LONE_SURROGATE_ESCAPE.test(text)) {
    throw new TypeError('A lone surrogate has no canonical JSON.')
  }
  return text
}

/** How JSON.stringify writes a lone surrogate; an even number of backslashes before it would be a text `\ud…`. */
const LONE_SURROGATE_ESCAPE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

/** Whether all keys at every depth are in canonical order. Throws a TypeError for what is not JSON. */
function isInOrder(value: Json): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return isFiniteOrThrow(value)
  if (typeof value !== 'object') throw notJson(value)
  if (isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isInOrder(value[index]!)) return false
    return true
  }
  let previous = ''
  for (const key in value) {
    if (key < previous || !isInOrder(value[key]!)) return false
    previous = key
  }
  return true
}

function write(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean' || value === null) return String(value)
  if (typeof value === 'number') return isFiniteOrThrow(value) ? JSON.stringify(value) : ''
  if (typeof value !== 'object') throw notJson(value)
  return isArray(value) ? writeArray(value) : writeObject(value)
}

function writeArray(value: readonly Json[]): string {
  let text = '['
  for (let index = 0; index < value.length; index++) text += (index === 0 ? '' : ',') + write(value[index]!)
  return `${text}]`
}

function writeObject(value: JsonObject): string {
  let text = '{'
  for (const key of Object.keys(value).sort()) {
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${write(value[key]!)}`
  }
  return `${text}}`
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isFiniteOrThrow(value: number): true {
  if (!Number.isFinite(value)) throw notJson(value)
  return true
}

function notJson(value: unknown): TypeError {
  return new TypeError(`${String(value)} is not a JSON value.`)
}
