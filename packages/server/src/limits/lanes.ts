/**
 * Things that wait, in a lane for each organization. Lanes take turns, whatever their lengths; within a lane the order
 * is that of arrival.
 */
export class Lanes<T> {
  /** In the order of turns; a lane that is empty is forgotten. */
  readonly #lanes = new Map<string, T[]>()
  #size = 0

  /** All that wait. */
  get size(): number {
    return this.#size
  }

  sizeOf(lane: string): number {
    return this.#lanes.get(lane)?.length ?? 0
  }

  push(lane: string, item: T): void {
    const waiting = this.#lanes.get(lane)
    if (waiting === undefined) this.#lanes.set(lane, [item])
    else waiting.push(item)
    this.#size++
  }

  /** Takes the first of the next lane whose first `mayGo`; that lane's next turn comes after all others'. */
  take(mayGo: (item: T, lane: string) => boolean = () => true): T | undefined {
    for (const [lane, waiting] of this.#lanes) {
      const first = waiting[0] as T
      if (!mayGo(first, lane)) continue
      waiting.shift()
      this.#lanes.delete(lane)
      if (waiting.length > 0) this.#lanes.set(lane, waiting)
      this.#size--
      return first
    }
    return undefined
  }

  /** Takes out something that need not wait any more; false when it does not wait. */
  remove(lane: string, item: T): boolean {
    const waiting = this.#lanes.get(lane) ?? []
    const place = waiting.indexOf(item)
    if (place === -1) return false
    waiting.splice(place, 1)
    if (waiting.length === 0) this.#lanes.delete(lane)
    this.#size--
    return true
  }
}
