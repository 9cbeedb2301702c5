import type { Json, JsonObject } from '../entry/entry.js'
import { isArray } from '../json/canonical.js'
import { pointerToken } from '../json/pointer.js'
import { longestCommonSubsequence, type Match } from './common-subsequence.js'
import { Interning } from './interning.js'
import type { JsonPatch, PatchOperation } from './json-patch.js'

/**
 * Cells that all comparisons of arrays within one patch may fill together: two arrays of 256 elements. Arrays
 * past it are replaced whole, because a hostile batch may spend this much in each of its 1,000 entries.
 */
export const ARRAY_CELLS_MAX = 65_536

/**
 * Characters that a patch may take as text beside the values in it. One key as long as an entry, with many changes
 * below it, would otherwise be written out once for each; such a patch becomes one that replaces everything.
 */
export const PATCH_LENGTH_MAX = 262_144

/** What an operation takes beside its path and its value: `{"op":"replace","path":"","value":},`. */
const OPERATION_LENGTH = 34

/**
 * The RFC 6902 operations that make `after` out of `before`: add, remove and replace only, in an order that does
 * not depend on the order of keys. Elements of arrays that moved are removed and added. Takes time in the size of
 * both values plus `ARRAY_CELLS_MAX`. Recursive: for values of bounded depth.
 */
export function diffJson(before: Json, after: Json): JsonPatch {
  const comparison = new Comparison()
  comparison.compare(before, after, '')
  return comparison.operations ?? [{ op: 'replace', path: '', value: after }]
}

class Comparison {
  readonly #operations: PatchOperation[] = []
  readonly #interning = new Interning()
  #cellsLeft = ARRAY_CELLS_MAX
  #lengthLeft = PATCH_LENGTH_MAX

  /** Undefined when they would be too many to be of use. */
  get operations(): JsonPatch | undefined {
    return this.#lengthLeft < 0 ? undefined : this.#operations
  }

  compare(before: Json, after: Json, path: string): void {
    if (before === after) return
    if (!isContainer(before) || !isContainer(after) || isArray(before) !== isArray(after)) {
      this.#add({ op: 'replace', path, value: after })
    } else if (isArray(before) && isArray(after)) {
      this.#compareArrays(before, after, path)
    } else {
      this.#compareObjects(before as JsonObject, after as JsonObject, path)
    }
  }

  #add(operation: PatchOperation): void {
    this.#lengthLeft -= operation.path.length + OPERATION_LENGTH
    if (this.#lengthLeft >= 0) this.#operations.push(operation)
  }

  #compareObjects(before: JsonObject, after: JsonObject, path: string): void {
    for (const key of Object.keys(before).sort()) {
      const place = `${path}/${pointerToken(key)}`
      // hasOwn: `after.constructor` and the like exist on every object.
      if (Object.hasOwn(after, key)) this.compare(before[key]!, after[key]!, place)
      else this.#add({ op: 'remove', path: place })
    }
    for (const key of Object.keys(after).sort()) {
      if (Object.hasOwn(before, key)) continue
      this.#add({ op: 'add', path: `${path}/${pointerToken(key)}`, value: after[key]! })
    }
  }

  #compareArrays(before: readonly Json[], after: readonly Json[], path: string): void {
    const idOf = (value: Json) => this.#interning.idOf(value)
    const shorter = Math.min(before.length, after.length)
    let head = 0
    while (head < shorter && idOf(before[head]!) === idOf(after[head]!)) head++
    let tail = 0
    while (tail < shorter - head && idOf(before.at(-1 - tail)!) === idOf(after.at(-1 - tail)!)) tail++
    const removed = before.slice(head, before.length - tail)
    const added = after.slice(head, after.length - tail)
    const cells = removed.length * added.length
    if (cells > this.#cellsLeft) {
      this.#add({ op: 'replace', path, value: after })
      return
    }
    this.#cellsLeft -= cells
    const matches = cells === 0 ? [] : longestCommonSubsequence(removed.map(idOf), added.map(idOf))
    this.#rewrite(removed, added, matches, { path, index: head })
  }

  /** Makes the runs of `removed` between matches into those of `added`, from element `start.index` of the array on. */
  #rewrite(
    removed: readonly Json[],
    added: readonly Json[],
    matches: readonly Match[],
    start: { readonly path: string; readonly index: number },
  ): void {
    const { path } = start
    let index = start.index
    let i = 0
    let j = 0
    for (const match of [...matches, { before: removed.length, after: added.length }]) {
      while (i < match.before && j < match.after)
        this.compare(removed[i++]!, added[j++]!, `${path}/${index++}`)
      for (; i < match.before; i++) this.#add({ op: 'remove', path: `${path}/${index}` })
      for (; j < match.after; j++) this.#add({ op: 'add', path: `${path}/${index++}`, value: added[j]! })
      // The matched element stays where it is.
      i++
      j++
      index++
    }
  }
}

function isContainer(value: Json): value is readonly Json[] | JsonObject {
  return typeof value === 'object' && value !== null
}
