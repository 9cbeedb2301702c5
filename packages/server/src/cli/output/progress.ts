import type { Output } from '../command.js'

export interface ProgressSettings {
  readonly stderr: Output
  /** Nothing is shown at all, as with --json. */
  readonly silent: boolean
  /** What is counted, such as `entries`. */
  readonly noun: string
  /** How much was done before this run; it took none of its time. */
  readonly startFraction?: number
  readonly startCount?: number
}

const BAR_COLUMNS = 24
const REDRAW_MS = 100
/** Without a terminal, lines go to a file or a CI log: few of them. */
const LINE_MS = 3_000

/** Shows on stderr how far a long command has come: a bar in a terminal, now and then a line elsewhere. */
export class Progress {
  readonly #settings: ProgressSettings
  readonly #startedAt = performance.now()
  readonly #redrawMs: number
  #shownAt: number
  #barShown = false

  constructor(settings: ProgressSettings) {
    this.#settings = settings
    this.#redrawMs = settings.stderr.isTTY === true ? REDRAW_MS : LINE_MS
    // A command that ends at once needs no bar.
    this.#shownAt = this.#startedAt
  }

  /** `fraction` is undefined when nobody knows how much there is. */
  update(count: number, fraction: number | undefined): void {
    const { silent, stderr } = this.#settings
    const now = performance.now()
    if (silent || now - this.#shownAt < this.#redrawMs) return
    this.#shownAt = now
    const line = this.#line(count, fraction, (now - this.#startedAt) / 1_000)
    if (stderr.isTTY === true) {
      stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns || 80) - 1)}`)
      this.#barShown = true
    } else stderr.write(`${line}\n`)
  }

  /** Removes the bar, so that other lines can follow. */
  clear(): void {
    if (!this.#barShown) return
    this.#settings.stderr.write('\r\x1b[K')
    this.#barShown = false
  }

  #line(count: number, fraction: number | undefined, seconds: number): string {
    const { noun, startFraction = 0, startCount = 0 } = this.#settings
    const rate = `${formatCount((count - startCount) / seconds)}/s`
    const counted = `${formatCount(count)} ${noun}  ${rate}`
    if (fraction === undefined) return counted
    const share = Math.min(1, fraction)
    const filled = Math.floor(share * BAR_COLUMNS)
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_COLUMNS - filled)}]`
    const done = share - startFraction
    const left = done > 0 ? `  ${formatSeconds((seconds / done) * (1 - share))} left` : ''
    return `${bar} ${String(Math.floor(share * 100)).padStart(3)}%  ${counted}${left}`
  }
}

/** `12,345`: the same on every machine, whatever its locale. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** `8s`, `3m 05s`, `2h 10m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole}s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}
