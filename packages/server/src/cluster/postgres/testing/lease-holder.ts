import { openPostgres } from '../../../postgres/postgres.js'
import { PostgresLeases } from '../postgres-leases.js'

// A process that takes a lease and says so on its output, until somebody kills it: `node lease-holder.js <url> <holder> <name>`.

const [url = '', holder = '', name = ''] = process.argv.slice(2)
const postgres = await openPostgres({ url, purpose: 'lease holder' })
const leases = new PostgresLeases({
  postgres,
  holder,
  onError: (error) => process.stderr.write(`${error}\n`),
})
const lease = await leases.acquire(name, new AbortController().signal)
lease.lost.addEventListener('abort', () => process.stdout.write('lost\n'))
process.stdout.write(`holds ${lease.token}\n`)
