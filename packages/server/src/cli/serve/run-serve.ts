import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import { pino } from 'pino'
import type { AccessStore } from '../../access/access-store.js'
import { COUNTERFOIL } from '../../access/administration/doer.js'
import { createKey } from '../../access/administration/keys.js'
import { createOrganization } from '../../access/administration/organizations.js'
import { addPerson } from '../../access/administration/people.js'
import { hashPassword, makePassword } from '../../access/password.js'
import { type Counterfoil, openCounterfoil } from '../../service/counterfoil.js'
import type { Settings } from '../../settings/settings.js'
import { type CommandInput, EXIT } from '../command.js'

/** More than a search or an export's chunk takes; a supervisor's own patience should be longer. */
const CLOSE_MS_MAX = 25_000
const ADMIN_EMAIL = 'admin@localhost'
const FIRST_ORGANIZATION = 'acme'

/** Runs the server until it is asked to end. */
export async function runServe({ world, settings: { values }, options }: CommandInput): Promise<number> {
  const logger = pino({ level: values.log_level, base: null }, pino.destination(2))
  const counterfoil = await openCounterfoil(values, logger)
  try {
    const url = await listen(counterfoil, values)
    const first = await welcomeFirstStart(counterfoil.access)
    world.stdout.write(
      options.json === true
        ? `${JSON.stringify({ url, first_start: first ?? null })}\n`
        : startText(url, first),
    )
    await Promise.race([untilAsked(counterfoil, values.drain_seconds), counterfoil.failed])
    return EXIT.ok
  } finally {
    // What does not come to its end must not keep the process: everything that was acknowledged is durable.
    const overdue = setTimeout(() => {
      logger.fatal('closing took too long, and is given up')
      process.exit(EXIT.failed)
    }, CLOSE_MS_MAX)
    await counterfoil.close()
    clearTimeout(overdue)
  }
}

async function listen({ http }: Counterfoil, { host, port }: Settings): Promise<string> {
  try {
    return await http.listen({ host, port })
  } catch (cause) {
    throw new AppError('invalid_setting', {
      hint: `Cannot listen on ${host}:${port}: ${(cause as Error).message}. Choose another with --host and --port.`,
      cause,
    })
  }
}

/** Resolves when the process is asked to end and, by SIGTERM, has been drained; a second signal ends the draining. */
async function untilAsked(counterfoil: Counterfoil, drainSeconds: number): Promise<void> {
  const interrupted = once(process, 'SIGINT')
  const isDraining = await Promise.race([
    once(process, 'SIGTERM').then(() => true),
    interrupted.then(() => false),
  ])
  if (!isDraining || drainSeconds === 0) return
  counterfoil.drain()
  await Promise.race([
    delay(drainSeconds * 1_000, undefined, { ref: false }),
    once(process, 'SIGTERM'),
    interrupted,
  ])
}

interface FirstStart {
  readonly organization: string
  readonly email: string
  readonly password: string
  readonly token: string
}

/** On an empty installation, makes what a newcomer needs to record a first entry. */
async function welcomeFirstStart(access: AccessStore): Promise<FirstStart | undefined> {
  if ((await access.organizations()).length > 0) return undefined
  const password = makePassword()
  const passwordHash = await hashPassword(password)
  const organization = await createOrganization(access, COUNTERFOIL, FIRST_ORGANIZATION)
  await addPerson(access, COUNTERFOIL, organization, {
    email: ADMIN_EMAIL,
    role: 'owner',
    name: '',
    passwordHash,
  })
  const { token } = await createKey(access, COUNTERFOIL, organization, {
    mode: 'live',
    scopes: ['audit:write', 'audit:read'],
    name: 'first start',
  })
  return { organization: organization.slug, email: ADMIN_EMAIL, password, token }
}

function startText(url: string, first: FirstStart | undefined): string {
  if (first === undefined) return `Counterfoil listens on ${url}\n`
  const { organization, email, password, token } = first
  return `
Counterfoil listens on ${url}

This is its first start. Note these down; they are shown only now:
  admin sign-in   ${email}  ${password}
  API key         ${token}
                  (organization ${organization}, live: may record and read)

Open ${url} in a browser, sign in, and see the log.

Record an entry:
  curl ${url}/v1/audit_log_entries \\
    -H 'Authorization: Bearer ${token}' \\
    -H 'Content-Type: application/json' \\
    -d '{"action":"order.created","actor":{"type":"user","id":"u_1","label":"Ada"},"resource":{"type":"order","id":"42"}}'

Read it back:
  curl '${url}/v1/audit_log_entries?action=order.created' \\
    -H 'Authorization: Bearer ${token}'

`
}
