import { pointerOf } from '../json/pointer.js'
import { PROBLEMS_MAX } from './limits.js'
import type { Problem, ProblemCode } from './problem.js'

/**
 * Collects what is wrong with a body. It knows the path of the value being looked at, so that a pointer is
 * written only when there is something to say about it.
 */
export class Report {
  readonly #problems: Problem[] = []
  readonly #path: (string | number)[] = []
  #leftOut = 0

  /** Problems found so far, listed or not. */
  get count(): number {
    return this.#problems.length + this.#leftOut
  }

  /** Further problems are only counted: no message needs to be thought out for them. */
  get isFull(): boolean {
    return this.#problems.length >= PROBLEMS_MAX
  }

  get path(): readonly (string | number)[] {
    return this.#path
  }

  /** What follows is about the member `key` of the value looked at so far. */
  enter(key: string | number): void {
    this.#path.push(key)
  }

  leave(): void {
    this.#path.pop()
  }

  /** Goes back up to a path of `length` keys, from wherever an inspection broke off. */
  leaveTo(length: number): void {
    this.#path.length = length
  }

  /** A problem with the value at the current path. */
  add(code: ProblemCode, message: string): void {
    if (this.isFull) this.#leftOut++
    else this.#problems.push({ pointer: pointerOf(this.#path), code, message })
  }

  /** A problem with the member `key` of the value at the current path. */
  addAt(key: string | number, code: ProblemCode, message: string): void {
    this.enter(key)
    this.add(code, message)
    this.leave()
  }

  /** Everything found, at most `PROBLEMS_MAX` problems and one that counts the rest. */
  problems(): readonly Problem[] {
    if (this.#leftOut === 0) return this.#problems
    const message = `${this.#leftOut} more problems are not listed; fix these first.`
    return [...this.#problems, { pointer: '', code: 'too_many', message }]
  }
}

/** Text from a stranger as it may stand in a message: quoted, control characters escaped, at most 64 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 63)}…` : text)
}
