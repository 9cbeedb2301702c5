import { appendFileSync, writeFileSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import type { Output } from '../command.js'
import { toTerminalText } from '../output/terminal-text.js'
import type { Refusal } from './batch-sender.js'

const LISTED_MAX = 20
const ORIGINAL_CHARS_MAX = 65_536

export interface RefusalListSettings {
  /** Where the first few are listed; undefined lists none. */
  readonly output: Output | undefined
  /** Where all of them go, a JSON object a line; undefined for no file. */
  readonly file: string | undefined
  /** Goes on with a file that an interrupted import began. */
  readonly append: boolean
}

/** Tells what an import refused: the first few at once, all of them in a file. */
export class RefusalList {
  readonly #settings: RefusalListSettings
  #count = 0

  constructor(settings: RefusalListSettings) {
    this.#settings = settings
    if (settings.file !== undefined && !settings.append) this.#write(settings.file, '')
  }

  add(refusals: readonly Refusal[]): void {
    const { output, file } = this.#settings
    for (const { place, reason } of refusals) {
      this.#count++
      if (this.#count <= LISTED_MAX) output?.write(`refused ${place}: ${toTerminalText(reason)}\n`)
    }
    if (file === undefined || refusals.length === 0) return
    const lines = refusals.map((refusal) => {
      const original = refusal.original.slice(0, ORIGINAL_CHARS_MAX)
      return `${JSON.stringify({ ...refusal, original })}\n`
    })
    this.#write(file, lines.join(''))
  }

  /** Says how many more there were than were listed. */
  finish(): void {
    const { output, file } = this.#settings
    if (this.#count <= LISTED_MAX) return
    const more = `… and ${this.#count - LISTED_MAX} more`
    output?.write(`${more}${file === undefined ? '; --refused <file> lists them all' : `; see ${file}`}.\n`)
  }

  #write(file: string, text: string): void {
    try {
      if (text === '') writeFileSync(file, '')
      else appendFileSync(file, text)
    } catch (cause) {
      throw new AppError('invalid_request', {
        param: 'refused',
        hint: `${file} cannot be written: ${(cause as Error).message}.`,
        cause,
      })
    }
  }
}
