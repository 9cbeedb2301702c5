/**
 * Windows by key, made when a key is first seen. What was not asked for during a whole generation is dropped with it,
 * so that memory holds those of the last two. A generation must be no shorter than the longest window. Times come from
 * the caller, never decreasing, in milliseconds.
 */
export class KeyedWindows<Windows> {
  readonly #generationMs: number
  readonly #make: () => Windows
  #recent = new Map<string, Windows>()
  #older = new Map<string, Windows>()
  #generationEndMs = 0

  constructor(generationMs: number, make: () => Windows) {
    this.#generationMs = generationMs
    this.#make = make
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#recent.size + this.#older.size
  }

  of(key: string, nowMs: number): Windows {
    if (nowMs >= this.#generationEndMs) this.#turn(nowMs)
    const known = this.#recent.get(key)
    if (known !== undefined) return known
    const windows = this.#older.get(key) ?? this.#make()
    this.#older.delete(key)
    this.#recent.set(key, windows)
    return windows
  }

  #turn(nowMs: number): void {
    this.#older = nowMs < this.#generationEndMs + this.#generationMs ? this.#recent : new Map()
    this.#recent = new Map()
    this.#generationEndMs = nowMs + this.#generationMs
  }
}
