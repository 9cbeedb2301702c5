import { expect, it } from 'vitest'
import { startCounterfoil } from '../counterfoil/counterfoil-process.js'
import { readEnvironment } from '../record/environment.js'
import { measureNeighbours } from './measure.js'
import { parseNeighboursCommandLine, TINY_NEIGHBOURS } from './parameters.js'
import { neighboursTable } from './table.js'

it('the benchmark of neighbours runs, and no request of the quiet one fails', async () => {
  const server = await startCounterfoil()
  try {
    const figures = await measureNeighbours(server, TINY_NEIGHBOURS, () => {})
    expect(figures).toHaveLength(2)
    for (const { beside, noiseAnsweredPerSecond } of figures) {
      expect(beside.msP99).toBeGreaterThan(0)
      expect(noiseAnsweredPerSecond).toBeGreaterThan(0)
    }
    expect(neighboursTable(figures, readEnvironment())).toContain('| search | export |')
  } finally {
    await server.stop()
  }
}, 120_000)

it('reads its command line', () => {
  expect(parseNeighboursCommandLine(['--pairs', 'export:page', '--samples', '9'])).toMatchObject({
    pairs: [{ noise: 'export', quiet: 'page' }],
    samples: 9,
  })
  for (const words of [
    ['--pairs', 'page:export'],
    ['--pairs', ''],
    ['--rounds', '0'],
  ])
    expect(() => parseNeighboursCommandLine(words)).toThrow(TypeError)
})
