import { hashPassword } from '../../../access/password.js'
import type { TestServer } from '../../../testing/test-server.js'

/** What `person` gives as a password. */
export const PASSWORD = 'correct horse battery staple'
/** A hash that costs next to nothing, and no end of attempts. */
export const CHEAP = { memoryCost: 8, timeCost: 1, parallelism: 1 }
const many = { attemptsMax: 1_000_000, windowMs: 60_000 }
export const NO_LIMITS = { accounts: many, addresses: many, codes: many, codesOfHour: many }

/** Somebody with a password and roles in organizations, which are made where they are not there. */
export async function person(
  { counterfoil: { access } }: TestServer,
  email: string,
  roles: Readonly<Record<string, string>>,
): Promise<string> {
  const { personId } = (await access.people.find(email)) ?? (await access.people.create(email))
  await access.people.setPassword(personId, await hashPassword(PASSWORD, CHEAP))
  for (const [slug, role] of Object.entries(roles)) {
    const { id } = (await access.findOrganization(slug)) ?? (await access.createOrganization(slug))
    await access.memberships.create(id, personId, role, '')
    // Memberships come in the order of their milliseconds, and the first is where a sign-in leads.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return personId
}

/** The token of a session of somebody who signs in with the password. */
export async function tokenOf(server: TestServer, email: string, organization?: string): Promise<string> {
  const { body } = await server.call(undefined, 'POST', '/v1/sessions', {
    email,
    password: PASSWORD,
    ...(organization === undefined ? {} : { organization }),
  })
  if (typeof body.token !== 'string') throw new Error(`not signed in: ${JSON.stringify(body)}`)
  return body.token
}

/** Entries of an organization, the newest first, with whatever they have. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into entries of every shape.
export async function entriesOf(server: TestServer, slug: string, query: string): Promise<any[]> {
  const token = await server.makeKey({ slug, scopes: ['audit:read'] })
  const path = `/v1/audit_log_entries?${query}&expand[]=data.actor&expand[]=data.diff`
  return (await server.call(token, 'GET', path)).body.data
}
