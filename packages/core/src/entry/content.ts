import {
  anyJson,
  type Check,
  type Checks,
  count,
  identifier,
  ipAddress,
  label,
  listOf,
  object,
  oneOf,
  optionalIdentifier,
  shape,
  slug,
  someJson,
  text,
  time,
  uuid,
} from './checks.js'
import {
  ACTOR_TYPES,
  type Actor,
  type Context,
  type EntryContent,
  OPERATION_TYPES,
  type Operation,
  OUTCOMES,
  type Resource,
  SEVERITIES,
  type Source,
  type Workspace,
} from './entry.js'
import {
  ACTION_LENGTH_MAX,
  CATEGORY_LENGTH_MAX,
  DESCRIPTION_LENGTH_MAX,
  ON_BEHALF_OF_MAX,
  OPERATION_TEXT_LENGTH_MAX,
  TARGETS_MAX,
  USER_AGENT_LENGTH_MAX,
} from './limits.js'
import type { Report } from './report.js'

export const DEFAULT_CATEGORY = 'operation'
export const DEFAULT_SEVERITY = 'info'
export const DEFAULT_OUTCOME = 'success'

type Defaulted = 'category' | 'severity' | 'outcome'

/** An entry as a client sends it: fields with a default may be missing, and it may bring its own id. */
export type SentEntry = Omit<EntryContent, Defaulted> &
  Partial<Pick<EntryContent, Defaulted>> & { readonly id?: string }

const actor: Check<Actor> = shape<Actor>('an actor', actorChecks, ['type'])

function actorChecks(): Checks<Actor> {
  return {
    type: oneOf(ACTOR_TYPES),
    id: identifier,
    label,
    name: label,
    email: label,
    on_behalf_of: actorBehind,
  }
}

const actorBehind: Check<Actor> = (value, report) => {
  if (report.path.filter((key) => key === 'on_behalf_of').length <= ON_BEHALF_OF_MAX)
    return actor(value, report)
  report.add('too_deep', `At most ${ON_BEHALF_OF_MAX} actors may stand behind each other in on_behalf_of.`)
  return undefined
}

const resource: Check<Resource> = shape<Resource>(
  'a resource',
  () => ({ type: identifier, id: identifier, label }),
  ['type'],
)

const context: Check<Context> = shape<Context>(
  'a context',
  () => ({
    ip_address: ipAddress,
    user_agent: text(0, USER_AGENT_LENGTH_MAX),
    session_id: optionalIdentifier,
    request_id: optionalIdentifier,
    region: optionalIdentifier,
    location: label,
    correlation_id: optionalIdentifier,
  }),
  [],
)

const source: Check<Source> = shape<Source>('a source', () => ({ name: identifier, seq: count }), ['name'])

const workspace: Check<Workspace> = shape<Workspace>('a workspace', () => ({ id: identifier, name: label }), [
  'id',
])

const operation: Check<Operation> = shape<Operation>(
  'an operation',
  () => ({
    type: oneOf(OPERATION_TYPES),
    name: label,
    text: text(0, OPERATION_TEXT_LENGTH_MAX),
    variables: someJson,
  }),
  ['type'],
)

const sentEntry: Check<SentEntry> = shape<SentEntry>(
  'an entry',
  () => ({
    id: uuid,
    action: slug(ACTION_LENGTH_MAX),
    category: slug(CATEGORY_LENGTH_MAX),
    severity: oneOf(SEVERITIES),
    outcome: oneOf(OUTCOMES),
    actor,
    resource,
    targets: listOf(resource, TARGETS_MAX),
    description: text(0, DESCRIPTION_LENGTH_MAX),
    error_code: optionalIdentifier,
    context,
    source,
    workspace,
    operation,
    before: anyJson,
    after: anyJson,
    diff: someJson,
    metadata: object,
    occurred_at: time,
  }),
  ['action'],
)

/** Checks one entry against every rule; gives undefined once it has reported what breaks them. */
export function checkEntry(value: Parameters<Check<SentEntry>>[0], report: Report): SentEntry | undefined {
  const sent = sentEntry(value, report)
  if (sent?.diff === undefined || sent.before === undefined || sent.after === undefined) return sent
  report.addAt('diff', 'computed_field', 'The server computes diff from before and after; leave it out.')
  return undefined
}
