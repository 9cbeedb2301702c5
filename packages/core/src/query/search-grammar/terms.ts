import type { SearchReport, Span } from './problem.js'
import type { Piece, WordToken } from './tokens.js'

export type Operator = '' | '=' | '>' | '>=' | '<' | '<='

/** One value behind a key, or the needle of a free word. */
export interface TermValue extends Span {
  readonly operator: Operator
  /** Without operator, quotes and the stars at its ends. */
  readonly text: string
  /** As written, without quotes: for times, whose `*..2014` has a star of its own. */
  readonly raw: string
  /** A bare `*` stands at the start, at the end. A star alone is one at the end. */
  readonly starFirst: boolean
  readonly starLast: boolean
  /** Some of it stood in quotes: it means itself and nothing more clever. */
  readonly quoted: boolean
}

export interface KeyTerm extends Span {
  readonly kind: 'key'
  /** As written; letter case counts only below `meta.`. */
  readonly key: string
  readonly keySpan: Span
  readonly values: readonly TermValue[]
}

export interface TextTerm extends Span {
  readonly kind: 'text'
  readonly value: TermValue
}

export type Term = KeyTerm | TextTerm

const OPERATOR = /^(?:>=|<=|[=><])/
/** What may be a key: `12:30`, `::1` and `2001:db8::1` are free text. */
const KEY = /^[A-Za-z][\w.-]*$/
/** Metadata keys are strangers' words: anything may follow, in quotes where needed. */
const METADATA_KEY = /^meta(?:data)?\./i

const STAR_MESSAGE =
  'A star stands at the start or the end of a value only; put it in quotes to search for it.'

/** Reads a word as `key:value,value` or as free text. Undefined when it is neither; the report says why. */
export function readTerm(word: WordToken, report: SearchReport): Term | undefined {
  const { start, end } = word
  const split = splitKey(word.pieces)
  if (split === undefined) {
    // The words of free text keep their commas and their `>`: only stars at the ends are taken off.
    const value = readValue(word.pieces, word, { operators: false }, report)
    return value && { kind: 'text', value, start, end }
  }
  const keySpan = { start, end: split.keyEnd }
  const values: TermValue[] = []
  for (const { pieces, span } of splitAtCommas(split.rest, split.keyEnd + 1, end)) {
    const value =
      pieces.length > 0 ? readValue(pieces, span, { operators: true }, report) : missing(span, report)
    if (value === undefined) return undefined
    values.push(value)
  }
  return { kind: 'key', key: split.key, keySpan, values, start, end }
}

function missing(span: Span, report: SearchReport): undefined {
  return report.add(
    span,
    'A value is missing here; write it directly after the colon, or "" for an empty one.',
  )
}

interface KeySplit {
  readonly key: string
  readonly keyEnd: number
  readonly rest: readonly Piece[]
}

/** Cuts the word at its first bare colon, if what stands before it may be a key. */
function splitKey(pieces: readonly Piece[]): KeySplit | undefined {
  const at = pieces.findIndex((piece) => !piece.quoted && piece.text.includes(':'))
  const piece = pieces[at]
  if (piece === undefined || pieces[0]?.quoted) return undefined
  const colon = piece.text.indexOf(':')
  const before = pieces.slice(0, at)
  const key = before.map(({ text }) => text).join('') + piece.text.slice(0, colon)
  const isMetadata = METADATA_KEY.test(pieces[0]!.text)
  if (!isMetadata && (before.length > 0 || !KEY.test(key))) return undefined
  const keyEnd = piece.start + colon
  const rest = barePart(piece, colon + 1, piece.text.length)
  return { key, keyEnd, rest: [...rest, ...pieces.slice(at + 1)] }
}

/** Part of a bare piece, whose offsets are those of its text; nothing when it is empty. */
function barePart(piece: Piece, from: number, to: number): readonly Piece[] {
  if (from >= to) return []
  const start = piece.start + from
  return [{ text: piece.text.slice(from, to), quoted: false, start, end: piece.start + to }]
}

function splitAtCommas(
  pieces: readonly Piece[],
  start: number,
  end: number,
): readonly { pieces: readonly Piece[]; span: Span }[] {
  const values: { pieces: readonly Piece[]; span: Span }[] = []
  let current: Piece[] = []
  let currentStart = start
  for (const piece of pieces) {
    let from = 0
    for (let comma = commaAfter(piece, 0); comma !== -1; comma = commaAfter(piece, from)) {
      current.push(...barePart(piece, from, comma))
      values.push({ pieces: current, span: { start: currentStart, end: piece.start + comma } })
      from = comma + 1
      current = []
      currentStart = piece.start + from
    }
    current.push(...(from === 0 ? [piece] : barePart(piece, from, piece.text.length)))
  }
  return [...values, { pieces: current, span: { start: currentStart, end } }]
}

function commaAfter(piece: Piece, from: number): number {
  return piece.quoted ? -1 : piece.text.indexOf(',', from)
}

/** Takes a bare operator from the start and bare stars from both ends; a bare star between them is refused. */
function readValue(
  pieces: readonly Piece[],
  { start, end }: Span,
  { operators }: { readonly operators: boolean },
  report: SearchReport,
): TermValue | undefined {
  const raw = pieces.map(({ text }) => text).join('')
  const quoted = pieces.some((piece) => piece.quoted)
  const first = pieces[0]!
  const operator = operators && !first.quoted ? ((OPERATOR.exec(first.text)?.[0] ?? '') as Operator) : ''
  let text = raw.slice(operator.length)
  if (operator !== '' && text === '' && !quoted)
    return report.add({ start, end }, `A value is missing after ${operator}.`)
  const stray = strayStar(pieces, operator.length)
  if (stray !== undefined) return report.add(stray, STAR_MESSAGE)
  const last = pieces.at(-1)!
  const starLast = !last.quoted && last.text.endsWith('*') && text !== ''
  if (starLast) text = text.slice(0, -1)
  const starFirst = !first.quoted && first.text.startsWith('*', operator.length) && text !== ''
  if (starFirst) text = text.slice(1)
  return { operator, text, raw, starFirst, starLast, quoted, start, end }
}

/** A bare star between other characters, where it would mean nothing. */
function strayStar(pieces: readonly Piece[], firstAt: number): Span | undefined {
  for (const [i, piece] of pieces.entries()) {
    if (piece.quoted) continue
    for (const { index } of piece.text.matchAll(/\*/g)) {
      const atStart = i === 0 && index === firstAt
      const atEnd = i === pieces.length - 1 && index === piece.text.length - 1
      if (!atStart && !atEnd) return { start: piece.start + index, end: piece.start + index + 1 }
    }
  }
  return undefined
}
