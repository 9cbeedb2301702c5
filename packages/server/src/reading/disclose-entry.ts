import {
  disclosureLine,
  formatMicroseconds,
  HASH_BYTES,
  type LogName,
  originAt,
  toHex,
} from '@counterfoil/core'
import { blockSections, disclosedSections, recordedAtOf } from '../journal/block.js'
import type { JournalReader } from '../journal/journal.js'
import { expandSalts } from '../journal/salts.js'
import { uuidText } from '../journal/uuid.js'

/**
 * All that an entry's hash is computed from, as JSON: its disclosure, its log's origin, and the hash of the entry before.
 * Undefined for an id that the log does not have.
 */
export async function discloseEntry(
  reader: JournalReader,
  log: LogName,
  id: string,
): Promise<string | undefined> {
  const [found, head] = await Promise.all([reader.findById(log, id), reader.head(log)])
  if (found === undefined || head === undefined) return undefined
  const [block] = await reader.blocks(log, found.seq, 'oldest_first', 1)
  if (block === undefined) return undefined
  const index = found.seq - block.firstSeq
  const { entries, total } = blockSections(block)
  const salts = expandSalts(block.salts, total)
  const line = disclosureLine({
    id: uuidText(block.ids, 16 * index),
    seq: found.seq,
    recordedAt: formatMicroseconds(recordedAtOf(block, index)),
    sections: disclosedSections(entries[index] ?? [], salts),
  })
  const prev =
    index === 0 ? toHex(block.prevHash) : toHex(block.entryHashes, HASH_BYTES * (index - 1), HASH_BYTES)
  const hash = toHex(block.entryHashes, HASH_BYTES * index, HASH_BYTES)
  return `{"object":"entry_disclosure","log":${JSON.stringify(originAt(head.epochs)(found.seq))},"prev_hash":"${prev}","entry_hash":"${hash}",${line.slice(1)}`
}
