import { DATABASE_VARIABLE } from '../../testing/test-server.js'

// The very tests, on servers whose stores are in PostgreSQL. `npm run test:postgres` runs all of access control's.
process.env[DATABASE_VARIABLE] = 'postgres'
await import('./links.test.js')
await import('./catalogue.test.js')
