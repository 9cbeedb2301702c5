import { EvidenceError, malformed, parsePolicy, parseVerifierKey, type VerifierKey } from '@counterfoil/core'
import { BUNDLE_FILES } from '../bundle/manifest.js'
import { verifyBundle } from '../bundle/verify-bundle.js'
import { type Files, FilesSource } from '../files-source.js'
import { verifyReceipt } from '../receipt.js'
import type { Report } from '../report.js'
import { tarFiles } from '../tar-files.js'
import type { Trust } from '../trust.js'
import type { OnProgress } from '../walk/walk-log.js'
import { browserPlatform } from './browser-platform.js'

/** What somebody typed or pasted beside the evidence. */
export interface GivenTrust {
  /** Verifier keys, one a line, or a whole policy. */
  readonly keys: string
  /** A checkpoint that was kept. */
  readonly kept: string
}

/** Reads what was given as trust. Throws an EvidenceError that says what is wrong with it. */
export function readTrust({ keys, kept }: GivenTrust): Trust {
  const encoder = new TextEncoder()
  const lines = keys
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const isPolicy = lines.some((line) => /^(?:log|witness|group|quorum)\s/.test(line))
  return {
    ...(lines.length === 0
      ? {}
      : isPolicy
        ? { policy: parsePolicy(browserPlatform.sha256, encoder.encode(`${lines.join('\n')}\n`)) }
        : { keys: lines.map((line): VerifierKey => parseVerifierKey(browserPlatform.sha256, line)) }),
    // Pasting loses the newline at the end, without which it would be no note.
    ...(kept.trim() === '' ? {} : { kept: encoder.encode(`${kept.trim()}\n`) }),
  }
}

/** Verifies what was dropped: an export, as a directory or an archive, or a receipt. */
export async function verifyFiles(files: Files, trust: Trust, onProgress: OnProgress): Promise<Report> {
  if (files.has(BUNDLE_FILES.manifest))
    return verifyBundle(browserPlatform, new FilesSource(files), { trust, onProgress })
  const [file] = files.values()
  if (file === undefined || files.size > 1)
    throw new EvidenceError(
      'incomplete',
      `Drop the whole directory of an export, with its ${BUNDLE_FILES.manifest}; or one archive; or one receipt.`,
    )
  const start = new TextDecoder().decode(await file.slice(0, 22).arrayBuffer())
  if (start === 'c2sp.org/tlog-proof@v1')
    return (await verifyReceipt(browserPlatform, new Uint8Array(await file.arrayBuffer()), trust)).report
  const archived = await tarFiles(file)
  if (archived === undefined)
    throw malformed('This file is neither a receipt nor a tar archive of an export.')
  return verifyBundle(browserPlatform, new FilesSource(archived), { trust, onProgress })
}
