import { join } from 'node:path'
import { Random } from '../../support/random.js'
import {
  bitsOf,
  contentsOf,
  EVIDENCE_FILES,
  type EvidenceFile,
  flipBit,
  makeInstallation,
} from './installation.js'
import { judge } from './judge.js'

export interface FlipRun {
  readonly directory: string
  readonly flips: number
  readonly seed: number
  readonly onFlip?: (done: number, missed: number) => void
}

export interface FlipSummary {
  readonly flips: number
  readonly found: number
  readonly unused: number
  readonly definition: number
  readonly missed: readonly {
    readonly file: EvidenceFile
    readonly bit: number
    readonly tables: readonly string[]
  }[]
  /** How many flips each file had, and how many of these were found. */
  readonly files: Readonly<Record<EvidenceFile, { readonly flips: number; readonly found: number }>>
}

/** Flips single random bits of the files that hold evidence, each file as often as the others, and judges each. */
export async function flipBits({ directory, flips, seed, onFlip }: FlipRun): Promise<FlipSummary> {
  await makeInstallation(directory)
  const random = new Random(seed)
  const sound = new Map<EvidenceFile, ReadonlyMap<string, string>>()
  for (const file of EVIDENCE_FILES) sound.set(file, await contentsOf(join(directory, file)))
  const counts = { found: 0, unused: 0, definition: 0 }
  const missed: { file: EvidenceFile; bit: number; tables: readonly string[] }[] = []
  const files = Object.fromEntries(EVIDENCE_FILES.map((file) => [file, { flips: 0, found: 0 }])) as Record<
    EvidenceFile,
    { flips: number; found: number }
  >
  for (let i = 0; i < flips; i++) {
    const file = EVIDENCE_FILES[i % EVIDENCE_FILES.length] as EvidenceFile
    const bit = random.between(0, bitsOf(directory, file) - 1)
    flipBit(directory, file, bit)
    const verdict = await judge(directory, file, sound.get(file) as ReadonlyMap<string, string>)
    files[file].flips++
    if (verdict.kind === 'missed') missed.push({ file, bit, tables: verdict.tables })
    else counts[verdict.kind]++
    if (verdict.kind === 'found') files[file].found++
    onFlip?.(i + 1, missed.length)
  }
  return { flips, ...counts, missed, files }
}
