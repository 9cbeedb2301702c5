import type { VerifyWorld } from './run-verify.js'

const COLUMNS = 24
const REDRAW_MS = 100

/** A bar on a terminal, nothing elsewhere. */
export class ProgressBar {
  readonly #stderr: VerifyWorld['stderr']
  readonly #silent: boolean
  readonly #startedAt = performance.now()
  #shownAt = 0
  #isShown = false

  constructor(stderr: VerifyWorld['stderr'], silent: boolean) {
    this.#stderr = stderr
    this.#silent = silent || stderr.isTTY !== true
  }

  update(entries: number, total: number): void {
    const now = performance.now()
    if (this.#silent || now - this.#shownAt < REDRAW_MS) return
    this.#shownAt = now
    this.#isShown = true
    const share = total === 0 ? 1 : Math.min(1, entries / total)
    const filled = Math.floor(share * COLUMNS)
    const rate = Math.round(entries / Math.max(0.001, (now - this.#startedAt) / 1_000))
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(COLUMNS - filled)}]`
    const line = `${bar} ${Math.floor(share * 100)}%  ${entries.toLocaleString('en-US')} entries  ${rate.toLocaleString('en-US')}/s`
    this.#stderr.write(`\r\x1b[K${line.slice(0, (this.#stderr.columns || 80) - 1)}`)
  }

  clear(): void {
    if (this.#isShown) this.#stderr.write('\r\x1b[K')
    this.#isShown = false
  }
}
