import type { GroupMember } from './waiting-requests.js'

/** How long what was recorded counts: after so many milliseconds half as much. */
const HALF_LIFE_MS = 1_000
/** An organization that sent more than this part of what was recorded lately is held to its share. */
const MOST = 2 / 3
/** Less than this is forgotten, bytes. */
const NOTHING = 1

/** What an organization recorded lately, as it counted at that time. */
interface Lately {
  readonly bytes: number
  readonly atMs: number
}

/**
 * Holds an organization that sends most of what is recorded to a share of the time that recording takes: after each of its groups
 * it rests, so that whoever sends little finds the thread and the processor free. Who shares with others as busy is not held
 * up. Meant for the time in which several record; see `WaitingRequests.shared`.
 */
export class RecordingShares {
  readonly #restPerMs: number
  readonly #lately = new Map<string, Lately>()
  readonly #restsUntil = new Map<string, number>()

  /** `share` is above 0; with 1 nobody rests. */
  constructor(share: number) {
    this.#restPerMs = 1 / share - 1
  }

  /** Told of each group that was recorded, and how many milliseconds it took until `nowMs`. */
  took(group: readonly GroupMember[], ms: number, nowMs: number): void {
    if (this.#restPerMs === 0) return
    const bytesOf = new Map<string, number>()
    let groupBytes = 0
    for (const { organizationId, bytes } of group) {
      bytesOf.set(organizationId, (bytesOf.get(organizationId) ?? 0) + bytes)
      groupBytes += bytes
    }
    for (const [organizationId, bytes] of bytesOf)
      this.#lately.set(organizationId, { bytes: this.#bytesOf(organizationId, nowMs) + bytes, atMs: nowMs })
    const all = this.#sum(nowMs)
    for (const [organizationId, bytes] of bytesOf) {
      if (this.#bytesOf(organizationId, nowMs) <= MOST * all) continue
      this.#restsUntil.set(organizationId, nowMs + ms * (bytes / groupBytes) * this.#restPerMs)
    }
  }

  rests(organizationId: string, nowMs: number): boolean {
    return (this.#restsUntil.get(organizationId) ?? Number.NEGATIVE_INFINITY) > nowMs
  }

  /** How long after `nowMs` the first that rests then has rested; undefined when nobody rests. */
  soonestMs(nowMs: number): number | undefined {
    let soonest: number | undefined
    for (const [organizationId, untilMs] of this.#restsUntil) {
      if (untilMs <= nowMs) this.#restsUntil.delete(organizationId)
      else if (soonest === undefined || untilMs - nowMs < soonest) soonest = untilMs - nowMs
    }
    return soonest
  }

  #bytesOf(organizationId: string, nowMs: number): number {
    const { bytes, atMs } = this.#lately.get(organizationId) ?? { bytes: 0, atMs: nowMs }
    return bytes * 2 ** ((atMs - nowMs) / HALF_LIFE_MS)
  }

  #sum(nowMs: number): number {
    let sum = 0
    for (const organizationId of this.#lately.keys()) {
      const bytes = this.#bytesOf(organizationId, nowMs)
      if (bytes < NOTHING) this.#lately.delete(organizationId)
      sum += bytes
    }
    return sum
  }
}
