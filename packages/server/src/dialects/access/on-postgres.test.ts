import { afterAll } from 'vitest'
import { DATABASE_VARIABLE } from '../../testing/test-server.js'

// The very tests, on servers whose stores are in PostgreSQL. `npm run test:postgres` runs all of access control's.
const before = process.env[DATABASE_VARIABLE]
process.env[DATABASE_VARIABLE] = 'postgres'
// The same process runs other files.
afterAll(() => {
  if (before === undefined) delete process.env[DATABASE_VARIABLE]
  else process.env[DATABASE_VARIABLE] = before
})
await import('./links.test.js')
await import('./catalogue.test.js')
