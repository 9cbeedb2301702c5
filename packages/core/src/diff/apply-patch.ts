import type { Json, JsonObject } from '../entry/entry.js'
import { isArray } from '../json/canonical.js'
import { keyOfToken } from '../json/pointer.js'
import type { JsonPatch, PatchOperation } from './json-patch.js'

/**
 * The document that `patch` makes out of `document`, which is left as it is.
 * Throws a RangeError when an operation's path does not exist.
 */
export function applyPatch(document: Json, patch: JsonPatch): Json {
  return patch.reduce<Json>((result, operation) => applyOperation(result, operation), document)
}

function applyOperation(document: Json, operation: PatchOperation): Json {
  if (operation.path !== '')
    return applyAt(document, operation.path.slice(1).split('/').map(keyOfToken), operation)
  if (operation.op === 'remove') throw new RangeError('A patch cannot remove the whole document.')
  return operation.value
}

function applyAt(target: Json, path: readonly string[], operation: PatchOperation): Json {
  const [key = '', ...rest] = path
  if (typeof target !== 'object' || target === null) throw missing(operation)
  return isArray(target)
    ? applyToArray(target, key, rest, operation)
    : applyToObject(target, key, rest, operation)
}

function applyToArray(
  target: readonly Json[],
  key: string,
  rest: readonly string[],
  operation: PatchOperation,
): Json {
  const index = key === '-' ? target.length : /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : Number.NaN
  const indexMax = rest.length === 0 && operation.op === 'add' ? target.length : target.length - 1
  if (!(index <= indexMax)) throw missing(operation)
  if (rest.length > 0) return target.with(index, applyAt(target[index]!, rest, operation))
  if (operation.op === 'remove') return target.toSpliced(index, 1)
  return target.toSpliced(index, operation.op === 'add' ? 0 : 1, operation.value)
}

function applyToObject(
  target: JsonObject,
  key: string,
  rest: readonly string[],
  operation: PatchOperation,
): Json {
  // A Map and fromEntries define properties, so that a key `__proto__` is data like any other.
  const members = new Map(Object.entries(target))
  const member = members.get(key)
  if (member === undefined && (rest.length > 0 || operation.op !== 'add')) throw missing(operation)
  if (rest.length > 0) members.set(key, applyAt(member!, rest, operation))
  else if (operation.op === 'remove') members.delete(key)
  else members.set(key, operation.value)
  return Object.fromEntries(members)
}

function missing(operation: PatchOperation): RangeError {
  return new RangeError(
    `There is nothing at ${JSON.stringify(operation.path.slice(0, 100))} to ${operation.op}.`,
  )
}
