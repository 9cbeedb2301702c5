import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, DATABASE_VARIABLE, openTestServer, type TestServer } from '../../testing/test-server.js'
import { EXPECTATIONS, type Expectation, makeObject, WHO_HAS } from './testing/expectations.js'
import { type OutboxObserver, observeOutbox } from './testing/outbox-observer.js'
import { makeWorld, PRINCIPALS, type PrincipalName, type World } from './testing/world.js'

/** Whose thing the path names; for a path that names none, whose organization the header names. */
const OBJECTS = ['a', 'b', 'never', 'unsaid'] as const
type ObjectOf = (typeof OBJECTS)[number]
const HEAD_OBJECTS: readonly ObjectOf[] = ['b']
const CELLS_MIN = 4_000
/** A cell that changes something waits for a dozen commits of PostgreSQL, one after the other. */
const TIMEOUT_MS = process.env[DATABASE_VARIABLE] === 'postgres' ? 1_800_000 : 560_000

let server: TestServer
let world: World
let observer: OutboxObserver
beforeAll(async () => {
  const many = { attemptsMax: 1_000_000, windowMs: 60_000 }
  server = await openTestServer({}, undefined, {
    signInLimits: { accounts: many, addresses: many, codes: many, codesOfHour: many },
  })
  world = await makeWorld(server)
  observer = await observeOutbox(server)
})
afterAll(async () => {
  await observer.close()
  await server.close()
})

const routes = () =>
  server.counterfoil.http.routeTable.routes.filter(({ method }) => method !== 'OPTIONS' && method !== 'HEAD')
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

interface Cell {
  readonly method: string
  readonly path: string
  readonly principal: PrincipalName
  readonly object: ObjectOf
}

interface Expected {
  readonly status: number
  readonly code?: string
}

/** What a cell must answer, from the tables alone. */
function expected({ principal, object }: Cell, route: Expectation): Expected {
  if (route.needs === 'public') return { status: route.ok }
  const refused = REFUSED[principal]
  if (refused !== undefined) return refused
  const { home } = world.principals[principal]
  const named = route.object === undefined && route.entity === undefined ? object : 'unsaid'
  const elsewhere = named !== 'unsaid' && named !== home
  if (elsewhere && !crosses(principal, named, route)) return { status: 404, code: 'not_found' }
  if (!isPermitted(principal, route, elsewhere ? named : home)) return { status: 403 }
  if (route.entity !== undefined && entityOf({ principal, object }, route) !== home) return { status: 403 }
  if (route.object !== undefined && !finds(principal, route, object))
    return { status: 404, code: 'not_found' }
  return { status: route.ok }
}

/** The organization that a path names; where it names a thing too, always the caller's own. */
function entityOf({ principal, object }: Pick<Cell, 'principal' | 'object'>, route: Expectation): string {
  return object === 'unsaid' || route.object !== undefined ? world.principals[principal].home : object
}

const REFUSED: Readonly<Partial<Record<PrincipalName, Expected>>> = {
  none: { status: 401, code: 'missing_api_key' },
  malformed: { status: 401, code: 'invalid_api_key' },
  unknown: { status: 401, code: 'invalid_api_key' },
  expired_key: { status: 401, code: 'invalid_api_key' },
  revoked_key: { status: 401, code: 'invalid_api_key' },
  revoked_viewer: { status: 401, code: 'invalid_api_key' },
  removed_person: { status: 401, code: 'invalid_api_key' },
  key_elsewhere: { status: 403, code: 'ip_not_allowlisted' },
  key_suspended: { status: 403, code: 'organization_suspended' },
  person_suspended: { status: 401, code: 'invalid_api_key' },
}

/** Whether naming this organization in the header leads anywhere but to 404. */
function crosses(principal: PrincipalName, named: ObjectOf, { entries }: Expectation): boolean {
  return entries === true && world.principals[principal].home === 'platform' && named !== 'never'
}

function isPermitted(principal: PrincipalName, route: Expectation, where: ObjectOf | 'platform'): boolean {
  if (route.needs === 'anybody' || route.needs === 'public') return true
  if (route.keysOnly && !principal.startsWith('key_')) return false
  const needs = typeof route.needs === 'string' ? [route.needs] : route.needs
  if (where === world.principals[principal].home)
    return needs.some((need) => WHO_HAS[need].includes(principal))
  if (route.needs === 'entries.record') return WHO_HAS['platform.record'].includes(principal)
  return principal === 'operator_supporting' && where === 'a'
}

function finds(principal: PrincipalName, { object: kind }: Expectation, object: ObjectOf): boolean {
  if (object === 'never') return false
  if (
    kind === 'organization' ||
    kind === 'new_organization' ||
    kind === 'suspended_organization' ||
    kind === 'personal_token' ||
    kind === 'own_support_access' ||
    kind === 'own_session' ||
    kind === 'own_saved_view'
  )
    return object !== 'unsaid'
  if (kind === 'entry') {
    // Own activity is none of the entries here, and a key for test does not see live.
    const readsAll =
      WHO_HAS['entries.read'].includes(principal) && world.principals[principal].mode === 'live'
    return object === world.principals[principal].home && readsAll
  }
  return object === world.principals[principal].home
}

/** The id that a cell's path holds. `unsaid` is a thing that was there and is gone, or nobody's. */
async function idOf({ object, principal }: Cell, { object: kind }: Expectation): Promise<string> {
  if (kind === undefined) return ''
  if (object === 'never' || object === 'unsaid') return randomUUID()
  if (kind === 'entry') return world.entries[object]
  const { personId, home } = world.principals[principal]
  const { access } = server.counterfoil
  // A personal token belongs to the one who asks, wherever they are; others' are tested below.
  const organization =
    kind === 'personal_token' || kind === 'own_session' || kind === 'own_saved_view'
      ? world[home]
      : world[object]
  return makeObject(access, organization, kind, personId)
}

async function pathOf(cell: Cell, route: Expectation): Promise<string> {
  const entity = entityOf(cell, route)
  const path = cell.path
    .replace(':entity_id', entity === 'never' ? randomUUID() : world[entity as 'a' | 'b' | 'platform'].id)
    .replace(':companyToken', 'company')
    .replace(':type', 'thing')
    .replace(':id', (await idOf(cell, route)) || 'x')
  return route.query === undefined ? path : `${path}?query=${encodeURIComponent(route.query)}`
}

async function ask(cell: Cell, route: Expectation): Promise<Answer> {
  const { token } = world.principals[cell.principal]
  const signOut = cell.path === '/v1/sessions/current'
  const inHeader = route.object === undefined && route.entity === undefined
  const named = inHeader && cell.object !== 'unsaid' ? cell.object : undefined
  const slug = named === undefined || named === 'never' ? named && 'nowhere' : world[named].slug
  return server.call(
    signOut ? await freshSession(cell.principal, token) : token,
    cell.method,
    await pathOf(cell, route),
    cell.method === 'GET' || cell.method === 'HEAD'
      ? undefined
      : route.body?.(world.principals[cell.principal]),
    slug === undefined ? {} : { 'counterfoil-organization': slug },
  )
}

/** Signing out ends the session: each time another one. */
async function freshSession(
  principal: PrincipalName,
  token: string | undefined,
): Promise<string | undefined> {
  const { personId, home, mode } = world.principals[principal]
  if (personId === undefined || token?.startsWith('cf_session_') !== true) return token
  return (await server.counterfoil.access.sessions.create(personId, world[home].id, mode)).token
}

/** What one cell started must not open the next. */
async function endSupport({ path, principal }: Cell): Promise<void> {
  if (!path.includes('support_accesses')) return
  const { personId = '' } = world.principals[principal]
  const { supportAccesses } = server.counterfoil.access
  // The oldest one is the supporting operator's own.
  const started = await supportAccesses.ofPerson(personId)
  for (const { id } of principal === 'operator_supporting' ? started.slice(0, -1) : started)
    await supportAccesses.end(id)
}

function isSession(principal: PrincipalName): boolean {
  return world.principals[principal].token?.startsWith('cf_session_') === true
}

describe('the matrix of routes, principals and objects', () => {
  it('knows every route there is, and no other', () => {
    expect(routes().map(nameOf).toSorted()).toEqual(Object.keys(EXPECTATIONS).toSorted())
  })

  it(
    `answers ${CELLS_MIN} cells and more as the table says, and records each change once`,
    async () => {
      const wrong: string[] = []
      let cells = 0
      for (const { method, path } of server.counterfoil.http.routeTable.routes.filter(
        (route) => route.method !== 'OPTIONS',
      )) {
        const reads = method === 'GET' || method === 'HEAD'
        // Fastify answers HEAD by the route of GET: somebody else's thing, or to a few their own, tells whether it asks who they are.
        const objects = method === 'HEAD' ? HEAD_OBJECTS : OBJECTS
        const all = PRINCIPALS.flatMap((principal) =>
          objects.map((object) => ({ method, path, principal, object })),
        )
        cells += all.length
        for (const cell of all) wrong.push(...(reads ? (await answered(cell)).wrong : await recorded(cell)))
      }
      expect(wrong).toEqual([])
      expect(cells).toBeGreaterThanOrEqual(CELLS_MIN)
    },
    TIMEOUT_MS,
  )
})

/** What a cell is expected to answer, and what is wrong with what it did answer. */
async function answered(cell: Cell): Promise<Expected & { readonly wrong: readonly string[] }> {
  const route = expectationOf(cell)
  let { status, code }: Expected = expected(cell, route)
  if (route.sessionsOnly === true && REFUSED[cell.principal] === undefined && !isSession(cell.principal))
    ({ status, code } = {
      status: status === 404 && route.object === undefined ? 404 : 400,
      code: undefined,
    })
  const { status: given, body } = await ask(cell, route)
  const wrong: string[] = []
  if (given !== status) wrong.push(`${whereOf(cell)}: ${given} ${body.code} ${body.hint}, not ${status}`)
  const ours = cell.method !== 'HEAD' && route.shape === undefined
  if (ours && code !== undefined && body.code !== code)
    wrong.push(`${whereOf(cell)}: ${body.code}, not ${code}`)
  return { status, ...(code === undefined ? {} : { code }), wrong }
}

/** Refusals of which an entry was due before. */
const denied = new Set<string>()

/** The same of a cell that changes something, or would, and of the entries about that. */
async function recorded(cell: Cell): Promise<readonly string[]> {
  const { method, path, principal } = cell
  const route = expectationOf(cell)
  const before = await observer.notesEver()
  const { status, code, wrong } = await answered(cell)
  const notes = (await observer.notesEver()) - before
  await endSupport(cell)
  if (route.entries === true) return wrong
  const refusedForPermission = status === 403 && code === undefined
  const who = `${method} ${path} ${principal}`
  // A refusal is recorded once a minute: the first one always, a later one when a minute has passed.
  const due = refusedForPermission ? 1 : status < 300 ? (route.notes ?? 0) : 0
  const mayBeLess = refusedForPermission && denied.has(who)
  if (refusedForPermission) denied.add(who)
  if (notes === due || (mayBeLess && notes === 0)) return wrong
  return [...wrong, `${whereOf(cell)}: ${notes} entries about it, not ${due}`]
}

function expectationOf({ method, path }: Cell): Expectation {
  return EXPECTATIONS[`${method === 'HEAD' ? 'GET' : method} ${path}`] as Expectation
}

function whereOf({ method, path, principal, object }: Cell): string {
  return `${method} ${path} by ${principal} on ${object}`
}
