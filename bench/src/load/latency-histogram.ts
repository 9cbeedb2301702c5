const SUB_BUCKETS = 64
const SUB_BUCKET_BITS = 6
/** 2^31 microseconds, 36 minutes: far past any timeout. */
const DOUBLINGS = 32 - SUB_BUCKET_BITS

/**
 * Counts latencies in buckets of at most 1.6 % width, so that millions of samples cost a fixed 7 KB and no
 * sort. Percentiles answer with a bucket's upper bound: never better than the truth.
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array((DOUBLINGS + 1) * SUB_BUCKETS)
  #count = 0
  #maxMs = 0

  add(ms: number): void {
    this.#counts[bucketOf(Math.round(ms * 1_000))]! += 1
    this.#count += 1
    if (ms > this.#maxMs) this.#maxMs = ms
  }

  get count(): number {
    return this.#count
  }

  get maxMs(): number {
    return this.#maxMs
  }

  /** The latency that `share` of all samples did not exceed; 0 without samples. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.#count * share)
    for (let bucket = 0; left > 0; bucket += 1) {
      left -= this.#counts[bucket]!
      if (left <= 0) return Math.min(upperBoundUs(bucket) / 1_000, this.#maxMs)
    }
    return 0
  }
}

function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us
  const doubling = 31 - Math.clz32(us) - SUB_BUCKET_BITS
  return (doubling + 1) * SUB_BUCKETS + (us >>> doubling) - SUB_BUCKETS
}

function upperBoundUs(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket
  const doubling = Math.floor(bucket / SUB_BUCKETS) - 1
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS) + 1) * 2 ** doubling - 1
}
