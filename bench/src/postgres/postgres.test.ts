import { expect, it } from 'vitest'
import { TINY } from '../parameters.js'
import { measureOnPostgres } from './measure.js'

it('the benchmark of a journal in PostgreSQL runs, by one server and by two', async () => {
  const figures = await measureOnPostgres({ ...TINY, entries: 2_000 }, () => {})
  for (const load of Object.values(figures)) {
    expect(load.entriesPerSecond).toBeGreaterThan(0)
    expect(load.msP99).toBeGreaterThanOrEqual(load.msP50)
  }
}, 120_000)
