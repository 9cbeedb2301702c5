import type { EntryFlag } from '@counterfoil/core'
import { expect, it } from 'vitest'
import type { AppendedRows, Receipt } from '../journal/journal.js'
import { newlyFlagged } from './flagged-entries.js'

const LOG = { organization_id: 'org', mode: 'live' } as const
const OTHER = { organization_id: 'org', mode: 'test' } as const

function rowsOf(log: AppendedRows['log'], ids: readonly string[]): AppendedRows {
  return {
    ...{ log, ids, entries: [], counts: [ids.length] },
    ...{ firstSeq: 0, recordedAt: 0, firstPosition: 1, lastPosition: 1 },
  }
}

function receiptsOf(ids: readonly string[]): Receipt[] {
  return ids.map((id, seq) => ({ id, seq, entry_hash: '', recorded_at: '2026-11-21T02:00:00.000000Z' }))
}

const flag = (index: number): EntryFlag => ({
  ...{ index, kind: 'unknown_action', action: 'a.b', version: 0 },
  ...{ pointer: '/action', message: '' },
})

it('counts an entry once, however often requests that went together hold it', () => {
  const together = [rowsOf(LOG, ['a', 'b', 'c']), rowsOf(OTHER, ['a'])]
  const idsOf = (...[log, ids, flagged]: [AppendedRows['log'], string[], number[]]) =>
    newlyFlagged(log, receiptsOf(ids), flagged.map(flag), together).map(({ entryId }) => entryId)
  expect(idsOf(LOG, ['a', 'a', 'b'], [0, 1])).toEqual(['a'])
  expect(idsOf(LOG, ['a', 'c', 'old'], [0, 1, 2])).toEqual(['c'])
  expect(idsOf(OTHER, ['a'], [0])).toEqual(['a'])
})
