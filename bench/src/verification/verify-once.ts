import { DirectorySource, nodePlatform, verifyBundle } from '@counterfoil/verify'

// A process of its own, so that nothing is warm and nothing else is counted.

const [folder = '', entries] = process.argv.slice(2)
const startedAt = performance.now()
const report = await verifyBundle(nodePlatform, new DirectorySource(folder))
const wallMs = performance.now() - startedAt
if (report.verdict !== 'verified' || report.entries !== Number(entries))
  throw new Error(JSON.stringify(report))
const { user, system } = process.cpuUsage()
process.stdout.write(JSON.stringify({ cpuUs: user + system, wallMs }))
