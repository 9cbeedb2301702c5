import { admitEntries, type JsonObject } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { type CloudTrailEntry, toCloudTrailEntry } from './cloudtrail-mapping.js'
import { aCloudTrailEvent, CLOUDTRAIL_EVENTS } from './testing/cloudtrail-events.js'

const ID = '0190b7c2-7d1e-7f00-8000-000000000001'

describe.each(CLOUDTRAIL_EVENTS.map((event) => [event.eventName as string, event] as const))(
  '%s',
  (_name, event) => {
    it('becomes an entry that the core admits', () => {
      expect(admitEntries(Buffer.from(JSON.stringify(entryOf(event))), 'json')).toMatchObject({
        admitted: true,
      })
    })

    it('can be put together again from its entry', () => {
      expect(eventOf(entryOf(event))).toEqual(event)
    })
  },
)

it('an event becomes who did what to what, where and when', () => {
  expect(entryOf(aCloudTrailEvent({ eventID: ID }))).toMatchObject({
    id: ID,
    action: 's3.PutObject',
    category: 'operation',
    severity: 'info',
    outcome: 'success',
    actor: { type: 'user', id: 'arn:aws:iam::111122223333:user/ada', label: 'ada' },
    resource: { type: 'AWS::S3::Object', id: 'arn:aws:s3:::ledger/2026/11.csv' },
    targets: [{ type: 'AWS::S3::Bucket', id: 'arn:aws:s3:::ledger' }],
    context: { ip_address: '192.0.2.7', region: 'eu-west-1' },
    workspace: { id: '111122223333' },
    occurred_at: '2026-11-20T08:30:00Z',
  })
})

it.each([
  ['AccessDenied', 'denied', 'warning'],
  ['Client.UnauthorizedOperation', 'denied', 'warning'],
  ['NoSuchBucket', 'failure', 'notice'],
])('error code %s is %s', (errorCode, outcome, severity) => {
  const entry = entryOf(aCloudTrailEvent({ errorCode, errorMessage: 'No.' }))
  expect(entry).toMatchObject({ outcome, severity, error_code: errorCode, description: 'No.' })
})

it.each([
  ['GetObject', 'access', 'info'],
  ['AssumeRole', 'authentication', 'info'],
  ['StopLogging', 'operation', 'security'],
  ['AttachUserPolicy', 'operation', 'notice'],
])('%s is %s with severity %s', (eventName, category, severity) => {
  expect(entryOf(aCloudTrailEvent({ eventName }))).toMatchObject({ category, severity })
})

it('a name instead of an address stays in metadata', () => {
  const entry = entryOf(aCloudTrailEvent({ sourceIPAddress: 'ec2.amazonaws.com' }))
  expect(entry.context).not.toHaveProperty('ip_address')
  expect(entry.metadata.sourceIPAddress).toBe('ec2.amazonaws.com')
})

it('the time of a collector stands in when the event has none', () => {
  const { eventTime, ...event } = aCloudTrailEvent({})
  const entry = entryOf({ ...event, '@timestamp': '2026-11-20T08:31:00.000Z' })
  expect(entry.occurred_at).toBe('2026-11-20T08:31:00.000Z')
  expect(eventTime).toBeDefined()
})

it('what is no event is refused', () => {
  expect(toCloudTrailEntry({ hello: 'world' }, ID)).toHaveProperty('reason')
})

function entryOf(event: JsonObject): CloudTrailEntry {
  const entry = toCloudTrailEntry(event, event.eventID === 'not a UUID' ? ID : (event.eventID as string))
  if ('reason' in entry) throw new Error(entry.reason)
  return entry
}

/** The event again: metadata, and what fields of the entry hold word for word. */
function eventOf({ id, context, error_code, workspace, occurred_at, metadata }: CloudTrailEntry): JsonObject {
  const moved = {
    eventID: id,
    sourceIPAddress: context?.ip_address,
    userAgent: context?.user_agent,
    requestID: context?.request_id,
    awsRegion: context?.region,
    sharedEventID: context?.correlation_id,
    errorCode: error_code,
    recipientAccountId: workspace?.id,
    eventTime: metadata['@timestamp'] === occurred_at ? undefined : occurred_at,
  }
  const present = Object.entries(moved).filter(([, value]) => value !== undefined)
  return { ...(Object.fromEntries(present) as JsonObject), ...metadata }
}
