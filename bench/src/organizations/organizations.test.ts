import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { measureOrganizations } from './measure.js'

it('the benchmark of many organizations runs, and all of them are searchable and signed in the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bench-organizations-'))
  try {
    const parameters = { organizations: 40, connections: 8, idleSeconds: 1, folder }
    const figures = await measureOrganizations(parameters, () => {})
    expect(figures.recordedPerSecond).toBeGreaterThan(0)
    expect(figures.receiptSecondsMax).toBeGreaterThan(0)
    expect(figures.diskMb).toBeGreaterThan(0)
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 120_000)
