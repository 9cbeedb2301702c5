/** How tall a browser lets an element be, with a good deal to spare: Chromium ends at 33 million pixels, others before. */
export const REAL_HEIGHT_MAX = 8_000_000

/** So close to the first and the last row a pixel of the scroller is a pixel of the rows, however many there are. */
export const EDGE_PX = 100_000

/** Heights in pixels: of all rows together, of what stands for them in the scroller, and of the part that is seen. */
export interface Heights {
  readonly all: number
  readonly real: number
  readonly seen: number
}

/** Where the scroller stands, and which part of all rows is seen there: `top` pixels from the first row. */
export interface ScrollPlace {
  readonly real: number
  readonly top: number
}

export function heightsOf(rows: number, rowHeight: number, seen: number): Heights {
  const all = rows * rowHeight
  return { all, real: Math.min(all, REAL_HEIGHT_MAX), seen }
}

/**
 * The place after the scroller moved to `real`. Where rows are taller than a browser's longest element, small steps move
 * the rows by as many pixels, and long ones, which somebody makes by dragging, lead to the same share of all rows.
 */
export function moved(place: ScrollPlace, real: number, heights: Heights): ScrollPlace {
  const { all, seen } = heights
  if (all <= heights.real) return { real, top: real }
  const last = heights.real - seen
  if (real <= 0) return { real, top: 0 }
  if (real >= last) return { real, top: all - seen }
  const step = real - place.real
  if (Math.abs(step) > 2 * seen) return { real, top: topAt(real, heights) }
  return { real, top: clamp(place.top + step, all - seen) }
}

/** The place from which `top` is seen, with the scroller at the same share of its way. */
export function placeAt(top: number, heights: Heights): ScrollPlace {
  const { all, real, seen } = heights
  const bounded = clamp(top, Math.max(0, all - seen))
  if (all <= real) return { real: bounded, top: bounded }
  return { real: Math.round(realAt(bounded, heights)), top: bounded }
}

/** Whole pixels: rows between two of them would be blurred. */
function topAt(position: number, heights: Heights): number {
  return Math.round(scaled(position, heights.real - heights.seen, heights.all - heights.seen))
}

function realAt(top: number, heights: Heights): number {
  return scaled(top, heights.all - heights.seen, heights.real - heights.seen)
}

/** Where `at`, on a way of length `way`, is on another way: as far from the nearer end, or at the same share between. */
function scaled(at: number, way: number, other: number): number {
  if (at <= EDGE_PX) return at
  if (way - at <= EDGE_PX) return other - (way - at)
  return EDGE_PX + ((at - EDGE_PX) / (way - 2 * EDGE_PX)) * (other - 2 * EDGE_PX)
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, value))
}

/** Rows that are laid out at once. All of a million would take 24 MB and be laid out anew with each entry that is recorded. */
export const STRETCH_ROWS = 10_000
const HALF = STRETCH_ROWS / 2

/** Some of all rows, around those that are seen, and where in the scroller the first of them is, in pixels. */
export interface Stretch {
  readonly firstRow: number
  readonly start: number
}

/** The stretch around a place; the same one for all places near it. At least a quarter of it lies before and behind. */
export function stretchAt({ real, top }: ScrollPlace, rowHeight: number): Stretch {
  const firstRow = Math.max(0, Math.round(top / rowHeight / HALF) * HALF - HALF)
  return { firstRow, start: firstRow * rowHeight + Math.round(real - top) }
}
