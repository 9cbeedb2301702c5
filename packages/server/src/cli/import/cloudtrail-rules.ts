import type { JsonObject, Outcome, Severity } from '@counterfoil/core'
import { isObject } from './cloudtrail-mapping.js'

const DENIED =
  /AccessDenied|Unauthorized|NotAuthorized|Forbidden|AuthFailure|InvalidClientTokenId|SignatureDoesNotMatch/i
const READING =
  /^(?:Get|List|Describe|Head|Lookup|Search|Query|Scan|BatchGet|Select|Check|View|Preview|Estimate)/
const SIGNING_IN =
  /^(?:ConsoleLogin|CheckMfa|AssumeRole\w*|GetSessionToken|GetFederationToken|Federate|Authenticate)$/
/** Calls that blind whoever watches, or take away what protects. */
const DISARMING =
  /^(?:StopLogging|DeleteTrail|UpdateTrail|PutEventSelectors|DeleteFlowLogs|DeleteDetector|UpdateDetector|DisassociateFromMasterAccount|DeleteConfigRule|StopConfigurationRecorder|DeleteConfigurationRecorder|DisableKey|ScheduleKeyDeletion|DeactivateMFADevice|DeleteVirtualMFADevice|DeleteAlarms|DeleteLogGroup|DeleteBucketPolicy|PutBucketAcl|DeleteBucketEncryption|DeletePublicAccessBlock|LeaveOrganization)$/
/** Calls that give somebody power. */
const GRANTING =
  /^(?:CreateUser|CreateAccessKey|CreateLoginProfile|UpdateLoginProfile|(?:Attach|Put)(?:User|Role|Group)Policy|CreatePolicyVersion|SetDefaultPolicyVersion|AddUserToGroup|UpdateAssumeRolePolicy|AuthorizeSecurityGroup\w+|PutBucketPolicy|ModifyInstanceAttribute|ModifySnapshotAttribute|ModifyImageAttribute)$/

export function outcomeOf(event: JsonObject): Outcome {
  const { errorCode, errorMessage, responseElements } = event
  if (typeof errorCode === 'string' && errorCode !== '') return DENIED.test(errorCode) ? 'denied' : 'failure'
  if (isObject(responseElements) && responseElements.ConsoleLogin === 'Failure') return 'denied'
  return typeof errorMessage === 'string' && errorMessage !== '' ? 'failure' : 'success'
}

export function categoryOf(event: JsonObject): string {
  const { eventSource, eventType } = event
  if (eventType === 'AwsServiceEvent') return 'system'
  if (eventSource === 'signin.amazonaws.com' || SIGNING_IN.test(nameOf(event))) return 'authentication'
  return isReading(event) ? 'access' : 'operation'
}

export function severityOf(event: JsonObject): Severity {
  const outcome = outcomeOf(event)
  if (DISARMING.test(nameOf(event))) return 'security'
  if (outcome === 'denied') return 'warning'
  const { userIdentity } = event
  if (isObject(userIdentity) && userIdentity.type === 'Root' && !isReading(event)) return 'warning'
  if (outcome === 'failure') return 'notice'
  return GRANTING.test(nameOf(event)) ? 'notice' : 'info'
}

function isReading(event: JsonObject): boolean {
  return typeof event.readOnly === 'boolean' ? event.readOnly : READING.test(nameOf(event))
}

function nameOf({ eventName }: JsonObject): string {
  return typeof eventName === 'string' ? eventName : ''
}
