/**
 * A clock of microseconds since 1970 that follows the system's wall clock, steps included. The wall clock's own
 * resolution is a millisecond; within one, the monotonic clock says how far we are, and never past its end.
 */
export function microsecondClock(
  wallMs: () => number = Date.now,
  monotonicMs: () => number = () => performance.now(),
): () => number {
  let tickMs = Number.NaN
  let tickStart = 0
  return () => {
    const ms = wallMs()
    if (ms !== tickMs) {
      tickMs = ms
      tickStart = monotonicMs()
    }
    const within = Math.min(999, Math.max(0, Math.floor((monotonicMs() - tickStart) * 1000)))
    return ms * 1000 + within
  }
}
