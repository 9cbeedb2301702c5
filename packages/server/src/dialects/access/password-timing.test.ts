import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashPassword, Passwords } from '../../access/password.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

/** Of each kind; everything but the hash itself takes its usual time. */
const SAMPLES = 1_000
const WARM_UP = 50
const CHEAP = { memoryCost: 8, timeCost: 1, parallelism: 1 }
const MANY = { attemptsMax: 1_000_000, windowMs: 60_000 }
const MEDIANS_APART_MS_MAX = 0.2

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({}, undefined, {
    hashingCost: CHEAP,
    signInLimits: { accounts: MANY, addresses: MANY, codes: MANY, codesOfHour: MANY },
  })
  const { access } = server.counterfoil
  const { personId } = await access.people.create('known@example.com')
  await access.people.setPassword(personId, await hashPassword('the right password', CHEAP))
  await access.memberships.create((await access.createOrganization('acme')).id, personId, 'member', '')
})
afterAll(() => server.close())

it(`answers known and unknown addresses in the same time: ${2 * SAMPLES} samples`, async () => {
  await timesOf(WARM_UP)
  let { isSame, said } = compare(await timesOf(SAMPLES))
  // What else the machine does is not the same for both each time; a difference that is one is there each time.
  for (let again = 0; again < 2 && !isSame; again++) ({ isSame, said } = compare(await timesOf(SAMPLES)))
  expect(isSame, said).toBe(true)
}, 400_000)

/** Milliseconds of refusals. */
type Times = Readonly<Record<'known' | 'other', readonly number[]>>

async function timesOf(samples: number): Promise<Times> {
  const times: Record<'known' | 'other', number[]> = { known: [], other: [] }
  for (let i = 0; i < 2 * samples; i++) {
    // In turn, so that whatever else the machine does falls on both alike.
    const kind = i % 2 === 0 ? 'known' : 'other'
    const since = performance.now()
    const { status } = await server.call(undefined, 'POST', '/v1/sessions', {
      email: `${kind}@example.com`,
      password: 'a wrong password',
    })
    times[kind].push(performance.now() - since)
    expect(status).toBe(401)
  }
  return times
}

function compare({ known, other }: Times): { readonly isSame: boolean; readonly said: string } {
  const medians = [median(known), median(other)] as const
  const p = mannWhitney(known, other)
  return {
    isSame: p > 0.01 || Math.abs(medians[0] - medians[1]) < MEDIANS_APART_MS_MAX,
    said: `medians ${medians[0]} and ${medians[1]} ms, p = ${p}`,
  }
}

it('does the work of a hash for an address that nobody has', async () => {
  const passwords = new Passwords()
  const hash = await passwords.hash('the right password')
  const took = async (against: string | undefined) => {
    const since = performance.now()
    expect(await passwords.matches('a wrong password', against)).toBe(false)
    return performance.now() - since
  }
  await took(undefined)
  const known: number[] = []
  const unknown: number[] = []
  for (let i = 0; i < 20; i++) {
    known.push(await took(hash))
    unknown.push(await took(undefined))
  }
  // The fastest of each is the work itself, without what else the machine did.
  expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) * 0.7)
  expect(await passwords.matches('the right password', hash)).toBe(true)
})

it('hashes two at a time, and sends away who would wait too long', async () => {
  const passwords = new Passwords(CHEAP)
  const tries = await Promise.allSettled(Array.from({ length: 100 }, () => passwords.hash('x')))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(66)
  await expect(passwords.hash('x')).resolves.toMatch(/^\$argon2id\$/)
})

it('sees a difference of half a millisecond when there is one', () => {
  const noise = () => 3 + Math.random()
  const same = Array.from({ length: SAMPLES }, noise)
  const slower = Array.from({ length: SAMPLES }, () => noise() + 0.5)
  expect(mannWhitney(same, slower)).toBeLessThan(0.01)
  expect(mannWhitney(same, same)).toBeGreaterThan(0.5)
})

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

/** Two-sided p of the Mann-Whitney U test, by its normal approximation, which fits at this size. */
function mannWhitney(one: readonly number[], other: readonly number[]): number {
  const all = [
    ...one.map((value) => ({ value, first: true })),
    ...other.map((value) => ({ value, first: false })),
  ]
  all.sort((a, b) => a.value - b.value)
  let ranks = 0
  for (let i = 0; i < all.length; ) {
    let end = i
    while (end < all.length && all[end]?.value === all[i]?.value) end++
    // Ties share the mean of their ranks, which count from one.
    const rank = (i + 1 + end) / 2
    for (let j = i; j < end; j++) if (all[j]?.first) ranks += rank
    i = end
  }
  const [n, m] = [one.length, other.length]
  const u = ranks - (n * (n + 1)) / 2
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
  return erfc(z / Math.SQRT2)
}

/** Complementary error function, Abramowitz and Stegun 7.1.26: off by less than 2e-7. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return poly * Math.exp(-x * x)
}
