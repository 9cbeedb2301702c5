import type { SearchReport, Span } from './problem.js'

/** A stretch of a word: bare characters, which may hold operators, or what stood in quotes, which may not. */
export interface Piece extends Span {
  /** Without quotes and escapes. */
  readonly text: string
  readonly quoted: boolean
}

/** Characters up to a blank or a parenthesis, such as `actor:"Ada Lovelace",bob*`. Never without a piece. */
export interface WordToken extends Span {
  readonly kind: 'word'
  readonly pieces: readonly Piece[]
}

export interface SignToken extends Span {
  /** `not` stands for NOT and for a minus alike. */
  readonly kind: 'open' | 'close' | 'or' | 'and' | 'not'
}

export type Token = WordToken | SignToken

const BLANK = /\s/
const KEYWORDS: ReadonlyMap<string, SignToken['kind']> = new Map([
  ['OR', 'or'],
  ['AND', 'and'],
  ['NOT', 'not'],
])

/** Splits a search text into tokens. Every character that is not blank belongs to one token or to a problem. */
export function tokenize(text: string, report: SearchReport): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at]!
    const span = { start: at, end: at + 1 }
    if (BLANK.test(char)) at++
    else if (char === '(' || char === ')') {
      tokens.push({ kind: char === '(' ? 'open' : 'close', ...span })
      at++
    } else if (char === '-' && !followsMinus(text, at)) {
      if (endsWord(text, at + 1) && text[at + 1] !== '(')
        report.add(
          span,
          'A minus stands directly before what it excludes; write "-" in quotes to search for it.',
        )
      else tokens.push({ kind: 'not', ...span })
      at++
    } else {
      const word = readWord(text, at, report)
      tokens.push(keywordOf(word) ?? word)
      at = word.end
    }
  }
  return tokens
}

/** One minus is an operator, a second one is text: `--force` excludes `-force`. */
function followsMinus(text: string, at: number): boolean {
  return at > 0 && text[at - 1] === '-'
}

function endsWord(text: string, at: number): boolean {
  const char = text[at]
  return char === undefined || char === '(' || char === ')' || BLANK.test(char)
}

function readWord(text: string, start: number, report: SearchReport): WordToken {
  const pieces: Piece[] = []
  let at = start
  while (!endsWord(text, at)) {
    const piece = text[at] === '"' ? readQuoted(text, at, report) : readBare(text, at)
    pieces.push(piece)
    at = piece.end
  }
  return { kind: 'word', pieces, start, end: at }
}

function readBare(text: string, start: number): Piece {
  let end = start
  while (!endsWord(text, end) && text[end] !== '"') end++
  return { text: text.slice(start, end), quoted: false, start, end }
}

/** `\"` and `\\` stand for the second character; any other backslash is itself, as in `"C:\temp"`. */
function readQuoted(source: string, start: number, report: SearchReport): Piece {
  let text = ''
  let at = start + 1
  while (at < source.length && source[at] !== '"') {
    if (source[at] === '\\' && (source[at + 1] === '"' || source[at + 1] === '\\')) at++
    text += source[at]
    at++
  }
  if (at >= source.length)
    report.add({ start, end: source.length }, 'The quote is not closed; write \\" for a quote within quotes.')
  return { text, quoted: true, start, end: Math.min(at + 1, source.length) }
}

function keywordOf(word: WordToken): SignToken | undefined {
  const [piece] = word.pieces
  if (piece === undefined || piece.quoted || word.pieces.length > 1) return undefined
  const kind = KEYWORDS.get(piece.text)
  return kind && { kind, start: word.start, end: word.end }
}
