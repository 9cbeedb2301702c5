import { type Json, type JsonObject, type Resource, TARGETS_MAX } from '@counterfoil/core'
import { identifier, isObject } from './cloudtrail-mapping.js'

/** Request parameters that name what a call is about, with the type that AWS has for it; the first that is there. */
const NAMING_PARAMETERS: readonly (readonly [name: string, type: string])[] = [
  ['instanceId', 'AWS::EC2::Instance'],
  ['volumeId', 'AWS::EC2::Volume'],
  ['snapshotId', 'AWS::EC2::Snapshot'],
  ['imageId', 'AWS::EC2::Image'],
  ['vpcId', 'AWS::EC2::VPC'],
  ['subnetId', 'AWS::EC2::Subnet'],
  ['groupId', 'AWS::EC2::SecurityGroup'],
  ['keyName', 'AWS::EC2::KeyPair'],
  ['userName', 'AWS::IAM::User'],
  ['roleArn', 'AWS::IAM::Role'],
  ['roleName', 'AWS::IAM::Role'],
  ['policyArn', 'AWS::IAM::Policy'],
  ['groupName', 'AWS::IAM::Group'],
  ['functionName', 'AWS::Lambda::Function'],
  ['tableName', 'AWS::DynamoDB::Table'],
  ['dBInstanceIdentifier', 'AWS::RDS::DBInstance'],
  ['dBClusterIdentifier', 'AWS::RDS::DBCluster'],
  ['keyId', 'AWS::KMS::Key'],
  ['secretId', 'AWS::SecretsManager::Secret'],
  ['topicArn', 'AWS::SNS::Topic'],
  ['queueUrl', 'AWS::SQS::Queue'],
  ['clusterName', 'AWS::EKS::Cluster'],
  ['logGroupName', 'AWS::Logs::LogGroup'],
  ['stackName', 'AWS::CloudFormation::Stack'],
  ['repositoryName', 'AWS::ECR::Repository'],
  ['trailName', 'AWS::CloudTrail::Trail'],
]

/** What an event is about: what it says so of itself, else what its request names. The first is the resource. */
export function resourcesOf(event: JsonObject): readonly Resource[] {
  const listed = listedResources(event.resources)
  if (listed.length > 0) return listed
  const parameters = event.requestParameters
  if (!isObject(parameters)) return []
  const bucket = identifier(parameters.bucketName)
  if (bucket !== undefined) return s3Resources(bucket, identifier(parameters.key))
  for (const [name, type] of NAMING_PARAMETERS) {
    const id = identifier(parameters[name])
    if (id !== undefined) return [{ type, id }]
  }
  return itemsOf(parameters.instancesSet)
    .slice(0, TARGETS_MAX)
    .flatMap((item) => {
      const id = isObject(item) ? identifier(item.instanceId) : undefined
      return id === undefined ? [] : [{ type: 'AWS::EC2::Instance', id }]
    })
}

/** `resources` of the event; those with a whole ARN before those with a mere prefix of one. */
function listedResources(resources: Json | undefined): readonly Resource[] {
  if (!Array.isArray(resources)) return []
  const named = (resources as readonly Json[]).filter(isObject).flatMap((resource) => {
    const arn = identifier(resource.ARN)
    const id = arn ?? identifier(resource.ARNPrefix)
    if (id === undefined) return []
    return [
      { isWhole: arn !== undefined, resource: { type: identifier(resource.type) ?? 'AWS::Resource', id } },
    ]
  })
  return [...named.filter(({ isWhole }) => isWhole), ...named.filter(({ isWhole }) => !isWhole)]
    .slice(0, TARGETS_MAX)
    .map(({ resource }) => resource)
}

function s3Resources(bucket: string, key: string | undefined): readonly Resource[] {
  const bucketResource = { type: 'AWS::S3::Bucket', id: `arn:aws:s3:::${bucket}` }
  const object = identifier(key === undefined ? undefined : `arn:aws:s3:::${bucket}/${key}`)
  return object === undefined ? [bucketResource] : [{ type: 'AWS::S3::Object', id: object }, bucketResource]
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return isObject(value) && Array.isArray(value.items) ? (value.items as readonly Json[]) : []
}
