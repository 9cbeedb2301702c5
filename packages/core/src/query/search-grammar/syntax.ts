import type { SearchReport, Span } from './problem.js'
import type { Token, WordToken } from './tokens.js'

/** The shape of a search text before its words mean anything. */
export type SyntaxNode =
  | WordToken
  | ({ readonly kind: 'and' | 'or'; readonly parts: readonly SyntaxNode[] } & Span)
  /** A group keeps its words apart: `(actor:a) (actor:b)` is not `actor:a actor:b`. */
  | ({ readonly kind: 'not' | 'group'; readonly part: SyntaxNode } & Span)

/** Parentheses and NOTs within each other. Enough to write any filter of `FILTER_DEPTH_MAX`. */
export const SYNTAX_DEPTH_MAX = 40

/**
 * `search = all { OR all }`, `all = item { [AND] item }`, `item = { NOT | - } word | ( search )`.
 * So AND binds tighter than OR. Undefined when nothing is left; each thing that does not fit is reported.
 */
export function parseSyntax(tokens: readonly Token[], report: SearchReport): SyntaxNode | undefined {
  return new SyntaxParser(tokens, report).parse()
}

class SyntaxParser {
  readonly #tokens: readonly Token[]
  readonly #report: SearchReport
  #at = 0

  constructor(tokens: readonly Token[], report: SearchReport) {
    this.#tokens = tokens
    this.#report = report
  }

  parse(): SyntaxNode | undefined {
    const parts: SyntaxNode[] = []
    while (this.#at < this.#tokens.length) {
      const part = this.#any(0)
      if (part !== undefined) parts.push(part)
      // `#any` stops before a parenthesis that closes nothing.
      const stray = this.#take('close')
      if (stray !== undefined) this.#report.add(stray, 'This parenthesis closes nothing.')
    }
    return joined('and', parts)
  }

  #any(depth: number): SyntaxNode | undefined {
    const parts: SyntaxNode[] = []
    const first = this.#all(depth)
    if (first !== undefined) parts.push(first)
    for (let or = this.#take('or'); or !== undefined; or = this.#take('or')) {
      const next = this.#all(depth)
      if (parts.length === 0 || next === undefined) this.#report.add(or, bothSides('OR'))
      if (next !== undefined) parts.push(next)
    }
    return joined('or', parts)
  }

  #all(depth: number): SyntaxNode | undefined {
    const parts: SyntaxNode[] = []
    for (;;) {
      const and = this.#take('and')
      const part = this.#item(depth)
      if (and !== undefined && (parts.length === 0 || part === undefined))
        this.#report.add(and, bothSides('AND'))
      if (part !== undefined) parts.push(part)
      else if (and === undefined) return joined('and', parts)
    }
  }

  #item(depth: number): SyntaxNode | undefined {
    const next = this.#tokens[this.#at]
    if (next?.kind === 'word') {
      this.#at++
      return next
    }
    const sign = this.#take('not') ?? this.#take('open')
    if (sign === undefined) return undefined
    if (depth >= SYNTAX_DEPTH_MAX) {
      // The rest would only repeat this problem.
      this.#at = this.#tokens.length
      return this.#report.add(sign, `Parentheses and NOTs nest at most ${SYNTAX_DEPTH_MAX} deep.`)
    }
    return sign.kind === 'not' ? this.#negated(sign, depth + 1) : this.#group(sign, depth + 1)
  }

  #negated(sign: Token, depth: number): SyntaxNode | undefined {
    const part = this.#item(depth)
    if (part === undefined) {
      if (this.#report.problems.length === 0)
        this.#report.add(sign, 'NOT needs something to exclude after it.')
      return undefined
    }
    return { kind: 'not', part, start: sign.start, end: part.end }
  }

  #group(open: Token, depth: number): SyntaxNode | undefined {
    const part = this.#any(depth)
    const close = this.#take('close')
    if (close === undefined && this.#report.problems.length === 0)
      this.#report.add(open, 'This parenthesis is not closed.')
    if (part === undefined) {
      if (this.#report.problems.length === 0)
        this.#report.add({ start: open.start, end: close!.end }, 'There is nothing between the parentheses.')
      return undefined
    }
    return { kind: 'group', part, start: open.start, end: close?.end ?? part.end }
  }

  #take(kind: Token['kind']): Token | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind !== kind) return undefined
    this.#at++
    return token
  }
}

function joined(kind: 'and' | 'or', parts: readonly SyntaxNode[]): SyntaxNode | undefined {
  const [first] = parts
  if (first === undefined || parts.length === 1) return first
  return { kind, parts, start: first.start, end: parts.at(-1)!.end }
}

function bothSides(word: string): string {
  return `${word} stands between two conditions; write "${word}" in quotes to search for it.`
}
