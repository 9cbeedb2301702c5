import { openAccessStore } from '../../../access/open-access-store.js'

// Another process that changes access control: node change-access.js <url> <slug of a new organization>

const [url, slug] = process.argv.slice(2) as [string, string]
const access = await openAccessStore({ kind: 'postgres', url })
await access.createOrganization(slug)
await access.close()
