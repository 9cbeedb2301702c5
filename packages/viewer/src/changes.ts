import type { Json } from './entry.js'

/** What became of one value. A side is undefined where there was nothing. */
export interface Change {
  /** Names of members and numbers of items, from the outside in. */
  readonly path: readonly string[]
  readonly before: Json | undefined
  readonly after: Json | undefined
}

const CHANGES_MAX = 500

/** What differs between two states, value by value; lists of different lengths are shown as a whole. */
export function changesBetween(before: Json, after: Json): readonly Change[] {
  const changes: Change[] = []
  collect([], before, after, changes)
  return changes
}

function collect(
  path: readonly string[],
  before: Json | undefined,
  after: Json | undefined,
  into: Change[],
): void {
  if (into.length >= CHANGES_MAX || JSON.stringify(before) === JSON.stringify(after)) return
  const names = commonNames(before, after)
  if (names === undefined) {
    into.push({ path, before, after })
    return
  }
  const one = before as Readonly<Record<string, Json>>
  const other = after as Readonly<Record<string, Json>>
  for (const name of names) collect([...path, name], own(one, name), own(other, name), into)
}

/** Names to compare by; undefined when the two are not alike enough to be compared part by part. */
function commonNames(before: Json | undefined, after: Json | undefined): readonly string[] | undefined {
  if (!isContainer(before) || !isContainer(after)) return undefined
  if (Array.isArray(before) || Array.isArray(after)) {
    const alike = Array.isArray(before) && Array.isArray(after) && before.length === after.length
    return alike ? Object.keys(before) : undefined
  }
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
}

function isContainer(value: Json | undefined): value is readonly Json[] | Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null
}

function own(container: Readonly<Record<string, Json>>, name: string): Json | undefined {
  return Object.hasOwn(container, name) ? container[name] : undefined
}
