import { entryJson } from './corpus.js'

/** What a read asks for, in words that every system under test can be asked in. All of it must hold. */
export interface Wanted {
  readonly action?: string
  readonly actorId?: string
  /** Contained in some value of the entry. */
  readonly needle?: string
}

/**
 * How many of the corpus's entries 0 to `count` - 1 match each of `wanted`, found by reading every entry's
 * text: slow, and independent of every system under test.
 */
export function countMatches(seed: number, count: number, wanted: readonly Wanted[]): readonly number[] {
  const patterns = wanted.map(patternsOf)
  const counts = wanted.map(() => 0)
  for (let position = 0; position < count; position += 1) {
    const text = entryJson(seed, position)
    for (let place = 0; place < patterns.length; place += 1) {
      if (patterns[place]!.every((pattern) => text.includes(pattern))) counts[place]! += 1
    }
  }
  return counts
}

function patternsOf(wanted: Wanted): readonly string[] {
  const patterns: string[] = []
  if (wanted.action !== undefined) patterns.push(`"action":"${wanted.action}"`)
  if (wanted.actorId !== undefined) patterns.push(`"actor":{"type":"user","id":"${wanted.actorId}"`)
  if (wanted.needle !== undefined) patterns.push(wanted.needle)
  return patterns
}
