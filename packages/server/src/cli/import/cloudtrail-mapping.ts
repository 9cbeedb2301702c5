import {
  type Actor,
  type Context,
  type Json,
  type JsonObject,
  parseIpAddress,
  parseRfc3339,
  type Resource,
} from '@counterfoil/core'
import { resourcesOf } from './cloudtrail-resources.js'
import { categoryOf, outcomeOf, severityOf } from './cloudtrail-rules.js'

/** An entry as it is sent. */
export interface CloudTrailEntry {
  readonly id: string
  readonly action: string
  readonly category: string
  readonly severity: string
  readonly outcome: string
  readonly actor?: Actor
  readonly resource?: Resource
  readonly targets?: readonly Resource[]
  readonly description?: string
  readonly error_code?: string
  readonly context?: Context
  readonly source: { readonly name: string }
  readonly workspace?: { readonly id: string }
  readonly occurred_at?: string
  readonly metadata: JsonObject
}

const IDENTIFIER_LENGTH_MAX = 512
const LABEL_LENGTH_MAX = 1_024
const USER_AGENT_LENGTH_MAX = 4_096
const DESCRIPTION_LENGTH_MAX = 16_384

/**
 * The entry for a CloudTrail event. `metadata` keeps every member that the entry does not hold word for word
 * elsewhere, so that the event can be put together again. Same event, same entry: importing twice records once.
 */
export function toCloudTrailEntry(
  event: JsonObject,
  id: string,
): CloudTrailEntry | { readonly reason: string } {
  const eventName = textIn(event.eventName, 200)
  const eventSource = textIn(event.eventSource, 200)
  if (eventName === undefined || eventSource === undefined)
    return { reason: 'A CloudTrail event has eventSource and eventName; this has not.' }
  const action = `${eventSource.replace(/\.amazonaws\.com$/, '')}.${eventName}`.replace(/[\s\p{Cc}]/gu, '_')
  const kept = new Set<string>()
  const context = toContext(event, kept)
  const errorCode = keep(event, 'errorCode', identifier, kept)
  const account = keep(event, 'recipientAccountId', identifier, kept)
  const occurredAt = keep(event, 'eventTime', time, kept) ?? time(event['@timestamp'])
  if (event.eventID === id) kept.add('eventID')
  const actor = toActor(event.userIdentity)
  const [resource, ...targets] = resourcesOf(event)
  const description = textIn(event.errorMessage, DESCRIPTION_LENGTH_MAX)
  return {
    id,
    action,
    category: categoryOf(event),
    severity: severityOf(event),
    outcome: outcomeOf(event),
    ...(actor === undefined ? {} : { actor }),
    ...(resource === undefined ? {} : { resource }),
    ...(targets.length === 0 ? {} : { targets }),
    ...(description === undefined ? {} : { description }),
    ...(errorCode === undefined ? {} : { error_code: errorCode }),
    ...(Object.keys(context).length === 0 ? {} : { context }),
    source: { name: 'aws.cloudtrail' },
    ...(account === undefined ? {} : { workspace: { id: account } }),
    ...(occurredAt === undefined ? {} : { occurred_at: occurredAt }),
    // From entries: an assignment to `__proto__` would not make a member.
    metadata: Object.fromEntries(Object.entries(event).filter(([name]) => !kept.has(name))),
  }
}

function toContext(event: JsonObject, kept: Set<string>): Context {
  const address = keep(event, 'sourceIPAddress', ipAddress, kept)
  const agent = keep(event, 'userAgent', (value) => textIn(value, USER_AGENT_LENGTH_MAX), kept)
  const requestId = keep(event, 'requestID', identifier, kept)
  const region = keep(event, 'awsRegion', identifier, kept)
  const correlationId = keep(event, 'sharedEventID', identifier, kept)
  return {
    ...(address === undefined ? {} : { ip_address: address }),
    ...(agent === undefined ? {} : { user_agent: agent }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(region === undefined ? {} : { region }),
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  }
}

/** A member that a field of the entry takes as it is; what it does not take stays in metadata. */
function keep(
  event: JsonObject,
  name: string,
  read: (value: Json | undefined) => string | undefined,
  kept: Set<string>,
): string | undefined {
  const value = read(event[name])
  if (value !== undefined) kept.add(name)
  return value
}

const USER_TYPES: ReadonlySet<Json | undefined> = new Set([
  'Root',
  'IAMUser',
  'FederatedUser',
  'SAMLUser',
  'WebIdentityUser',
  'IdentityCenterUser',
])
const ANONYMOUS = 'ANONYMOUS_PRINCIPAL'

function toActor(identity: Json | undefined): Actor | undefined {
  if (!isObject(identity)) return undefined
  const id = [identity.arn, identity.principalId, identity.invokedBy, identity.accountId]
    .map(identifier)
    .find((value) => value !== undefined)
  const label = textIn(actorLabel(identity), LABEL_LENGTH_MAX)
  return {
    type: actorType(identity),
    ...(id === undefined ? {} : { id }),
    ...(label === undefined ? {} : { label }),
  }
}

function actorType({ type, arn, principalId, accountId }: JsonObject): Actor['type'] {
  if (principalId === ANONYMOUS || accountId === ANONYMOUS) return 'anonymous'
  if (USER_TYPES.has(type)) return 'user'
  // People who come through IAM Identity Center assume a role that bears this name; other roles are machines.
  if (typeof arn === 'string' && arn.includes('/AWSReservedSSO_')) return 'user'
  return type === 'AWSService' || type === undefined ? 'system' : 'service'
}

function actorLabel({ type, userName, arn, invokedBy }: JsonObject): Json | undefined {
  if (typeof userName === 'string') return userName
  if (type === 'Root') return 'root'
  // arn:aws:sts::123456789012:assumed-role/<role>/<session>
  if (typeof arn === 'string' && arn.includes('/')) return arn.slice(arn.indexOf('/') + 1)
  return invokedBy ?? type
}

export function identifier(value: Json | undefined): string | undefined {
  return textIn(value, IDENTIFIER_LENGTH_MAX)
}

/** A value that is text of 1 to `lengthMax` characters. */
export function textIn(value: Json | undefined, lengthMax: number): string | undefined {
  return typeof value === 'string' && value.length >= 1 && value.length <= lengthMax ? value : undefined
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function time(value: Json | undefined): string | undefined {
  return typeof value === 'string' && parseRfc3339(value) !== undefined ? value : undefined
}

/** AWS's own services give their name instead of an address. */
function ipAddress(value: Json | undefined): string | undefined {
  return typeof value === 'string' && parseIpAddress(value) !== undefined ? value : undefined
}
