import { describe, expect, it } from 'vitest'
import { pageWindows } from './page-windows.js'

describe('windows of a page', () => {
  it.each([0, 1, 3, 4, 5, 36, 37, 300, 1_000])(
    'hold every entry of a log of %i once, newest first',
    (size) => {
      for (const after of [undefined, 0, 1, 4, 5, size - 1, size].filter(
        (seq) => seq === undefined || seq >= 0,
      )) {
        const place = after === undefined ? undefined : { recorded_at: 0, seq: after }
        const windows = pageWindows(size, 'newest_first', place, 4)
        const seqs = windows.flatMap(({ from, to = size - 1 }) =>
          Array.from({ length: to - from + 1 }, (_, i) => to - i),
        )
        expect(seqs).toEqual(
          Array.from(
            { length: Math.min(size, after ?? size) },
            (_, i) => Math.min(size, after ?? size) - 1 - i,
          ),
        )
      }
    },
  )

  it.each([0, 1, 3, 4, 5, 36, 37, 300, 1_000])(
    'hold every entry of a log of %i once, oldest first',
    (size) => {
      for (const after of [undefined, 0, 1, 4, 5, size - 1, size].filter(
        (seq) => seq === undefined || seq >= 0,
      )) {
        const place = after === undefined ? undefined : { recorded_at: 0, seq: after }
        const windows = pageWindows(size, 'oldest_first', place, 4)
        const seqs = windows.flatMap(({ from, to = size - 1 }) =>
          Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i),
        )
        const first = after === undefined ? 0 : after + 1
        expect(seqs).toEqual(Array.from({ length: Math.max(0, size - first) }, (_, i) => first + i))
      }
    },
  )

  it('leave the growing end open, and only that', () => {
    expect(pageWindows(100, 'newest_first', undefined, 4).map(({ to }) => to === undefined)).toEqual([
      true,
      false,
      false,
    ])
    expect(pageWindows(100, 'newest_first', { recorded_at: 0, seq: 50 }, 4)[0]).toEqual({ from: 46, to: 49 })
    expect(pageWindows(100, 'oldest_first', undefined, 4).map(({ to }) => to === undefined)).toEqual([
      false,
      false,
      true,
    ])
  })
})
