import type { LogName } from '@counterfoil/core'
import { keyOf } from './log-key.js'

/** A log that has grown, and since when that waits, performance.now(). */
export interface GrownLog {
  readonly log: LogName
  readonly since: number
}

/** Logs that wait to be brought forward, those that have waited longest before the others. */
export class GrownLogs {
  readonly #logs = new Map<string, GrownLog>()
  /** Since when the oldest growth waits that is being signed at this moment. */
  #takenSince: number | undefined

  get size(): number {
    return this.#logs.size
  }

  /** Since when the oldest growth waits, performance.now(); undefined when nothing does. */
  get since(): number | undefined {
    const [oldest] = this.#logs.values()
    if (oldest === undefined || this.#takenSince === undefined) return oldest?.since ?? this.#takenSince
    return Math.min(oldest.since, this.#takenSince)
  }

  add(logs: readonly LogName[]): void {
    const since = performance.now()
    for (const log of logs) if (!this.#logs.has(keyOf(log))) this.#logs.set(keyOf(log), { log, since })
  }

  /** Takes up to `max` logs: first those with these keys, because somebody waits for them. Say by `settle` when they are done. */
  take(wanted: Iterable<string>, max: number): readonly GrownLog[] {
    const taken: GrownLog[] = []
    for (const keys of [wanted, this.#logs.keys()]) {
      for (const key of keys) {
        if (taken.length === max) break
        const grown = this.#logs.get(key)
        if (grown === undefined) continue
        taken.push(grown)
        this.#logs.delete(key)
      }
    }
    this.#takenSince = taken.length === 0 ? undefined : Math.min(...taken.map(({ since }) => since))
    return taken
  }

  /** What was taken is done, but for these: they wait as before. */
  settle(again: readonly GrownLog[]): void {
    this.#takenSince = undefined
    if (again.length === 0) return
    // They have waited longest; what was added to one of them meanwhile waits no shorter.
    const others = [...this.#logs]
    this.#logs.clear()
    for (const grown of again) this.#logs.set(keyOf(grown.log), grown)
    for (const [key, grown] of others) if (!this.#logs.has(key)) this.#logs.set(key, grown)
  }

  clear(): void {
    this.#logs.clear()
  }
}
