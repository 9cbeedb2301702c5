import { type GroupMember, SMALL_BYTES_MAX } from './waiting-requests.js'

/** How long what was recorded counts: after so many milliseconds half as much. */
const HALF_LIFE_MS = 1_000
/** An organization that sent more than this part of what was recorded lately is held to its share. */
const MOST = 2 / 3
/** Less than this is forgotten, bytes; looked at so often. */
const NOTHING = 1
const FORGET_EVERY_MS = 10_000
/** A group that took long, as on a database that was away, says nothing about its organization. */
const REST_MS_MAX = 250

/** What was recorded lately, as it counted at that time. */
interface Lately {
  readonly bytes: number
  readonly atMs: number
}

/**
 * Holds an organization that sends most of what is recorded to a share of the time that recording takes: after each of its groups
 * it rests, so that whoever sends little finds the thread and the processor free. Who shares with others as busy is not held
 * up, nor after a small group: one that sends an entry at a time would wait for nobody's good where others record next to
 * nothing. Meant for the time in which several record; see `WaitingRequests.shared`.
 */
export class RecordingShares {
  readonly #restPerMs: number
  readonly #lately = new Map<string, Lately>()
  #all: Lately = { bytes: 0, atMs: 0 }
  #forgotMs = 0
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
    this.#all = { bytes: bytesAt(this.#all, nowMs) + groupBytes, atMs: nowMs }
    const isSmall = groupBytes <= SMALL_BYTES_MAX
    for (const [organizationId, bytes] of bytesOf) {
      const lately = bytesAt(this.#lately.get(organizationId), nowMs) + bytes
      this.#lately.set(organizationId, { bytes: lately, atMs: nowMs })
      if (isSmall || lately <= MOST * this.#all.bytes) continue
      const restMs = Math.min(REST_MS_MAX, ms * (bytes / groupBytes) * this.#restPerMs)
      this.#restsUntil.set(organizationId, nowMs + restMs)
    }
    if (nowMs - this.#forgotMs > FORGET_EVERY_MS) this.#forget(nowMs)
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

  #forget(nowMs: number): void {
    this.#forgotMs = nowMs
    for (const [organizationId, lately] of this.#lately)
      if (bytesAt(lately, nowMs) < NOTHING) this.#lately.delete(organizationId)
  }
}

function bytesAt(lately: Lately | undefined, nowMs: number): number {
  return lately === undefined ? 0 : lately.bytes * 2 ** ((lately.atMs - nowMs) / HALF_LIFE_MS)
}
