import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import { AwsV4Signer } from 'aws4fetch'
import type { S3Address, S3Credentials } from './s3-address.js'
import { elementOf, type ListedObject, type Listing, parseListing, parseOldVersions } from './s3-answers.js'

/** An object as it rests. */
export interface StoredObject {
  readonly bytes: Uint8Array
  readonly etag: string
  /** Since it was put, by the store's clock; undefined when it does not tell. */
  readonly ageMs: number | undefined
}

/** The bounds of requests; tests shorten them. */
export interface S3Bounds {
  /** For one attempt. */
  readonly attemptMs: number
  readonly attempts: number
  /** Before the second attempt; twice as long before each that follows. */
  readonly backoffMs: number
  /** Of an object that comes in parts, each but the last; stores ask for 5 MiB at least. */
  readonly partBytes: number
}

const BOUNDS: S3Bounds = { attemptMs: 15_000, attempts: 5, backoffMs: 100, partBytes: 16 * 2 ** 20 }

/** What may be over with the next attempt. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504])
/** Of one request at most; a bucket with more is listed in pages. */
const LISTED_MAX = 1_000

const PROBE = 'probe'
const PROBE_BYTES = Buffer.from('There may be one of these.')

interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Behind the address's prefix; empty for the bucket. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Answers besides success that the caller takes. */
  readonly takes?: readonly number[]
}

/**
 * Objects of an S3-compatible store. Each body goes with its SHA-256, which is part of the signature, so that a store refuses
 * what was damaged on its way: stores of all vendors know that one. Keys are given and told without the address's prefix.
 *
 * Rejects with `object_storage_unavailable` when the same may succeed later, with `invalid_setting` when it never will.
 */
export class S3Client {
  readonly #address: S3Address
  readonly #credentials: S3Credentials
  readonly #setting: string
  readonly #bounds: S3Bounds
  /** The signing key of a day, so that it is derived once. */
  readonly #signingKeys = new Map<string, ArrayBuffer>()

  /** `setting` is what errors name. */
  constructor(
    address: S3Address,
    credentials: S3Credentials,
    setting: string,
    bounds: Partial<S3Bounds> = {},
  ) {
    this.#address = address
    this.#credentials = credentials
    this.#setting = setting
    this.#bounds = { ...BOUNDS, ...bounds }
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const response = await this.#send({ method: 'GET', key, takes: [404] })
    if (response.status === 404) return undefined
    const { headers } = response
    const [now, then] = [headers.get('date'), headers.get('last-modified')].map((time) =>
      Date.parse(time ?? ''),
    ) as [number, number]
    return {
      bytes: response.bytes,
      etag: headers.get('etag') ?? '',
      ageMs: Number.isNaN(now - then) ? undefined : now - then,
    }
  }

  /** Puts an object, in place of what is there. Gives whether the bucket keeps versions. */
  async put(key: string, body: Uint8Array): Promise<{ readonly versioned: boolean }> {
    const { headers } = await this.#send({ method: 'PUT', key, body })
    const version = headers.get('x-amz-version-id')
    return { versioned: version !== null && version !== 'null' }
  }

  /** Puts an object unless there is one; `exists` may also mean that an earlier attempt of our own came through. */
  async putIfAbsent(key: string, body: Uint8Array): Promise<'stored' | 'exists'> {
    const headers = { 'if-none-match': '*' }
    const { status } = await this.#send({ method: 'PUT', key, body, headers, takes: [412] })
    return status === 412 ? 'exists' : 'stored'
  }

  /** Whether the store refuses to replace an object for whoever asks it to; many do not know the header and put all the same. */
  async refusesToReplace(): Promise<boolean> {
    const probe = async () => {
      const headers = { 'if-none-match': '*' }
      const takes = [400, 405, 412, 501]
      return (await this.#send({ method: 'PUT', key: PROBE, headers, body: PROBE_BYTES, takes })).status
    }
    await probe()
    return (await probe()) === 412
  }

  /** Whether the bucket keeps what is replaced and deleted. */
  async keepsVersions(): Promise<boolean> {
    const takes = [400, 403, 404, 405, 501]
    const { status, text } = await this.#send({ method: 'GET', query: { versioning: '' }, takes })
    return status === 200 && /<Status>(Enabled|Suspended)</.test(text())
  }

  async delete(key: string): Promise<void> {
    await this.#send({ method: 'DELETE', key, takes: [404] })
  }

  /** Objects whose keys begin with `prefix`, by key; at most `limit`. */
  async list(prefix: string, limit = Number.POSITIVE_INFINITY): Promise<readonly ListedObject[]> {
    const found: ListedObject[] = []
    for (let next: string | undefined = ''; next !== undefined && found.length < limit; ) {
      const page: Listing = await this.#listPage(prefix, next, Math.min(LISTED_MAX, limit - found.length))
      found.push(...page.objects)
      next = page.next
    }
    const skip = this.#address.prefix.length
    return found.map(({ key, bytes }) => ({ key: key.slice(skip), bytes }))
  }

  /** Removes every version of an object but the newest. */
  async deleteOldVersions(key: string): Promise<void> {
    const full = this.#address.prefix + key
    const { text } = await this.#send({ method: 'GET', query: { versions: '', prefix: full } })
    for (const versionId of parseOldVersions(text(), full))
      await this.#send({ method: 'DELETE', key, query: { versionId }, takes: [404] })
  }

  /** Puts an object of any size: a large one in parts, of which nothing is left when it fails. */
  async putLarge(key: string, body: Uint8Array): Promise<void> {
    const { partBytes } = this.#bounds
    if (body.length <= partBytes) {
      await this.put(key, body)
      return
    }
    const uploadId = await this.#beginUpload(key)
    try {
      const etags: string[] = []
      for (let at = 0; at < body.length; at += partBytes) {
        const query = { partNumber: String(etags.length + 1), uploadId }
        const part = body.subarray(at, at + partBytes)
        const { headers } = await this.#send({ method: 'PUT', key, query, body: part })
        etags.push(headers.get('etag') ?? '')
      }
      await this.#completeUpload(key, uploadId, etags)
    } catch (error) {
      await this.#send({ method: 'DELETE', key, query: { uploadId }, takes: [404] }).catch(() => undefined)
      throw error
    }
  }

  async #beginUpload(key: string): Promise<string> {
    const { text } = await this.#send({ method: 'POST', key, query: { uploads: '' } })
    const id = elementOf(text(), 'UploadId')
    if (id === undefined) throw this.#unavailable('the store gave no id for an upload')
    return id
  }

  async #completeUpload(key: string, uploadId: string, etags: readonly string[]): Promise<void> {
    const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`)
    const { text } = await this.#send({ method: 'POST', key, query: { uploadId }, body })
    // The store may find out after it has begun to answer.
    if (text().includes('<Error>')) throw this.#unavailable(elementOf(text(), 'Code') ?? 'an error')
  }

  /** The first version of the request: every store has it, and it goes on after a key rather than a token of the store's. */
  async #listPage(prefix: string, after: string, limit: number): Promise<Listing> {
    const { text } = await this.#send({
      method: 'GET',
      query: {
        'encoding-type': 'url',
        'max-keys': String(limit),
        prefix: this.#address.prefix + prefix,
        ...(after === '' ? {} : { marker: after }),
      },
    })
    return parseListing(text())
  }

  async #send(request: Request): Promise<Answer> {
    const { attempts, backoffMs } = this.#bounds
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request)
      if (outcome.kind === 'answer') return outcome.answer
      if (attempt >= attempts) throw this.#unavailable(outcome.reason, outcome.cause)
      // Many that failed at one moment should not come back at one moment.
      await delay(backoffMs * 2 ** (attempt - 1) * (0.5 + Math.random()))
    }
  }

  async #attempt(request: Request): Promise<Outcome> {
    try {
      const signed = await this.#sign(request)
      const response = await fetch(signed.url, {
        method: request.method,
        headers: signed.headers,
        signal: AbortSignal.timeout(this.#bounds.attemptMs),
        redirect: 'manual',
        ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
      })
      const bytes = new Uint8Array(await response.arrayBuffer())
      const text = () => Buffer.from(bytes).toString('utf8')
      const { status, headers } = response
      const code = response.ok ? '' : (elementOf(text(), 'Code') ?? `HTTP ${status}`)
      // That a bucket is missing is never the answer to whether an object is.
      if (response.ok || (request.takes?.includes(status) && code !== 'NoSuchBucket'))
        return { kind: 'answer', answer: { status, headers, bytes, text } }
      if (PASSING_STATUS.has(status)) return { kind: 'passing', reason: code, cause: undefined }
      throw this.#refusal(status, code, elementOf(text(), 'Message') ?? '')
    } catch (error) {
      if (error instanceof AppError) throw error
      const { cause, message } = error as Error
      const code = (cause as NodeJS.ErrnoException | undefined)?.code
      return { kind: 'passing', reason: code ?? message, cause: error }
    }
  }

  #sign({ method, key, query, headers, body }: Request) {
    const { endpoint, bucket, prefix, pathStyle, region, encryption } = this.#address
    const url = new URL(endpoint)
    if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`
    const path = key === undefined ? '' : encodeKey(prefix + key)
    url.pathname = pathStyle ? `/${bucket}/${path}` : `/${path}`
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    const isNew = (method === 'PUT' && query === undefined) || query?.uploads !== undefined
    return new AwsV4Signer({
      ...this.#credentials,
      method,
      url: url.href,
      service: 's3',
      region,
      cache: this.#signingKeys,
      headers: {
        ...headers,
        ...(isNew ? encryption : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        'x-amz-content-sha256': createHash('sha256')
          .update(body ?? '')
          .digest('hex'),
      },
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    }).sign()
  }

  #unavailable(reason: string, cause?: unknown): AppError {
    const { bucket, endpoint } = this.#address
    return new AppError('object_storage_unavailable', {
      hint: `The object store at ${endpoint} (bucket "${bucket}") does not answer as it should: ${reason}. It is tried again.`,
      cause,
    })
  }

  /** A refusal that does not pass by waiting. */
  #refusal(status: number, code: string, message: string): AppError {
    const { bucket, endpoint } = this.#address
    const where = `The object store at ${endpoint}`
    const advice: Readonly<Record<string, string>> = {
      NoSuchBucket: `has no bucket "${bucket}": make it, or name another one in ${this.#setting}`,
      InvalidAccessKeyId: 'does not know the access key: set s3_access_key_id and s3_secret_access_key',
      SignatureDoesNotMatch: 'says that the secret key is wrong: set s3_secret_access_key',
      AccessDenied: `refuses access to the bucket "${bucket}": give the access key the rights that docs/object-storage.md lists, or set s3_access_key_id and s3_secret_access_key`,
      RequestTimeTooSkewed: "says that this machine's clock is wrong: set it right",
      PermanentRedirect: `says that the bucket "${bucket}" is elsewhere: set region or endpoint in ${this.#setting}`,
      AuthorizationHeaderMalformed: `expects another region: set region in ${this.#setting}`,
    }
    const says = advice[code] ?? `refuses (HTTP ${status}, ${code} ${message}): look at ${this.#setting}`
    return new AppError('invalid_setting', { param: this.#setting, hint: `${where} ${says.trim()}.` })
  }
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  readonly text: () => string
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'passing'; readonly reason: string; readonly cause: unknown }

/** As a signature expects it: everything but letters, digits, `-._~` and the slashes. */
function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/%2F/g, '/')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
