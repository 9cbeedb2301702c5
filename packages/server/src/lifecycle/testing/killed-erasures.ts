import { openTestServer } from '../../testing/test-server.js'
import type { ErasureStep } from '../erasures.js'

// Opens a server on a directory in which an erasure waits, and ends itself as kill -9 would when it has done a step.

const [directory, step] = process.argv.slice(2) as [string, ErasureStep]
await openTestServer({}, directory, {
  onErasureStep: (done) => {
    if (done === step) process.kill(process.pid, 'SIGKILL')
  },
})
