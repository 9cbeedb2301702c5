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
// The runner keeps modules from one file to the next. Under a name of their own these are run here, too, whichever file came
// before: without it, this one had no test where both had already run in the same process.
for (const file of ['./links.test.js', './catalogue.test.js']) await import(`${file}?database=postgres`)
