import { Agent, request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../packages/core/dist/query/testing/random-query.js'
import { CHEAP, NO_LIMITS } from '../../../../packages/server/dist/dialects/access/testing/people.js'
import {
  pairHeaders,
  styledHeaders,
} from '../../../../packages/server/dist/graphql/testing/graphql-client.js'
import { concurrently } from '../../../../packages/server/dist/testing/concurrently.js'
import { recordRandomEntries } from '../../../../packages/server/dist/testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../../../packages/server/dist/testing/test-server.js'
import { freshSeed } from '../../support/random.js'
import { type FuzzAnswer, wrongIn } from './answers.js'
import { makeInsiders } from './insiders.js'
import { type OpenApi, routesOf } from './openapi.js'
import { type FuzzRequest, isAdministration, randomRequest, type Target } from './random-request.js'

const SEED = Number(process.env.SEED ?? freshSeed())
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 3_000)
const ENTRIES = 300
const AT_ONCE = 4
const FINDINGS_MAX = 20
const random = seededRandom(SEED)

let server: TestServer
let target: Target
let key: string
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })

const ADMINISTRATION = ['audit:read', 'access:read', 'access:write', 'viewer_tokens:create'] as const

beforeAll(async () => {
  // Attempts to sign in are as many as there are requests, and none of them shall cost what a password does.
  server = await openTestServer({}, undefined, { signInLimits: NO_LIMITS, hashingCost: CHEAP })
  key = await server.makeKey()
  const entries = await recordRandomEntries(server, key, random, ENTRIES, 50)
  const document: OpenApi = (await server.call(undefined, 'GET', '/openapi.json')).body
  target = {
    document,
    routes: routesOf(document),
    entity: entries[0]?.organization_id ?? '',
    entryIds: entries.slice(0, 20).map(({ id }) => id),
    credentials: [
      { authorization: `Bearer ${key}` },
      { 'x-api-key': key },
      await pairHeaders(server),
      await styledHeaders(server, 'prdm_wsp'),
      { authorization: `Bearer: ${await server.makeKey({ scopes: ['audit:read:own'] })}` },
      { authorization: `Bearer ${await server.makeKey({ scopes: ['audit:write'] })}` },
      // The administration of another organization, where nothing that is broken matters to the others.
      { authorization: `Bearer ${await server.makeKey({ slug: 'managed', scopes: ADMINISTRATION })}` },
    ],
    insiders: await makeInsiders(server, 'managed'),
  }
}, 120_000)
afterAll(async () => {
  agent.destroy()
  await server.close()
})

/** Sends a request as it is, past what `fetch` would refuse. */
function send({ method, url, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
  const startMs = performance.now()
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const sent = httpRequest(
      { agent, hostname, port, method, path: url, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
            ms: performance.now() - startMs,
          }),
        )
      },
    )
    // No answer at all is wrong in every way.
    sent.on('error', ({ message: text }) => resolve({ status: 0, headers: {}, text, ms: 0 }))
    sent.end(body)
  })
}

function told({ method, url, headers, body }: FuzzRequest, answer: FuzzAnswer): string {
  const shown = body === undefined ? '' : ` ${body.toString().slice(0, 300)}`
  const { status, text } = answer
  return `${method} ${url.slice(0, 400)} ${JSON.stringify(headers).slice(0, 200)}${shown}\n  -> ${status} ${text.slice(0, 400)}`
}

describe(`requests made from the OpenAPI document (SEED=${SEED})`, () => {
  it(`of which ${REQUESTS} get sound answers, and the log stays whole`, { timeout: 3_600_000 }, async () => {
    // Drawn before any is sent, so that the order of answers changes nothing.
    const requests = Array.from({ length: REQUESTS }, () => randomRequest(random, target))
    const findings: string[] = []
    const statuses = new Map<number, number>()
    let changes = 0
    let slowest = { ms: 0, what: '' }
    let recorded = ENTRIES
    await concurrently(requests, AT_ONCE, async (request) => {
      if (findings.length >= FINDINGS_MAX) return
      const answer = await send(request)
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      if (answer.ms > slowest.ms) slowest = { ms: answer.ms, what: told(request, answer).slice(0, 200) }
      const wrong = wrongIn(target.document, target.routes, request, answer)
      if (wrong.length > 0) findings.push(`${wrong.join('; ')}: ${told(request, answer)}`)
      recorded += newEntries(request, answer)
      if (isChange(request, answer)) changes++
    })
    console.info(
      `SEED=${SEED} ${[...statuses]
        .toSorted()
        .map((pair) => pair.join(': '))
        .join(', ')}; slowest ${Math.round(slowest.ms)} ms: ${slowest.what}`,
    )
    expect(findings, `SEED=${SEED}\n${findings.join('\n')}`).toEqual([])
    // Were all refused, or none, little would be tested.
    expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20)
    for (const status of [201, 400, 401, 404, 405, 415, 422])
      expect(statuses.get(status), `${status}`).toBeGreaterThan(0)
    expect(changes).toBeGreaterThan(REQUESTS / 100)
    await expectWholeLog(recorded)
  })
})

/** Whether an answer says that the administration changed something. */
function isChange({ method, url }: FuzzRequest, { status }: FuzzAnswer): boolean {
  return method !== 'GET' && method !== 'HEAD' && status < 300 && isAdministration({ path: url })
}

/** How many entries an answer acknowledges that were not there before. */
function newEntries({ url }: FuzzRequest, { status, headers, text }: FuzzAnswer): number {
  if (status !== 201 || !url.startsWith('/v1/audit_log_entries')) return 0
  if (headers['idempotent-replayed'] !== undefined) return 0
  const { data } = JSON.parse(text)
  return data === undefined ? 1 : data.length
}

/** Asserts that the server lives, that the log has what was acknowledged and no more, and that its chain is whole. */
async function expectWholeLog(entries: number): Promise<void> {
  expect((await server.call(undefined, 'GET', '/readyz')).status).toBe(200)
  const page = await server.call(key, 'GET', '/v1/audit_log_entries?limit=1&include_count=true')
  // Exports and refused changes have added entries about themselves.
  const size: number = page.body.total_count
  expect(size).toBeGreaterThanOrEqual(entries)
  expect(page.body.data).toMatchObject([{ seq: size - 1 }])
  let verified = 0
  for (let from_seq: number | null = 0; from_seq !== null; ) {
    const { body } = await server.call(key, 'POST', '/v1/audit_log_entries/verify', {
      from_seq,
      limit: 10_000,
    })
    expect(body).toMatchObject({ verified: true })
    verified += body.chain_length
    from_seq = body.next_seq
  }
  expect(verified).toBe(size)
}
