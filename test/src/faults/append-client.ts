import { Api } from '../support/api.js'
import { NumberedEntries } from '../support/numbered-entry.js'

// One client process of many-clients.test.ts: records entries of its own numbers one by one, over two connections, and
// prints a receipt a line.

const [url, token, seed, from, count] = process.argv.slice(2) as [string, string, string, string, string]
const api = new Api(url, token)
const entries = new NumberedEntries(Number(seed))
const end = Number(from) + Number(count)
let next = Number(from)

async function append(): Promise<void> {
  while (next < end) {
    const number = next++
    const { status, text } = await api.post('/v1/audit_log_entries', JSON.stringify(entries.draft(number)))
    if (status !== 201) throw new Error(`entry ${number} was answered ${status}: ${text}`)
    process.stdout.write(`${text}\n`)
  }
}

await Promise.all([append(), append()])
api.close()
