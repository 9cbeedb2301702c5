import { AppError } from '@counterfoil/core'
import type { JournalReader, LogHead } from '../journal/journal.js'
import { openJournalReader } from '../journal/open-journal.js'
import { openLedgerReader } from '../ledger/open-ledger.js'
import type { Places } from './move-stores.js'

/**
 * Recomputes every log in both places; gives their heads. Throws `move_refused` when anything is not the same, or not as recorded.
 * `onProgress` is told how many entries are done, of how many.
 */
export async function verifyBoth(
  { from, to }: { readonly from: Places; readonly to: Places },
  onProgress: (done: number, all: number) => void,
): Promise<readonly LogHead[]> {
  const source = await openReader(from)
  const target = await openReader(to)
  try {
    const heads = await source.heads()
    if (textOf(heads) !== textOf(await target.heads())) throw refused('The heads of logs differ.')
    const all = heads.reduce((sum, { size }) => sum + size, 0)
    let done = 0
    for (const head of heads) {
      for (const reader of [source, target]) await verifyLog(reader, head)
      done += head.size
      onProgress(done, all)
    }
    return heads
  } finally {
    await Promise.all([source.close(), target.close()])
  }
}

function openReader({ journal, ledger }: Places): Promise<JournalReader> {
  return openJournalReader(journal, 'move', () => openLedgerReader(ledger))
}

async function verifyLog(reader: JournalReader, { log, origin, size }: LogHead): Promise<void> {
  if (size === 0) return
  const { broken, headMatches } = await reader.verify(log, {})
  if (broken !== undefined) throw refused(`${origin}, entry ${broken.seq}: ${broken.explanation}`)
  if (headMatches !== true) throw refused(`${origin}: the entries do not lead to the head.`)
}

/** Positions are compared, too: the search index and whoever follows the journal go by them. */
function textOf(heads: readonly LogHead[]): string {
  const lines = heads.map(({ origin, size, headHash, root, lastPosition, trimmedSize }) =>
    [origin, size, headHash, root, lastPosition, trimmedSize].join(' '),
  )
  return lines.toSorted().join('\n')
}

function refused(problem: string): AppError {
  return new AppError('move_refused', { hint: `${problem} Nothing was switched.` })
}
