import type { Environment } from '../record/environment.js'
import type { PairFigures } from './measure.js'

/** The run as a table for people, in Markdown. */
export function neighboursTable(figures: readonly PairFigures[], environment: Environment): string {
  return [
    '| a quiet organization | beside one that keeps busy with | p50, alone and beside | p99, alone and beside | times (goal: 2 at most) | each round | noise a second, refused |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...figures.map((pair) => `| ${rowOf(pair).join(' | ')} |`),
    '',
    `${environment.cpu}, ${environment.cores} cores, load generators included; Node ${environment.node}; load average ${short(environment.loadAverage)} at the start. The best of all rounds: other work makes figures worse, never better.`,
  ].join('\n')
}

function rowOf(figures: PairFigures): readonly string[] {
  const { quiet, noise, alone, beside, p99Ratio, p99RatioByRound } = figures
  return [
    quiet,
    noise,
    `${short(alone.msP50)} and ${short(beside.msP50)} ms`,
    `${short(alone.msP99)} and ${short(beside.msP99)} ms`,
    short(p99Ratio),
    p99RatioByRound.map(short).join(', '),
    `${short(figures.noiseAnsweredPerSecond)}, ${short(figures.noiseRefusedPerSecond)}`,
  ]
}

function short(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}
