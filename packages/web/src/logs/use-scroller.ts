import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type Heights, heightsOf, moved, placeAt, type ScrollPlace } from './scroll-window.js'

const OVERSCAN_ROWS = 12
const SETTLE_MS = 160

/** Which of many rows are in sight, and where to draw them. */
export interface Scroller {
  readonly ref: RefObject<HTMLDivElement | null>
  readonly onScroll: () => void
  readonly heights: Heights
  /** Rows to draw; empty when `last` is before `first`. */
  readonly first: number
  readonly last: number
  /** The first row that is seen as a whole. */
  readonly topRow: number
  /** Rows that are seen at once. */
  readonly seenRows: number
  readonly isAtTop: boolean
  /** Where a row is drawn, in pixels from the top of what stands for all rows. */
  topOf(row: number): number
  /** Moves so far that the row is in sight, and no farther. */
  reveal(row: number): void
  /** Moves so far that the row is the first that is seen, where enough rows follow. */
  toRow(row: number): void
  toTop(): void
}

export function useScroller(rows: number, rowHeight: number, headHeight: number): Scroller {
  const ref = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(0)
  const [place, setPlace] = useState<ScrollPlace>({ real: 0, top: 0 })
  const latest = useRef(place)
  const heights = useMemo(() => heightsOf(rows, rowHeight, seen), [rows, rowHeight, seen])
  const set = useCallback((next: ScrollPlace) => {
    latest.current = next
    setPlace(next)
  }, [])
  useSeenHeight(ref, headHeight, setSeen)
  const goTo = useCallback(
    (top: number) => {
      const next = placeAt(top, heights)
      set(next)
      if (ref.current !== null) ref.current.scrollTop = next.real
    },
    [heights, set],
  )
  const settle = useSettling(() => {
    // The scroller goes to where the rows are, so that neither comes to its end before the other.
    if (heights.all > heights.real) goTo(latest.current.top)
  })
  const onScroll = useCallback(() => {
    const real = ref.current?.scrollTop ?? 0
    if (Math.abs(real - latest.current.real) < 1) return
    set(moved(latest.current, real, heights))
    settle()
  }, [heights, set, settle])
  const first = Math.max(0, Math.floor(place.top / rowHeight) - OVERSCAN_ROWS)
  const last = Math.min(rows - 1, Math.ceil((place.top + seen) / rowHeight) + OVERSCAN_ROWS)
  return {
    ref,
    onScroll,
    heights,
    first,
    last,
    topRow: Math.max(0, Math.min(rows - 1, Math.ceil(place.top / rowHeight - 0.01))),
    seenRows: Math.max(1, Math.floor(seen / rowHeight)),
    isAtTop: place.top < rowHeight,
    topOf: (row) => row * rowHeight - place.top + place.real,
    reveal: (row) => {
      const { top } = latest.current
      if (row * rowHeight < top) goTo(row * rowHeight)
      else if ((row + 1) * rowHeight > top + seen) goTo((row + 1) * rowHeight - seen)
    },
    toRow: (row) => goTo(row * rowHeight),
    toTop: () => goTo(0),
  }
}

function useSeenHeight(
  ref: RefObject<HTMLDivElement | null>,
  headHeight: number,
  setSeen: (height: number) => void,
): void {
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const measure = () => setSeen(Math.max(0, element.clientHeight - headHeight))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [ref, headHeight, setSeen])
}

/** Calls back when nothing has called for a while. */
function useSettling(then: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(then)
  latest.current = then
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(() => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => latest.current(), SETTLE_MS)
  }, [])
}
