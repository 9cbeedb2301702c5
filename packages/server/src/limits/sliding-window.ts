/** Parts of a window. A request is forgotten when its part has passed, so at most a sixtieth of the window early. */
export const WINDOW_SLOTS = 60

/**
 * Counts requests over the last `windowMs`, in slots: fixed memory, however many requests there are. Exact in one
 * direction: a client that never sends more than `limit` in any window is never refused; one that does gets through
 * at most a slot early. Times come from the caller, never decreasing, in milliseconds.
 */
export class SlidingWindow {
  readonly limit: number
  readonly #slotMs: number
  readonly #counts = new Uint32Array(WINDOW_SLOTS)
  /** Number of the newest slot, counted from time 0. */
  #newest = 0
  #total = 0

  constructor(limit: number, windowMs: number) {
    this.limit = limit
    this.#slotMs = windowMs / WINDOW_SLOTS
  }

  /** How many more requests fit in. */
  remaining(nowMs: number): number {
    this.#advance(nowMs)
    return Math.max(0, this.limit - this.#total)
  }

  add(nowMs: number): void {
    this.#advance(nowMs)
    const place = this.#newest % WINDOW_SLOTS
    this.#counts[place] = (this.#counts[place] as number) + 1
    this.#total++
  }

  /** Milliseconds until one more request fits in, if none comes meanwhile; 0 when it does now. */
  msUntilRoom(nowMs: number): number {
    this.#advance(nowMs)
    let left = this.#total
    if (left < this.limit) return 0
    for (let slot = this.#newest - WINDOW_SLOTS + 1; ; slot++) {
      left -= this.#count(slot)
      if (left < this.limit) return this.#endOf(slot) - nowMs
    }
  }

  /** Milliseconds until nothing is counted any more, if no request comes meanwhile. */
  msUntilEmpty(nowMs: number): number {
    this.#advance(nowMs)
    if (this.#total === 0) return 0
    let slot = this.#newest
    while (this.#count(slot) === 0) slot--
    return this.#endOf(slot) - nowMs
  }

  #count(slot: number): number {
    return slot < 0 ? 0 : (this.#counts[slot % WINDOW_SLOTS] as number)
  }

  /** When a slot stops being counted. */
  #endOf(slot: number): number {
    return (slot + WINDOW_SLOTS) * this.#slotMs
  }

  #advance(nowMs: number): void {
    const current = Math.floor(nowMs / this.#slotMs)
    if (current <= this.#newest) return
    if (current - this.#newest >= WINDOW_SLOTS) {
      this.#counts.fill(0)
      this.#total = 0
    } else {
      for (let slot = this.#newest + 1; slot <= current; slot++) {
        const place = slot % WINDOW_SLOTS
        this.#total -= this.#counts[place] as number
        this.#counts[place] = 0
      }
    }
    this.#newest = current
  }
}
