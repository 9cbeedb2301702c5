/**
 * Things that wait, in a lane for each organization. Lanes take turns in rounds, whatever their lengths: a lane that has had
 * its turn has the next one in the next round, behind whoever comes until then. Within a lane the order is that of arrival.
 */
export class Lanes<T> {
  /** Lanes that have not had their turn in this round, in the order in which they came; a lane that is empty is forgotten. */
  #thisRound = new Map<string, T[]>()
  #nextRound = new Map<string, T[]>()
  /** Who has had a turn in this round. */
  readonly #served = new Set<string>()
  #size = 0

  /** All that wait. */
  get size(): number {
    return this.#size
  }

  sizeOf(lane: string): number {
    return this.#waitingOf(lane)?.length ?? 0
  }

  push(lane: string, item: T): void {
    const waiting = this.#waitingOf(lane)
    if (waiting !== undefined) waiting.push(item)
    else (this.#served.has(lane) ? this.#nextRound : this.#thisRound).set(lane, [item])
    this.#size++
  }

  /** Takes the first of the next lane whose first `mayGo`; that lane's next turn comes after all others'. */
  take(mayGo: (item: T, lane: string) => boolean = () => true): T | undefined {
    const lane = nextLane(this.#thisRound, mayGo) ?? nextLane(this.#nextRound, mayGo)
    if (lane === undefined) return undefined
    if (this.#thisRound.size === 0) this.#beginRound()
    const waiting = this.#waitingOf(lane) as T[]
    const first = waiting.shift()
    this.#forget(lane)
    this.#served.add(lane)
    if (waiting.length > 0) this.#nextRound.set(lane, waiting)
    this.#size--
    return first
  }

  /** Takes out something that need not wait any more; false when it does not wait. */
  remove(lane: string, item: T): boolean {
    const waiting = this.#waitingOf(lane) ?? []
    const place = waiting.indexOf(item)
    if (place === -1) return false
    waiting.splice(place, 1)
    if (waiting.length === 0) this.#forget(lane)
    this.#size--
    return true
  }

  #beginRound(): void {
    ;[this.#thisRound, this.#nextRound] = [this.#nextRound, this.#thisRound]
    this.#served.clear()
  }

  #waitingOf(lane: string): T[] | undefined {
    return this.#thisRound.get(lane) ?? this.#nextRound.get(lane)
  }

  #forget(lane: string): void {
    this.#thisRound.delete(lane)
    this.#nextRound.delete(lane)
  }
}

function nextLane<T>(
  round: ReadonlyMap<string, readonly T[]>,
  mayGo: (item: T, lane: string) => boolean,
): string | undefined {
  for (const [lane, waiting] of round) if (mayGo(waiting[0] as T, lane)) return lane
  return undefined
}
