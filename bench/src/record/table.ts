import type { CpuUsPerEntry } from '../figures.js'
import { judge } from './goals.js'
import type { BenchmarkRecord } from './record.js'

const MARKS = { true: 'pass', false: 'MISS', null: '-' } as const
const HEADINGS = ['', 'Counterfoil', 'goal', 'PostgreSQL', 'ratio', ''] as const

/** The run as a table for people. */
export function toTable(record: BenchmarkRecord): string {
  const rows = judge(record.figures, record.peer).map((verdict) => [
    `${verdict.name} (${verdict.unit})`,
    toText(verdict.figure),
    `${verdict.better === 'higher' ? '>=' : '<='} ${toText(verdict.goal)}`,
    toText(verdict.peer),
    verdict.ratio === null ? '-' : `${toText(verdict.ratio)}x`,
    MARKS[`${verdict.reached}`],
  ])
  return [...alignColumns([HEADINGS, ...rows]), '', ...remarks(record)].join('\n')
}

function remarks({ figures, parameters, peer, ...environment }: BenchmarkRecord): readonly string[] {
  const megabytes = (bytes: number) => `${toText(bytes / 1e6)} MB`
  const parts = Object.entries(figures.diskBytesByPart).map(([part, bytes]) => `${part} ${megabytes(bytes)}`)
  const lines = [
    `Counterfoil held ${toText(figures.entriesRecorded)} entries of ${toText(figures.sentBytesPerEntry)} B; reads one at a time over HTTP.`,
    `Batches of ${parameters.batchEntries} on ${parameters.batchConnections} connections: p50 ${toText(figures.batchMsP50)} ms, p99 ${toText(figures.batchMsP99)} ms, slowest second ${toText(figures.batchEntriesInSlowestSecond)} entries.`,
    `CPU of an entry in server + engine: ${cpuText(figures.batchCpuUsPerEntry)} in batches, ${cpuText(figures.singleCpuUsPerEntry)} alone.`,
    `Disk: ${parts.join(', ')}.`,
    `Load generator: at most ${toText(figures.ceilingBatchEntriesPerSecond)} entries/s in batches, ${toText(figures.ceilingSingleEntriesPerSecond)} requests/s; took ${toText(figures.generatorCpuShareBatches * 100)} % and ${toText(figures.generatorCpuShareSingles * 100)} % of a core here.`,
  ]
  if (peer !== null) {
    lines.push(
      `PostgreSQL ${peer.version} without HTTP, fsync on, ${toText(parameters.peerEntries)} of the same entries, ${peer.batchConnections} connections; its disk is table and indexes without the log.`,
    )
  }
  lines.push(
    `${environment.cpu}, ${environment.cores} cores, ${environment.memoryGib} GiB; ${environment.os}; Node ${environment.node}; commit ${environment.commit ?? 'unknown'}${environment.dirty ? ' and changes' : ''}; load average ${toText(environment.loadAverage)} at the start.`,
  )
  if (environment.loadAverage > environment.cores / 2) {
    lines.push('WARNING: other processes were busy when the run began; take no rate or latency from it.')
  }
  return lines
}

function cpuText(cpu: CpuUsPerEntry | null): string {
  return cpu === null ? 'unknown' : `${toText(cpu.server)} + ${toText(cpu.engine)} µs`
}

/** Three digits, and every digit before the point. */
function toText(value: number | null): string {
  if (value === null) return '-'
  return Math.abs(value) < 100
    ? value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
    : value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
