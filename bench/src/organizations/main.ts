import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readEnvironment } from '../record/environment.js'
import { keepRecord } from '../record/record.js'
import { measureOrganizations } from './measure.js'

const RESULTS = fileURLToPath(new URL('../../results', import.meta.url))

// Ends through `exit`, whose listeners end the servers that this process started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const { values } = parseArgs({
  options: {
    organizations: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '64' },
    'idle-seconds': { type: 'string', default: '330' },
  },
})
const parameters = {
  organizations: Number(values.organizations),
  connections: Number(values.connections),
  idleSeconds: Number(values['idle-seconds']),
}
if (!Object.values(parameters).every((value) => Number.isSafeInteger(value) && value > 0))
  throw new TypeError(
    'node bench/dist/organizations/main.js [--organizations <n>] [--connections <n>] [--idle-seconds <n>]',
  )
const environment = readEnvironment()
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bench-organizations-'))
try {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const figures = await measureOrganizations({ ...parameters, folder }, say)
  const path = await keepRecord(
    RESULTS,
    Object.assign({ what: 'organizations', ...environment }, { parameters, figures }),
  )
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
  process.stderr.write(`Added to ${path}\n`)
} finally {
  rmSync(folder, { recursive: true })
}
