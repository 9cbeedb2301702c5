import type { AuditLogEntry, ListedActor, ListedResource } from '../api/answers.js'
import type { Output } from '../command.js'
import { displayWidth, fitToWidth, toTerminalText } from './terminal-text.js'

export type Zone = 'utc' | 'local'

const HEADINGS = ['TIME', 'ACTOR', 'ACTION', 'RESOURCE', 'RESULT', 'IP'] as const
const GAP = '  '
/** No narrower, so that later pages, and what a follower has yet to see, find room. */
const WIDTHS_MIN = [20, 14, 16, 16, 15, 15] as const
const RESOURCE = 3
/** Columns that give way when the terminal is narrow, and how narrow each may become. */
const SHRINKING: readonly (readonly [column: number, widthMin: number])[] = [
  [RESOURCE, 16],
  [1, 14],
  [2, 16],
  [5, 9],
]

/** Prints entries as a table. The first page sets the widths, so that later pages line up with it. */
export class EntryTable {
  readonly #stdout: Output
  readonly #zone: Zone
  #widths: readonly number[] | undefined

  constructor(stdout: Output, zone: Zone) {
    this.#stdout = stdout
    this.#zone = zone
  }

  print(entries: readonly AuditLogEntry[]): void {
    if (entries.length === 0) return
    const rows = entries.map((entry) => cellsOf(entry, this.#zone))
    if (this.#widths === undefined) {
      this.#widths = fittedWidths(rows, this.#stdout)
      this.#printRow(HEADINGS, this.#widths)
    }
    for (const row of rows) this.#printRow(row, this.#widths)
  }

  #printRow(cells: readonly string[], widths: readonly number[]): void {
    // What is piped to a program is never cut: only a terminal has a width to fit into.
    const fit = (cell: string, width: number) =>
      this.#stdout.isTTY === true || displayWidth(cell) <= width ? fitToWidth(cell, width) : cell
    this.#stdout.write(
      `${cells
        .map((cell, i) => fit(cell, widths[i] ?? 0))
        .join(GAP)
        .trimEnd()}\n`,
    )
  }
}

function cellsOf(entry: AuditLogEntry, zone: Zone): readonly string[] {
  const { severity, outcome, ip_address } = entry
  const result = [outcome, severity === 'info' ? null : severity].filter((part) => part !== null).join(' ')
  return [
    formatTime(entry.created_at, zone),
    actorText(entry.actor),
    entry.action ?? '(erased)',
    resourceText(entry.resource),
    result,
    ip_address ?? '',
  ].map(toTerminalText)
}

function actorText(actor: ListedActor | null): string {
  return actor === null ? '' : actor.label || actor.id || actor.type
}

function resourceText(resource: ListedResource | null): string {
  if (resource === null) return ''
  const place = resource.id === null ? resource.type : `${resource.type}:${resource.id}`
  return resource.label ? `${resource.label} (${place})` : place
}

/** `2026-11-21 02:00:00Z`, or the time here with its distance from UTC. */
export function formatTime(time: string, zone: Zone): string {
  if (zone === 'utc') return `${time.slice(0, 10)} ${time.slice(11, 19)}Z`
  const date = new Date(time)
  const offset = -date.getTimezoneOffset()
  const shifted = new Date(date.getTime() + offset * 60_000).toISOString()
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) =>
    String(part).padStart(2, '0'),
  )
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 19)}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
}

function fittedWidths(rows: readonly (readonly string[])[], { isTTY, columns }: Output): readonly number[] {
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, WIDTHS_MIN[i] as number, ...rows.map((row) => displayWidth(row[i] ?? ''))),
  )
  if (isTTY !== true) return widths.map((width) => Math.min(width, 60))
  let excess = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - (columns || 80)
  for (const [column, widthMin] of SHRINKING) {
    const width = widths[column] as number
    const taken = Math.max(0, Math.min(excess, width - widthMin))
    widths[column] = width - taken
    excess -= taken
  }
  widths[RESOURCE] = (widths[RESOURCE] as number) + Math.max(0, -excess)
  return widths
}
