import { AppError, parseVerifierKey } from '@counterfoil/core'
import { BUNDLE_FILES, bundlePage, nodePlatform, type Report, verifyBundle } from '@counterfoil/verify'
import { sha256Into } from '../platform-hash.js'
import type { ArchivePlace } from './archive-place.js'
import { BUNDLE_README } from './bundle-readme.js'
import { exportLog, type LogExport } from './export-log.js'

/** What was archived. */
export interface ArchivedPart {
  readonly place: string
  /** SHA-256 over a line `<sha256>  <path>` for each file, in the order of paths; 64 hex digits. */
  readonly digest: string
  readonly bytes: number
}

/**
 * Exports a part of a log, or entries of it that are named, to where archives rest, reads it back and verifies it. Only when everything is in order, and durable, it
 * is an archive; otherwise nothing is left of it. Throws `damaged_journal`.
 */
export async function archivePart(
  settings: LogExport,
  places: ArchivePlace,
  name: string,
): Promise<ArchivedPart> {
  const draft = await places.draft(name)
  try {
    if (draft.isNew) {
      await exportLog(settings, draft.sink)
      await draft.sink.write(BUNDLE_FILES.page, await bundlePage())
      await draft.sink.write(BUNDLE_FILES.readme, new TextEncoder().encode(BUNDLE_README))
    }
    const keys = settings.keys.map((key) => parseVerifierKey(sha256Into, key))
    const report = await verifyBundle(nodePlatform, draft.source, { trust: { keys } })
    if (report.verdict !== 'verified' || !hasAll(settings, report)) {
      throw new AppError('damaged_journal', {
        hint: `The archive ${name} does not verify, so that nothing goes. Run "counterfoil fsck"; if the archive was there before, move it away.`,
        cause: report.problems,
      })
    }
    return await draft.keep()
  } catch (error) {
    await draft.abandon()
    throw error
  }
}

/** Whether what was verified is all that was to be archived. */
function hasAll({ part, named }: LogExport, report: Report): boolean {
  if (part !== undefined) return report.last_seq === part.end - 1
  const [first, last] = [named?.spans[0], named?.spans.at(-1)]
  const count = named?.spans.reduce((sum, [from, to]) => sum + to - from + 1, 0)
  return report.entries === count && report.first_seq === first?.[0] && report.last_seq === last?.[1]
}
