import {
  makeObject,
  type ObjectKind,
} from '../../../../packages/server/dist/dialects/access/testing/expectations.js'
import { makePerson } from '../../../../packages/server/dist/dialects/access/testing/world.js'
import type { TestServer } from '../../../../packages/server/dist/testing/test-server.js'

/** People who may change everything, and ids of what they may change. */
export interface Insiders {
  readonly owners: readonly Credentials[]
  readonly operators: readonly Credentials[]
  /** Of things of the owners' organization. */
  readonly ids: readonly string[]
  /** Of organizations that nobody minds losing, for operators. */
  readonly organizationIds: readonly string[]
}
type Credentials = Readonly<Record<string, string>>

/** Many of each: requests end sessions, remove people and delete things. */
const SESSIONS = 60
const OBJECTS_EACH = 8
const KINDS = [
  'person',
  'role',
  'workspace',
  'api_key',
  'support_access',
  'session',
  'invitation',
  'catalogue_action',
  'catalogue_group',
] as const satisfies readonly ObjectKind[]

/** Makes an organization whose administration is fuzzed from inside, where nothing that is broken matters to others. */
export async function makeInsiders({ counterfoil: { access } }: TestServer, slug: string): Promise<Insiders> {
  const organization = (await access.findOrganization(slug)) ?? (await access.createOrganization(slug))
  const platform = await access.tenants.platform()
  const sessions = (where: typeof organization, role: string): Promise<Credentials[]> =>
    Promise.all(
      Array.from({ length: SESSIONS }, async () => {
        const personId = await makePerson(access, where, role)
        // With a second factor, so that requiring one keeps nobody out.
        const { token } = await access.sessions.create(personId, where.id, 'live', { secondFactor: true })
        return { authorization: `Bearer ${token}` }
      }),
    )
  const several = Array.from({ length: OBJECTS_EACH })
  return {
    owners: await sessions(organization, 'owner'),
    operators: await sessions(platform, 'operator'),
    ids: await Promise.all(
      KINDS.flatMap((kind) => several.map(() => makeObject(access, organization, kind, undefined))),
    ),
    organizationIds: await Promise.all(
      several.map(async (_, i) => (await access.createOrganization(`${slug}-customer-${i}`)).id),
    ),
  }
}
