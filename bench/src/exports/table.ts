import type { Environment } from '../record/environment.js'
import type { ExportFigures } from './measure.js'

/** The run as a table for people, in Markdown. */
export function exportTable(figures: ExportFigures, environment: Environment): string {
  const { quiet, exporting } = figures
  const rows: readonly (readonly [what: string, figure: string, goal: string])[] = [
    ['rows/s', whole(figures.rowsPerSecond), '≥ 100,000'],
    ['MB/s', whole(figures.megabytesPerSecond), ''],
    [
      'CPU of the server for a row',
      figures.cpuUsPerRow === null ? '-' : `${short(figures.cpuUsPerRow)} µs`,
      '',
    ],
    ['resident growth, reader of 100 KB/s', `${whole(figures.slowGrowthMb)} MB`, '≤ 64 MB'],
    ['resident growth, fastest reader', `${whole(figures.fastGrowthMb)} MB`, ''],
    ['reader gone, export let go of', `${whole(figures.abandonedMs)} ms`, '≤ 1,000 ms'],
    ['page p50, without and beside', between(quiet.pageMsP50, exporting.pageMsP50), ''],
    ['page p99, without and beside', between(quiet.pageMsP99, exporting.pageMsP99), ''],
    ['recording p50, without and beside', between(quiet.recordMsP50, exporting.recordMsP50), ''],
    ['recording p99, without and beside', between(quiet.recordMsP99, exporting.recordMsP99), '≤ 2x'],
  ]
  return [
    '| CSV export | | goal |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `${environment.cpu}, ${environment.cores} cores; Node ${environment.node}; load average ${short(environment.loadAverage)} at the start. The best of all rounds: a busy neighbour makes figures worse, never better.`,
  ].join('\n')
}

function between(without: number, beside: number): string {
  return `${short(without)} and ${short(beside)} ms, ${short(beside / without)}x`
}

function whole(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

function short(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}
