import { EvidenceError, malformed, parseDecimal, TILE_WIDTH } from '@counterfoil/core'
import type { Platform } from './platform.js'
import { Findings, type Report } from './report.js'
import type { EvidenceSource } from './source.js'
import { openKept, openTrustedCheckpoint, type Trust } from './trust.js'
import { type OnProgress, walkLog } from './walk/walk-log.js'

export interface ServerReport {
  readonly report: Report
  /** The checkpoint that was verified, to be kept; undefined unless everything was in order. */
  readonly checkpoint: Uint8Array | undefined
}

/**
 * Verifies what a server publishes of a log: every leaf, the chain, every tile, the checkpoint. What the entries say is
 * not published there; an export is needed for that. Throws what its source throws.
 */
export async function verifyServer(
  platform: Platform,
  source: EvidenceSource,
  trust: Trust,
  onProgress: OnProgress = () => {},
): Promise<ServerReport> {
  const findings = new Findings()
  const note = await source.read('checkpoint')
  if (note === undefined) {
    findings.failed('signature', {
      code: 'incomplete',
      detail: 'There is no checkpoint.',
      path: 'checkpoint',
    })
    return { report: findings.report('server'), checkpoint: undefined }
  }
  const checkpoint = await openTrustedCheckpoint(platform, note, trust, { keys: [] }, findings)
  if (checkpoint !== undefined) {
    const kept = await openKept(platform, trust, { keys: [] }, checkpoint.origin, findings)
    try {
      const start = await readMinIndex(source)
      await walkLog({ platform, source, findings, checkpoint, kept, onProgress, start }, undefined)
      findings.note('A server publishes leaves and hashes. What the entries say is verified from an export.')
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error
      findings.failed('tree', { code: error.code, detail: error.detail })
    }
  }
  const report = findings.report('server')
  return { report, checkpoint: report.verdict === 'verified' ? note : undefined }
}

/** The first entry that the log still has; 0 where nothing is said. */
async function readMinIndex(source: EvidenceSource): Promise<number> {
  const bytes = await source.read('min-index')
  if (bytes === undefined) return 0
  const minIndex = parseDecimal(new TextDecoder().decode(bytes).replace(/\n$/, ''), 'The minimum index')
  if (minIndex % TILE_WIDTH !== 0) throw malformed('The minimum index is not a multiple of 256.')
  return minIndex
}
