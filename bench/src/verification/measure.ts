import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TestLog } from '@counterfoil/verify/testing'

export interface VerificationParameters {
  readonly entries: number
  /** How often it is verified; the best counts, as a neighbour on the machine only ever makes it worse. */
  readonly rounds: number
}

export interface VerificationFigures {
  readonly bundleBytesPerEntry: number
  /** Processor time of one process that verifies everything on one thread, its start included. */
  readonly cpuUsPerEntry: number
  readonly entriesPerSecondOfOneCore: number
  readonly wallMs: number
}

const VERIFY_ONCE = fileURLToPath(new URL('./verify-once.js', import.meta.url))

/** Offline verification of a whole log with its content: entries of about 0.8 KB with five sections. */
export async function measureVerification(
  { entries, rounds }: VerificationParameters,
  say: (line: string) => void,
): Promise<VerificationFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bench-verify-'))
  try {
    say(`Making an export of ${entries} entries`)
    let bytes = 0
    for (const [path, content] of (await new TestLog(entries).bundle()).files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
      bytes += content.length
    }
    const runs: { readonly cpuUs: number; readonly wallMs: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const { stdout } = await promisify(execFile)(process.execPath, [VERIFY_ONCE, folder, String(entries)])
      runs.push(JSON.parse(stdout) as { cpuUs: number; wallMs: number })
      say(`Verified in ${Math.round(runs.at(-1)?.wallMs ?? 0)} ms`)
    }
    const cpuUsPerEntry = Math.min(...runs.map(({ cpuUs }) => cpuUs)) / entries
    return {
      bundleBytesPerEntry: bytes / entries,
      cpuUsPerEntry,
      entriesPerSecondOfOneCore: Math.round(1_000_000 / cpuUsPerEntry),
      wallMs: Math.min(...runs.map(({ wallMs }) => wallMs)),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
