import type { AdmissionLimits } from '../entry/limits.js'
import { quoted, type Report } from '../entry/report.js'
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  endOfWhiteSpace,
  isDigit,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './ascii.js'
import { inspectString } from './inspect-string.js'
import { endOfContainer, endOfNumber, endOfWord } from './literals.js'
import { numberFault } from './number-literal.js'
import { Places } from './place.js'
import { decodeLeniently, decodeUtf8, firstInvalidUtf8 } from './utf8.js'

/** Breaks off the inspection of a text whose grammar is wrong; already reported. */
class Unreadable extends Error {}

const NUMBER_FAULTS = {
  unsafe_integer: 'is an integer outside ±(2^53−1)',
  not_finite: 'is larger than any double',
  underflow: 'is too near to zero for a double',
  imprecise: 'has more digits than a double keeps',
} as const

const STRING_FAULTS = {
  open: 'The string has no closing quote',
  control_character: 'A control character in a string must be escaped',
  bad_escape: 'A backslash in a string starts no valid escape',
} as const

/**
 * Reads JSON text byte by byte and reports every fault with its place. A fault of the grammar ends the
 * inspection of its text, because what follows has no certain place. Recursion is bounded by `limits.depth`:
 * what lies deeper is skipped unread.
 */
export class Inspector {
  readonly #bytes: Uint8Array
  readonly #limits: AdmissionLimits
  readonly #report: Report
  readonly #isUtf8: boolean
  readonly #places: Places
  #at = 0
  #end = 0
  /** False once a part was skipped or broke off, so that the text must not go to the native parser. */
  #readable = true

  constructor(bytes: Uint8Array, limits: AdmissionLimits, report: Report) {
    this.#bytes = bytes
    this.#limits = limits
    this.#report = report
    this.#places = new Places(bytes)
    this.#isUtf8 = decodeUtf8(bytes) !== undefined
  }

  /** Inspects one entry from `start` to before `end`. Tells whether native parsing could read it. */
  inspectEntry(start: number, end: number): boolean {
    return this.#run(start, end, () => this.#entry())
  }

  /** Inspects the whole text as an array of entries. Tells whether native parsing could read it. */
  inspectBatch(): boolean {
    return this.#run(0, this.#bytes.length, () => this.#batch())
  }

  reportTooMany(): void {
    this.#report.add(
      'too_many',
      `The body has more than ${this.#limits.entries} entries; send the rest in further requests.`,
    )
  }

  #run(start: number, end: number, inspect: () => void): boolean {
    this.#at = start
    this.#end = end
    this.#readable = true
    const depth = this.#report.path.length
    try {
      inspect()
      if (this.#peek() !== undefined) this.#expected('the end of the text')
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      this.#report.leaveTo(depth)
    }
    return this.#readable
  }

  #batch(): void {
    this.#peek()
    let index = 0
    this.#elements(() => {
      if (index === this.#limits.entries) {
        this.reportTooMany()
        throw this.#unreadable()
      }
      this.#report.enter(index++)
      this.#entry()
      this.#report.leave()
    })
  }

  #entry(): void {
    const byte = this.#peek()
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const end = endOfContainer(this.#bytes, this.#at, this.#end)
      const size = end - this.#at
      if (size > this.#limits.entryBytes) {
        this.#report.add(
          'too_large',
          `The entry has ${size} bytes; at most ${this.#limits.entryBytes} are allowed.`,
        )
        this.#at = end
        this.#readable = false
        return
      }
    }
    this.#value(1)
  }

  /** `depth` counts the containers of the entry down to this value, itself included if it is one. */
  #value(depth: number): void {
    const byte = this.#peek()
    if (byte === QUOTE) this.#string('The string')
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#container(byte, depth)
    else if (byte === MINUS || isDigit(byte)) this.#number()
    else {
      const end = endOfWord(this.#bytes, this.#at, this.#end)
      if (end === -1) this.#expected('a value')
      else this.#at = end
    }
  }

  #container(byte: number, depth: number): void {
    if (depth > this.#limits.depth) {
      this.#report.add('too_deep', `An entry may nest at most ${this.#limits.depth} objects and arrays.`)
      this.#at = endOfContainer(this.#bytes, this.#at, this.#end)
      this.#readable = false
    } else if (byte === OPEN_BRACE) this.#object(depth)
    else {
      let index = 0
      this.#elements(() => {
        this.#report.enter(index++)
        this.#value(depth + 1)
        this.#report.leave()
      })
    }
  }

  #elements(inspectElement: () => void): void {
    this.#at++
    if (this.#peek() === CLOSE_BRACKET) {
      this.#at++
      return
    }
    for (;;) {
      inspectElement()
      const byte = this.#peek()
      if (byte !== COMMA && byte !== CLOSE_BRACKET) this.#expected('a comma or the end of the array')
      this.#at++
      if (byte === CLOSE_BRACKET) return
    }
  }

  #object(depth: number): void {
    this.#at++
    if (this.#peek() === CLOSE_BRACE) {
      this.#at++
      return
    }
    const keys = new Set<string>()
    for (;;) {
      this.#member(keys, depth)
      const byte = this.#peek()
      if (byte !== COMMA && byte !== CLOSE_BRACE) this.#expected('a comma or the end of the object')
      this.#at++
      if (byte === CLOSE_BRACE) return
    }
  }

  #member(keys: Set<string>, depth: number): void {
    if (this.#peek() !== QUOTE) this.#expected('a key in double quotes')
    const start = this.#at
    this.#string('A key of this object')
    const key = keyOf(this.#bytes, start, this.#at)
    if (this.#peek() !== COLON) this.#expected('a colon')
    this.#at++
    this.#report.enter(key)
    if (keys.has(key)) {
      this.#report.add(
        'duplicate_key',
        `The key ${quoted(key)} is in its object more than once; send it once.`,
      )
    }
    keys.add(key)
    this.#value(depth + 1)
    this.#report.leave()
  }

  /** Goes behind a string and reports what is wrong with it. */
  #string(subject: string): void {
    const start = this.#at
    const seen = inspectString(this.#bytes, start + 1, this.#end)
    this.#at = seen.end
    const invalid = this.#isUtf8 ? -1 : firstInvalidUtf8(this.#bytes, start, seen.end)
    if (invalid !== -1) {
      this.#readable = false
      this.#report.add('invalid_utf8', `${subject} is not UTF-8 from byte ${invalid} of the body on.`)
    }
    if (seen.loneSurrogate) {
      this.#report.add('lone_surrogate', `${subject} has half of a surrogate pair, which is no character.`)
    }
    if (seen.nul)
      this.#report.add('nul_character', `${subject} has the character U+0000, which cannot be stored.`)
    if (seen.fault !== undefined) this.#syntaxError(STRING_FAULTS[seen.fault])
  }

  #number(): void {
    const start = this.#at
    const end = endOfNumber(this.#bytes, start, this.#end)
    if (end === -1) this.#syntaxError('This is not a number as JSON writes it')
    this.#at = end
    const fault = numberFault(this.#bytes, start, end)
    if (fault === undefined) return
    const literal = decodeLeniently(this.#bytes.subarray(start, Math.min(end, start + 100)))
    const why = NUMBER_FAULTS[fault]
    this.#report.add(
      'number_not_representable',
      `${quoted(literal).slice(1, -1)} ${why}; send it as a string.`,
    )
  }

  /** The next byte that is not white space; undefined at the end. */
  #peek(): number | undefined {
    this.#at = Math.min(endOfWhiteSpace(this.#bytes, this.#at), this.#end)
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined
  }

  #expected(what: string): never {
    if (this.#at === this.#end) this.#syntaxError(`The text ends where ${what} should follow`)
    if (firstInvalidUtf8(this.#bytes, this.#at, this.#end) === this.#at) {
      this.#report.add('invalid_utf8', `Byte ${this.#at} of the body is not UTF-8.`)
      throw this.#unreadable()
    }
    if (this.#at === 0 && this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) {
      this.#syntaxError('The body starts with a byte order mark; send UTF-8 without it')
    }
    const found = decodeLeniently(this.#bytes.subarray(this.#at, this.#at + 8)).slice(0, 1)
    this.#syntaxError(`Expected ${what} but found ${quoted(found)}`)
  }

  #syntaxError(message: string): never {
    this.#report.add('invalid_json', `${message} (${this.#places.describe(this.#at)}).`)
    throw this.#unreadable()
  }

  #unreadable(): Unreadable {
    this.#readable = false
    return new Unreadable()
  }
}

/** The key that the string literal from `from` to before `to`, quotes included, stands for. */
function keyOf(bytes: Uint8Array, from: number, to: number): string {
  let key = ''
  for (let at = from + 1; at < to - 1; at++) {
    const byte = bytes[at]!
    // Most keys are plain ASCII; a decoder called for each took half of the whole inspection.
    if (byte === BACKSLASH || byte >= 0x80)
      return JSON.parse(decodeLeniently(bytes.subarray(from, to))) as string
    key += String.fromCharCode(byte)
  }
  return key
}
