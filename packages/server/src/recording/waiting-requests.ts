import { Lanes } from '../limits/lanes.js'

/** Where a request waits, and how much of a group it takes. */
export interface GroupMember {
  readonly organizationId: string
  /** Length of its body. */
  readonly bytes: number
}

/** A group of this size takes some 20 ms to record; larger ones were no faster: measured, they cost a tenth more CPU. */
export const GROUP_BYTES_MAX = 256 * 1024
export const GROUP_REQUESTS_MAX = 256
/**
 * While several organizations record, groups are smaller: a request of a few hundred bytes neither shares its transaction
 * with somebody else's five hundred entries nor waits for one of theirs that has just begun.
 */
export const SHARED_GROUP_BYTES_MAX = 64 * 1024
/** A group or request of this size or less is a matter of one fsync: nobody has reason to go before it. */
export const SMALL_BYTES_MAX = 16 * 1024
/** How long after the last change from one organization to another several still count as recording. */
const SHARED_MS = 5_000

/** Requests that wait to be recorded. Organizations take turns, a request each, in the order in which each sent them. */
export class WaitingRequests<Request extends GroupMember> {
  readonly #lanes = new Lanes<Request>()
  readonly #bytesOf = new Map<string, number>()
  readonly #now: () => number
  #bytes = 0
  #lastOrganization: string | undefined
  #sharedUntil = Number.NEGATIVE_INFINITY

  /** `now` is a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  get size(): number {
    return this.#lanes.size
  }

  /** Bytes of all bodies. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes of an organization's bodies. */
  bytesOf(organizationId: string): number {
    return this.#bytesOf.get(organizationId) ?? 0
  }

  push(request: Request): void {
    if (this.#lastOrganization !== undefined && this.#lastOrganization !== request.organizationId)
      this.#sharedUntil = this.#now() + SHARED_MS
    this.#lastOrganization = request.organizationId
    this.#lanes.push(request.organizationId, request)
    this.#count(request, 1)
  }

  /** Whether several organizations record. */
  get shared(): boolean {
    return this.#now() < this.#sharedUntil
  }

  /** Takes the next group of those that `mayGo`: at least one request if there is any, as many as fit. */
  takeGroup(mayGo: (request: Request) => boolean = () => true): Request[] {
    const bytesMax = this.shared ? SHARED_GROUP_BYTES_MAX : GROUP_BYTES_MAX
    const group: Request[] = []
    let bytes = 0
    while (group.length < GROUP_REQUESTS_MAX) {
      const fits = (request: Request) =>
        mayGo(request) && (group.length === 0 || bytes + request.bytes <= bytesMax)
      const next = this.#lanes.take(fits)
      if (next === undefined) break
      bytes += next.bytes
      this.#count(next, -1)
      group.push(next)
    }
    return group
  }

  #count({ organizationId, bytes }: Request, sign: 1 | -1): void {
    const left = this.bytesOf(organizationId) + sign * bytes
    if (this.#lanes.sizeOf(organizationId) === 0) this.#bytesOf.delete(organizationId)
    else this.#bytesOf.set(organizationId, left)
    this.#bytes += sign * bytes
  }
}
