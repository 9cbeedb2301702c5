/** A line of two texts laid side by side; undefined where one of them has none. */
export interface DiffLine {
  readonly kind: 'same' | 'changed' | 'added' | 'removed'
  readonly before?: string
  readonly after?: string
}

/** Past this many pairs of lines a diff is not worth the wait: everything was removed, everything added. */
const PAIRS_MAX = 4_000_000

/** How one text became the other, line by line. Lines that were removed and added at one place are a changed one. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const common = commonLines(before, after)
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  for (const [nextI, nextJ] of [...common, [before.length, after.length] as const]) {
    lines.push(...differing(before.slice(i, nextI), after.slice(j, nextJ)))
    if (nextI < before.length)
      lines.push({ kind: 'same', before: before[nextI] as string, after: after[nextJ] as string })
    i = nextI + 1
    j = nextJ + 1
  }
  return lines
}

function differing(removed: readonly string[], added: readonly string[]): readonly DiffLine[] {
  const length = Math.max(removed.length, added.length)
  return Array.from({ length }, (_, i): DiffLine => {
    const before = removed[i]
    const after = added[i]
    if (before === undefined) return { kind: 'added', after: after as string }
    return after === undefined ? { kind: 'removed', before } : { kind: 'changed', before, after }
  })
}

/** Places of a longest common subsequence. */
function commonLines(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  if (a.length * b.length > PAIRS_MAX) return []
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] as number) + 1
          : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number)
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number)) i++
    else j++
  }
  return pairs
}

/** What two versions of a line have in common at their ends, and what stands between. */
export function changedPart(
  one: string,
  other: string,
): readonly [start: string, middle: string, end: string] {
  let start = 0
  while (start < one.length && start < other.length && one[start] === other[start]) start++
  let end = 0
  while (
    end < one.length - start &&
    end < other.length - start &&
    one[one.length - 1 - end] === other[other.length - 1 - end]
  )
    end++
  return [one.slice(0, start), one.slice(start, one.length - end), one.slice(one.length - end)]
}

/** JSON as people read it, keys in order, so that the same thing has the same lines. */
export function jsonLines(value: unknown): readonly string[] {
  return JSON.stringify(sorted(value), null, 2).split('\n')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  // No prototype: a key may be called __proto__.
  const copy: Record<string, unknown> = Object.create(null)
  for (const [key, inner] of entries) copy[key] = sorted(inner)
  return copy
}
