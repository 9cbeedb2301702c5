/** How tall a browser lets an element be, with a good deal to spare: Chromium ends at 33 million pixels, others before. */
export const REAL_HEIGHT_MAX = 8_000_000

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
  if (Math.abs(step) > 2 * seen) return { real, top: (real / last) * (all - seen) }
  return { real, top: clamp(place.top + step, all - seen) }
}

/** The place from which `top` is seen, with the scroller at the same share of its way. */
export function placeAt(top: number, { all, real, seen }: Heights): ScrollPlace {
  const bounded = clamp(top, Math.max(0, all - seen))
  if (all <= real) return { real: bounded, top: bounded }
  return { real: Math.round((bounded / (all - seen)) * (real - seen)), top: bounded }
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, value))
}
