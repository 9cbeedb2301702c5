import type { JsonObject } from '@counterfoil/core'

/** A made-up event of a person who writes an object. */
export function aCloudTrailEvent(members: JsonObject): JsonObject {
  return {
    eventVersion: '1.08',
    eventID: '5f0c6a52-5b1f-4c3e-9a36-6a8e2a1b7c01',
    eventTime: '2026-11-20T08:30:00Z',
    eventSource: 's3.amazonaws.com',
    eventName: 'PutObject',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '192.0.2.7',
    userAgent: 'aws-cli/2.15',
    requestID: 'ABCD1234',
    eventType: 'AwsApiCall',
    recipientAccountId: '111122223333',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/ada',
      accountId: '111122223333',
      userName: 'ada',
    },
    requestParameters: { bucketName: 'ledger', key: '2026/11.csv' },
    responseElements: null,
    ...members,
  }
}

/** Made-up events with what real ones have: roles, services, names instead of addresses, listed resources, oddities. */
export const CLOUDTRAIL_EVENTS: readonly JsonObject[] = [
  aCloudTrailEvent({}),
  aCloudTrailEvent({
    eventID: '5f0c6a52-5b1f-4c3e-9a36-6a8e2a1b7c02',
    eventName: 'GetObject',
    readOnly: true,
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:i-0a1',
      arn: 'arn:aws:sts::111122223333:assumed-role/Reports/i-0a1',
      sessionContext: { attributes: { mfaAuthenticated: 'false' } },
    },
    resources: [
      { type: 'AWS::S3::Object', ARNPrefix: 'arn:aws:s3:::ledger/' },
      { type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::ledger', accountId: '111122223333' },
    ],
    additionalEventData: { bytesTransferredOut: 500, 'x-amz-id-2': 'CwG1p2/=' },
  }),
  aCloudTrailEvent({
    eventID: '5f0c6a52-5b1f-4c3e-9a36-6a8e2a1b7c03',
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    sourceIPAddress: 'ec2.amazonaws.com',
    userAgent: 'ec2.amazonaws.com',
    userIdentity: { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' },
    sharedEventID: 'f47b2d52-f5ef-4a87-87ed-8d0456842506',
    responseElements: { credentials: { sessionToken: 'removed' } },
  }),
  aCloudTrailEvent({
    eventID: 'not a UUID',
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    errorMessage: 'Failed authentication',
    responseElements: { ConsoleLogin: 'Failure' },
    userAgent: 'x'.repeat(5_000),
    requestID: 42,
    eventTime: 'yesterday',
    ['__proto__']: { polluted: true },
  }),
]
