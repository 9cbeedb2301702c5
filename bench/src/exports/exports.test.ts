import { expect, it } from 'vitest'
import { startCounterfoil } from '../counterfoil/counterfoil-process.js'
import { readEnvironment } from '../record/environment.js'
import { measureExports } from './measure.js'
import { parseExportCommandLine, TINY_EXPORT } from './parameters.js'
import { exportTable } from './table.js'

it.runIf(process.platform === 'linux')(
  'the benchmark of exports runs, and every export is whole',
  async () => {
    const server = await startCounterfoil()
    try {
      const figures = await measureExports(server, TINY_EXPORT, () => {})
      expect(figures.rowsPerSecond).toBeGreaterThan(0)
      expect(figures.exporting.recordMsP99).toBeGreaterThan(0)
      expect(exportTable(figures, readEnvironment())).toContain('| rows/s |')
    } finally {
      await server.stop()
    }
  },
)

it('reads its command line', () => {
  expect(parseExportCommandLine(['--entries', '2000', '--rounds', '1'])).toMatchObject({
    rounds: 1,
    recording: { entries: 2_000 },
  })
  expect(() => parseExportCommandLine(['--rounds', '0'])).toThrow(TypeError)
})
