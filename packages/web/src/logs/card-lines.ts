import type { ColumnChoice, ColumnId } from './columns.js'

/** A line of a card: columns one behind the other, and one at its end. */
export interface CardLine {
  readonly left: readonly ColumnId[]
  readonly right?: ColumnId
}

const LINE_PX = 18
const PADDING_PX = 22
/** So many columns stand beside the time; further ones have a line of their own. */
const BESIDE_TIME = 2

/** What a card says of an entry, line by line: what the chosen columns do, the most telling one first. */
export function cardLinesOf(columns: readonly ColumnChoice[]): readonly CardLine[] {
  const chosen = columns.map(({ id }) => id)
  const atEnd: readonly ColumnId[] = ['severity', 'time']
  const title = chosen.find((id) => id === 'action') ?? chosen.find((id) => !atEnd.includes(id))
  const rest = chosen.filter((id) => id !== title && !atEnd.includes(id))
  const line = (left: readonly ColumnId[], end: ColumnId): CardLine =>
    chosen.includes(end) ? { left, right: end } : { left }
  return [
    line(title === undefined ? [] : [title], 'severity'),
    line(rest.slice(0, BESIDE_TIME), 'time'),
    { left: rest.slice(BESIDE_TIME) },
  ].filter(({ left, right }) => left.length > 0 || right !== undefined)
}

/** How tall each card of these columns is, in pixels. */
export function cardHeight(columns: readonly ColumnChoice[]): number {
  return PADDING_PX + LINE_PX * cardLinesOf(columns).length
}
