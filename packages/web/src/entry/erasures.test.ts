import { describe, expect, it } from 'vitest'
import type { Entry } from '../api/entries.js'
import { erasuresOf } from './erasures.js'

const entry = { seq: 7, erased_sections: ['/actor'] } as unknown as Entry
const about = (seq: number, metadata: object) => ({ seq, metadata }) as unknown as Entry

describe('erasuresOf', () => {
  it.each([
    ['names its seq', about(9, { sections: ['/actor'], seqs: [[7, 7]] }), 'named'],
    [
      'has it within a run',
      about(9, {
        sections: ['/payload', '/actor'],
        seqs: [
          [2, 3],
          [5, 8],
        ],
      }),
      'named',
    ],
    ['took too many entries to name them', about(9, { sections: ['/actor'] }), 'possible'],
    ['took other sections', about(9, { sections: ['/payload'], seqs: [[7, 7]] }), 'neither'],
    [
      'took other entries',
      about(9, {
        sections: ['/actor'],
        seqs: [
          [6, 6],
          [8, 9],
        ],
      }),
      'neither',
    ],
    ['was recorded before the entry', about(6, { sections: ['/actor'] }), 'neither'],
  ])('an erasure that %s', (_what, erasure, where) => {
    const { named, possible } = erasuresOf(entry, [erasure])
    expect(named).toEqual(where === 'named' ? [erasure] : [])
    expect(possible).toEqual(where === 'possible' ? [erasure] : [])
  })
})
