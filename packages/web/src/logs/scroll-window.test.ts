import { describe, expect, it } from 'vitest'
import {
  EDGE_PX,
  heightsOf,
  moved,
  placeAt,
  REAL_HEIGHT_MAX,
  type ScrollPlace,
  STRETCH_ROWS,
  stretchAt,
} from './scroll-window.js'

const ROW = 34
const SEEN = 600

describe('a short list', () => {
  it('scrolls as ever', () => {
    const heights = heightsOf(1_000, ROW, SEEN)
    expect(heights.real).toBe(34_000)
    expect(moved({ real: 0, top: 0 }, 1_234, heights)).toEqual({ real: 1_234, top: 1_234 })
    expect(placeAt(99_999, heights)).toEqual({ real: 33_400, top: 33_400 })
    expect(placeAt(50, heightsOf(3, ROW, SEEN))).toEqual({ real: 0, top: 0 })
  })
})

describe('a list of a million rows', () => {
  const heights = heightsOf(1_000_000, ROW, SEEN)

  it('is no taller than a browser takes', () => {
    expect(heights).toEqual({ all: 34_000_000, real: REAL_HEIGHT_MAX, seen: SEEN })
  })

  it('moves by pixels with the wheel, and by its share when dragged', () => {
    const middle = placeAt(17_000_000, heights)
    expect(moved(middle, middle.real + 100, heights).top).toBe(17_000_100)
    const far = moved({ real: 0, top: 0 }, 4_000_000, heights)
    expect(far.top / (heights.all - SEEN)).toBeCloseTo(4_000_000 / (heights.real - SEEN), 3)
    expect(far.top % 1).toBe(0)
  })

  it('moves by pixels near its ends, wherever somebody came from', () => {
    for (const real of [0, 1, 5_000, EDGE_PX]) {
      expect(placeAt(real, heights)).toEqual({ real, top: real })
      expect(moved({ real: 4_000_000, top: 17_000_000 }, real, heights).top).toBe(real)
      const fromEnd = heights.real - SEEN - real
      expect(moved({ real: 4_000_000, top: 17_000_000 }, fromEnd, heights).top).toBe(34_000_000 - SEEN - real)
    }
  })

  it('reaches the first and the last row, however it came there', () => {
    expect(moved({ real: 100, top: 5_000 }, 0, heights).top).toBe(0)
    expect(moved({ real: 7_999_300, top: 20_000_000 }, heights.real - SEEN, heights).top).toBe(
      34_000_000 - SEEN,
    )
  })

  it('keeps its place when the scroller is set to where it belongs', () => {
    const place = placeAt(12_345_678, heights)
    expect(moved(place, place.real, heights).top).toBe(12_345_678)
  })
})

describe('the stretch of rows that is laid out', () => {
  const heights = heightsOf(1_000_000, ROW, SEEN)
  const rowsOf = (place: ScrollPlace) => {
    const { firstRow, start } = stretchAt(place, ROW)
    const first = firstRow + (place.real - start) / ROW
    return { firstRow, before: first - firstRow, first }
  }

  it('has the rows that are seen where they are seen, with many more around them', () => {
    for (let top = 0; top <= heights.all - SEEN; top += 1_234_567) {
      const { firstRow, before, first } = rowsOf(placeAt(top, heights))
      expect(first).toBeCloseTo(top / ROW, 6)
      if (firstRow > 0) expect(before).toBeGreaterThanOrEqual(STRETCH_ROWS / 4)
      expect(before).toBeLessThanOrEqual((STRETCH_ROWS * 3) / 4)
    }
  })

  it('stays while somebody scrolls near it', () => {
    const place = placeAt(17_000_000, heights)
    const near = moved(place, place.real + SEEN, heights)
    expect(stretchAt(near, ROW)).toEqual(stretchAt(place, ROW))
  })
})
