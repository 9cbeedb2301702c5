import { PAGED_DIALECTS } from '../dialects/pages.js'
import type { Figures } from '../figures.js'
import type { PeerReport } from '../peer/peer.js'

/** One line of the table: a figure, what it shall reach, and the same of the peer. */
export interface Goal {
  readonly name: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly goal: number
  readonly figure: (figures: Figures) => number | null
  readonly peer?: (peer: PeerReport) => number
}

/** For two cores with the load generator beside the server, reads on 1,000,000 entries of 0.8 KB. */
export const GOALS: readonly Goal[] = [
  higher(
    'batches',
    'entries/s',
    15_000,
    (f) => f.batchEntriesPerSecond,
    (p) => p.batchEntriesPerSecond,
  ),
  lower('index lag, highest', 'ms', 2_000, (f) => f.indexLagMsMax),
  lower('index catch-up at the end', 'ms', 2_000, (f) => f.indexCatchUpMs),
  higher(
    'single entries',
    'entries/s',
    6_000,
    (f) => f.singleEntriesPerSecond,
    (p) => p.singleEntriesPerSecond,
  ),
  lower(
    'single entries, p99',
    'ms',
    30,
    (f) => f.singleMsP99,
    (p) => p.singleMsP99,
  ),
  lower(
    'newest page, median',
    'ms',
    8,
    (f) => f.readMs.newest.p50,
    (p) => p.readMs.newest.p50,
  ),
  lower(
    'filtered page, median',
    'ms',
    25,
    (f) => f.readMs.filtered.p50,
    (p) => p.readMs.filtered.p50,
  ),
  lower(
    'rare substring, median',
    'ms',
    25,
    (f) => f.readMs.rare_substring.p50,
    (p) => p.readMs.rare_substring.p50,
  ),
  lower(
    'common substring, median',
    'ms',
    25,
    (f) => f.readMs.common_substring.p50,
    (p) => p.readMs.common_substring.p50,
  ),
  lower(
    'histogram, median',
    'ms',
    40,
    (f) => f.readMs.histogram.p50,
    (p) => p.readMs.histogram.p50,
  ),
  ...PAGED_DIALECTS.map((dialect) =>
    lower(`first page of ${dialect}, median`, 'ms', 15, (f) => f.dialectPageMs[dialect].p50),
  ),
  higher('CSV export', 'rows/s', 100_000, (f) => f.csvRowsPerSecond),
  // 100,000 entries in 5 seconds.
  higher("Paradime's whole list", 'entries/s', 20_000, (f) => f.paradimeEntriesPerSecond),
  lower(
    'disk',
    'B/entry',
    700,
    (f) => f.diskBytesPerEntry,
    (p) => p.bytesPerEntry,
  ),
  lower('ledger', 'B/entry', 250, (f) => f.ledgerBytesPerEntry),
  lower('receipt after reading, p99', 'ms', 1_500, (f) => f.receiptMsP99),
  lower('memory, idle', 'MB', 450, (f) => f.idleRssMb),
  lower('memory under load, highest', 'MB', 1_500, (f) => f.loadRssMbMax),
]

export interface Verdict extends Omit<Goal, 'figure' | 'peer'> {
  readonly figure: number | null
  readonly peer: number | null
  /** How many times better than the peer: below 1 the peer is better. */
  readonly ratio: number | null
  /** Null where the figure could not be measured. */
  readonly reached: boolean | null
}

export function judge(figures: Figures, peer: PeerReport | null): readonly Verdict[] {
  return GOALS.map((goal) => {
    const figure = goal.figure(figures)
    const peerFigure = (peer !== null && goal.peer?.(peer)) || null
    return {
      ...goal,
      figure,
      peer: peerFigure,
      ratio: ratioOf(goal, figure, peerFigure),
      reached: isReached(goal, figure),
    }
  })
}

function isReached(goal: Goal, figure: number | null): boolean | null {
  if (figure === null) return null
  return goal.better === 'higher' ? figure >= goal.goal : figure <= goal.goal
}

function ratioOf(goal: Goal, figure: number | null, peer: number | null): number | null {
  if (figure === null || figure === 0 || peer === null) return null
  return goal.better === 'higher' ? figure / peer : peer / figure
}

function higher(
  name: string,
  unit: string,
  goal: number,
  figure: Goal['figure'],
  peer?: (report: PeerReport) => number,
): Goal {
  return { name, unit, better: 'higher', goal, figure, ...(peer && { peer }) }
}

function lower(
  name: string,
  unit: string,
  goal: number,
  figure: Goal['figure'],
  peer?: (report: PeerReport) => number,
): Goal {
  return { name, unit, better: 'lower', goal, figure, ...(peer && { peer }) }
}
