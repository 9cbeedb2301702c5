import {
  elementScroll,
  observeElementOffset,
  useVirtualizer,
  type Virtualizer,
} from '@tanstack/react-virtual'
import { type RefObject, useCallback, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { heightsOf, moved, placeAt, type ScrollPlace, STRETCH_ROWS, stretchAt } from './scroll-window.js'

const OVERSCAN_ROWS = 12

/** A row to draw, and where: pixels from the top of what stands for all rows. */
export interface PlacedRow {
  readonly row: number
  readonly top: number
}

/** Which of many rows are in sight, and where to draw them. */
export interface Scroller {
  readonly ref: RefObject<HTMLDivElement | null>
  /** Of what stands for all rows, in pixels. */
  readonly height: number
  readonly drawn: readonly PlacedRow[]
  /** The first and the last row to draw; empty when `last` is before `first`. */
  readonly first: number
  readonly last: number
  /** The first row that is seen as a whole. */
  readonly topRow: number
  /** Rows that are seen at once. */
  readonly seenRows: number
  readonly isAtTop: boolean
  /** Moves so far that the row is in sight, and no farther. */
  reveal(row: number): void
  /** Moves so far that the row is the first that is seen, where enough rows follow. */
  toRow(row: number): void
  toTop(): void
}

type GridVirtualizer = Virtualizer<HTMLDivElement, Element>

/**
 * A stretch of the rows lies in the scroller where its share of all rows is; which rows of the stretch are in sight is
 * TanStack Virtual's. A list that fits into a browser's longest element lies there as it is.
 */
export function useScroller(rows: number, rowHeight: number, headHeight: number): Scroller {
  const ref = useRef<HTMLDivElement>(null)
  const { place, stretch, setPlace } = usePlaceInRows(rowHeight)
  const seen = () => Math.max(0, (virtualizer.scrollRect?.height ?? 0) - headHeight)
  const heights = () => heightsOf(rows, rowHeight, seen())
  const goTo = (top: number) => {
    const next = placeAt(top, heights())
    setPlace(next)
    virtualizer.scrollToOffset(next.real)
  }
  const observers = useObservers({
    onMove: (real) => {
      if (Math.abs(real - place.current.real) >= 1) setPlace(moved(place.current, real, heights()))
    },
    // The scroller goes to where the rows are, so that neither comes to its end before the other.
    onRest: () => {
      const { real } = placeAt(place.current.top, heights())
      if (Math.abs(real - place.current.real) >= 1) goTo(place.current.top)
    },
  })
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    ...observers,
    count: Math.max(0, Math.min(rows - stretch.firstRow, STRETCH_ROWS)),
    getScrollElement: () => ref.current,
    estimateSize: () => rowHeight,
    getItemKey: useCallback((index: number) => stretch.firstRow + index, [stretch.firstRow]),
    overscan: OVERSCAN_ROWS,
    scrollMargin: headHeight + stretch.start,
    useFlushSync: false,
  })
  const drawn = virtualizer
    .getVirtualItems()
    .map(({ index, start }) => ({ row: stretch.firstRow + index, top: start - headHeight }))
  const { top } = place.current
  return {
    ref,
    height: heights().real,
    drawn,
    first: drawn[0]?.row ?? 0,
    last: drawn.at(-1)?.row ?? -1,
    topRow: Math.max(0, Math.min(rows - 1, Math.ceil(top / rowHeight - 0.01))),
    seenRows: Math.max(1, Math.floor(seen() / rowHeight)),
    isAtTop: top < rowHeight,
    reveal: (row) => {
      const { top } = place.current
      if (row * rowHeight < top) goTo(row * rowHeight)
      else if ((row + 1) * rowHeight > top + seen()) goTo((row + 1) * rowHeight - seen())
    },
    toRow: (row) => goTo(row * rowHeight),
    toTop: () => goTo(0),
  }
}

/** Where the scroller stands, and the stretch of rows that is laid out there. */
function usePlaceInRows(rowHeight: number) {
  const place = useRef<ScrollPlace>({ real: 0, top: 0 })
  const [stretch, setStretch] = useState(() => stretchAt(place.current, rowHeight))
  const setPlace = (next: ScrollPlace) => {
    place.current = next
    const around = stretchAt(next, rowHeight)
    setStretch((before) =>
      before.firstRow === around.firstRow && before.start === around.start ? before : around,
    )
  }
  return { place, stretch, setPlace }
}

interface ScrollListener {
  /** The scroller stands somewhere else, in pixels. */
  readonly onMove: (real: number) => void
  /** Nobody scrolls any more. */
  readonly onRest: () => void
}

/** Tells the virtualizer where the scroller is once somebody else has heard it. Both functions are the same ones for ever. */
function useObservers(listener: ScrollListener) {
  const latest = useRef(listener)
  latest.current = listener
  return useMemo(() => {
    let tellOffset: ((offset: number, isScrolling: boolean) => void) | undefined
    return {
      observeElementOffset: (
        instance: GridVirtualizer,
        tell: (offset: number, isScrolling: boolean) => void,
      ) => {
        tellOffset = tell
        return observeElementOffset(instance, (real, isScrolling) => {
          // Drawn before this frame is painted, so that nobody sees a place without its rows.
          flushSync(() => {
            latest.current.onMove(real)
            tell(real, isScrolling)
          })
          if (!isScrolling) latest.current.onRest()
        })
      },
      // Told at once and not with the next frame: the rows are drawn once, where they are seen from now on.
      scrollToFn: (...[offset, options, instance]: Parameters<GridVirtualizer['options']['scrollToFn']>) => {
        elementScroll(offset, options, instance)
        tellOffset?.(instance.scrollElement?.scrollTop ?? 0, false)
      },
    }
  }, [])
}
