import { openTestServer } from '../../testing/test-server.js'
import type { EpochStep } from '../epoch-changes.js'

// Opens a server on a directory in which a log waits to be begun anew, and ends itself as kill -9 would when a step of that is done.

const [directory, step] = process.argv.slice(2) as [string, EpochStep]
await openTestServer({}, directory, {
  onEpochStep: (done) => {
    if (done === step) process.kill(process.pid, 'SIGKILL')
  },
})
