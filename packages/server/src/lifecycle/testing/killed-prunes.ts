import { openTestServer } from '../../testing/test-server.js'
import type { PruneStep } from '../retention/prunes.js'

// Opens a server on a directory in which a retention run waits, and ends itself as kill -9 would when pruning has done a step.

const [directory, step] = process.argv.slice(2) as [string, PruneStep]
await openTestServer({}, directory, {
  onPruneStep: (done) => {
    if (done === step) process.kill(process.pid, 'SIGKILL')
  },
})
