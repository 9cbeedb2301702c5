import type { Actor, Entry, EntryContent } from '@counterfoil/core'
import { seededRandom } from '../../../core/dist/query/testing/random-query.js'
import { recordRandomEntries } from './recorded-entries.js'
import type { TestServer } from './test-server.js'

const PATH = '/v1/audit_log_entries'

/** Records entries one by one and reads each back by REST: what an oracle must answer from, the diff too. */
export async function recordEntries(
  server: TestServer,
  key: string,
  contents: readonly Partial<EntryContent>[],
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const content of contents) {
    const { status, body } = await server.call(key, 'POST', PATH, content)
    if (status !== 201) throw new Error(`refused: ${JSON.stringify(body)}`)
    entries.push(await readBack(server, key, body.id))
  }
  return entries
}

/** The same of random entries, as far as they are admitted, hostile text and missing parts among them. */
export async function recordRandomByRest(
  server: TestServer,
  key: string,
  count: number,
  seed: number,
): Promise<readonly Entry[]> {
  const recorded = await recordRandomEntries(server, key, seededRandom(seed), count)
  const entries: Entry[] = []
  for (const { id } of recorded) entries.push(await readBack(server, key, id))
  return entries
}

/** An entry by REST, in the form that the naive matcher reads. */
async function readBack(server: TestServer, key: string, id: string): Promise<Entry> {
  const { body } = await server.call(key, 'GET', `${PATH}/${id}?expand[]=actor&expand[]=diff`)
  const context = present({
    ip_address: body.ip_address,
    user_agent: body.user_agent,
    session_id: body.session_id,
    request_id: body.request_id,
    region: body.region,
    location: body.location,
    correlation_id: body.correlation_id,
  })
  return present({
    id: body.id,
    organization_id: body.entity_id,
    mode: body.mode,
    seq: body.seq,
    recorded_at: body.created_at,
    action: body.action,
    category: body.category,
    severity: body.severity,
    outcome: body.outcome,
    error_code: body.error_code,
    description: body.description,
    actor: body.actor === null ? null : toActor(body.actor),
    resource: body.resource === null ? null : present(body.resource),
    targets: body.targets.length === 0 ? null : body.targets,
    context: Object.keys(context).length === 0 ? null : context,
    source: body.source,
    workspace: body.workspace,
    operation: body.operation,
    before: body.before_state,
    after: body.after_state,
    diff: body.diff,
    metadata: body.metadata,
    occurred_at: body.occurred_at,
  }) as unknown as Entry
}

// biome-ignore lint/suspicious/noExplicitAny: an actor as the API shows it.
function toActor({ type, id, label, name, email, on_behalf_of }: any): Actor {
  const more = { on_behalf_of: on_behalf_of === undefined ? null : toActor(on_behalf_of) }
  return present({ type, id, label, name, email, ...more }) as unknown as Actor
}

/** Without the members that are null, which stand for what is not there. */
function present(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}
