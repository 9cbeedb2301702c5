import { AppError } from '@counterfoil/core'

/** Who asks an object store. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** A place in an S3-compatible object store. */
export interface S3Address {
  readonly bucket: string
  /** Before every key: empty, or ends with a slash. */
  readonly prefix: string
  /** Scheme, host and port, without a slash at the end. */
  readonly endpoint: string
  readonly region: string
  /** Whether the bucket is the first part of the path, and not of the host. */
  readonly pathStyle: boolean
  /** Headers that ask the store to encrypt what is put. */
  readonly encryption: Readonly<Record<string, string>>
}

const PARAMETERS: ReadonlySet<string> = new Set(['endpoint', 'region', 'path_style', 'sse', 'sse_kms_key_id'])
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/**
 * `s3://bucket/prefix?endpoint=https://host&region=…&path_style=1&sse=AES256`. Without an endpoint it is AWS. Throws
 * `invalid_setting` that names `setting`.
 */
export function parseS3Url(text: string, setting: string): S3Address {
  const wrong = (problem: string) =>
    new AppError('invalid_setting', { param: setting, hint: `${setting}: ${problem}.` })
  if (!URL.canParse(text)) throw wrong('it is no URL such as s3://bucket/prefix?region=eu-central-1')
  const { hostname: bucket, pathname, searchParams, username, password } = new URL(text)
  if (username !== '' || password !== '')
    throw wrong('keys do not belong into the URL: set s3_access_key_id and s3_secret_access_key')
  if (!BUCKET.test(bucket)) throw wrong(`"${bucket}" is no name of a bucket`)
  const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.has(name))
  if (unknown !== undefined)
    throw wrong(`"${unknown}" is none of the parameters ${[...PARAMETERS].join(', ')}`)
  const prefix = pathname.split('/').filter((part) => part !== '')
  if (prefix.some((part) => !/^[A-Za-z0-9._-]+$/.test(part) || /^\.+$/.test(part)))
    throw wrong('the prefix may hold letters, digits, dots, hyphens and underscores')
  const region = searchParams.get('region') ?? 'us-east-1'
  const given = searchParams.get('endpoint')
  const endpoint = given ?? `https://s3.${region}.amazonaws.com`
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    throw wrong('endpoint is no http:// or https:// URL')
  const style = searchParams.get('path_style') ?? (given === null ? '0' : '1')
  if (style !== '0' && style !== '1') throw wrong('path_style is 0 or 1')
  return {
    bucket,
    prefix: prefix.map((part) => `${part}/`).join(''),
    endpoint: new URL(endpoint).origin,
    region,
    pathStyle: style === '1',
    encryption: encryptionHeaders(
      searchParams.get('sse') ?? undefined,
      searchParams.get('sse_kms_key_id') ?? undefined,
      wrong,
    ),
  }
}

function encryptionHeaders(
  sse: string | undefined,
  keyId: string | undefined,
  wrong: (problem: string) => AppError,
): Readonly<Record<string, string>> {
  if (sse !== undefined && sse !== 'AES256' && sse !== 'aws:kms') throw wrong('sse is AES256 or aws:kms')
  if (keyId !== undefined && sse !== 'aws:kms') throw wrong('sse_kms_key_id needs sse=aws:kms')
  return {
    ...(sse === undefined ? {} : { 'x-amz-server-side-encryption': sse }),
    ...(keyId === undefined ? {} : { 'x-amz-server-side-encryption-aws-kms-key-id': keyId }),
  }
}
